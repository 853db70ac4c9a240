"""Telling people that their shifts are not what they were."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse

from oncall.models import Leave, Override, Rota
from oncall.rota import Span
from oncall.rules import hours_in_words
from oncall.services.shifts import Recomputed
from portal.accounts.models import User
from portal.notifications.services.notices import notify

KIND = "oncall.shift.changed"


def tell_changed(*, rota: Rota, changed: Recomputed, actor: User, now: datetime) -> None:
    """Tell each whose shifts a change of a rota made others, once, but not who made it.

    It is told in the transaction of the change.
    """
    _tell(
        rota,
        changed,
        actor,
        now,
        text=f"{actor} changed {rota}. See when you are on call now.",
        key=f"rota:{rota.pk}:{rota.revision}",
    )


def tell_overridden(
    *, override: Override, changed: Recomputed, actor: User, now: datetime
) -> None:
    """Tell each whose shifts an override made others, or one that is taken back."""
    hours = hours_in_words(Span(override.starts_at, override.ends_at), override.rota.zone)
    if override.cancelled_at:
        step, words = "cancelled", "took back the override of"
    else:
        step, words = "made", "changed who is on call on"
    _tell(
        override.rota,
        changed,
        actor,
        now,
        text=f"{actor} {words} {hours}. See when you are on call now.",
        key=f"override:{override.pk}:{step}",
    )


def tell_leave(
    *, leave: Leave, changed: Mapping[Rota, Recomputed], actor: User, now: datetime
) -> None:
    """Tell each whose shifts leave made others, once for all rotas; most often who is away."""
    step = "cancelled" if leave.cancelled_at else "added"
    rotas: dict[int, list[str]] = defaultdict(list)
    for rota, change in changed.items():
        for person in change.people - {actor.pk}:
            rotas[person].append(rota.name)
    people: dict[str, list[User]] = defaultdict(list)
    for one in User.objects.filter(pk__in=rotas, is_active=True):
        people[" and ".join(rotas[one.pk])].append(one)
    for names, concerned in people.items():
        notify(
            people=concerned,
            kind=KIND,
            title=f"Your shifts in {names} changed",
            text=f"{actor} changed who is away. See when you are on call now.",
            url=reverse("my-oncall"),
            now=now,
            key=f"leave:{leave.pk}:{step}",
        )


def _tell(
    rota: Rota, changed: Recomputed, actor: User, now: datetime, *, text: str, key: str
) -> None:
    people = User.objects.filter(pk__in=changed.people - {actor.pk}, is_active=True)
    if not people:
        return
    notify(
        people=people,
        kind=KIND,
        title=f"Your shifts in {rota} changed",
        text=text,
        url=rota.get_absolute_url(),
        now=now,
        key=key,
    )
