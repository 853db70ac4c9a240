"""Telling people that their shifts are not what they were."""

from datetime import datetime

from oncall.models import Rota
from oncall.services.shifts import Recomputed
from portal.accounts.models import User
from portal.notifications.services.notices import notify


def tell_changed(*, rota: Rota, changed: Recomputed, actor: User, now: datetime) -> None:
    """Tell each whose shifts a change of a rota made others, once, but not who made it.

    It is told in the transaction of the change.
    """
    people = User.objects.filter(pk__in=changed.people - {actor.pk}, is_active=True)
    if not people:
        return
    notify(
        people=people,
        kind="oncall.shift.changed",
        title=f"Your shifts in {rota} changed",
        text=f"{actor} changed {rota}. See when you are on call now.",
        url=rota.get_absolute_url(),
        now=now,
        key=f"rota:{rota.pk}:{rota.revision}",
    )
