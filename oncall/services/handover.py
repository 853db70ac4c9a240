"""Hand-over: notes, notices before a shift begins, and the week of each team for its leads."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from oncall import policies
from oncall.models import HandoverNote, HandoverWish, Rota
from oncall.rota import Span, instant, label
from oncall.selectors.fairness import fairness
from oncall.selectors.flaws import AHEAD, FlawKind, Scope, flaws
from oncall.selectors.handover import Coming, Handover, coming, handovers
from oncall.selectors.rotas import current_rotas
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Team
from portal.catalogue.selectors import nearest_leads
from portal.core.words import percent
from portal.notifications.models import Notice
from portal.notifications.services import notify

DIGEST_AT = time(8)
# A digest that could not go out on Monday morning still does on Tuesday.
DIGEST_UNTIL = timedelta(hours=48)


class HandoverError(ValueError):
    """The note cannot be left; the message says why."""


@transaction.atomic
def leave_note(*, rota: Rota, text: str, actor: User, now: datetime) -> HandoverNote:
    """Leave a note for those who are on call next.

    Raises:
        NotAllowedError: when the actor is neither in the team nor on call in the rota.
        HandoverError: when there is nothing in it.
    """
    policies.require(actor, policies.LEAVE_NOTE, rota)
    if not text.strip():
        raise HandoverError("Write what those after you have to know.")
    note = HandoverNote.objects.create(rota=rota, text=text.strip(), author=actor, written_at=now)
    audit.record(
        AuditEvent.HANDOVER_NOTE_WRITTEN,
        actor=actor.label,
        subject=rota.label,
        now=now,
        texts={"text": note.text},
    )
    return note


@transaction.atomic
def change_wish(*, only_workdays: bool, actor: User, now: datetime) -> HandoverWish:
    """Say whether one is told of shifts to come on working days only."""
    wish, _ = HandoverWish.objects.update_or_create(
        person=actor, defaults={"only_workdays": only_workdays}
    )
    audit.record(
        AuditEvent.HANDOVER_WISH_CHANGED,
        actor=actor.label,
        subject=actor.label,
        now=now,
        data={"when": "on working days only" if only_workdays else "whenever they are due"},
    )
    return wish


def notice_shifts(*, now: datetime) -> int:
    """Tell people of shifts that begin within a day or an hour, once each; return how many."""
    due = coming(now=now)
    told = set(Notice.objects.filter(key__in=[one.key for one in due]).values_list("user", "key"))
    left = [one for one in due if (one.shift.person_id, one.key) not in told]
    known = handovers({one.shift.rota for one in left}, now=now) if left else {}
    return sum(_notice(one, known[one.shift.rota_id], now) for one in left)


def _notice(one: Coming, handover: Handover, now: datetime) -> int:
    shift = one.shift
    local = label(shift.starts_at, ZoneInfo(shift.person.zone))
    begins = "began" if shift.starts_at <= now else "begins"
    return notify(
        people=[shift.person],
        kind="oncall.handover.coming",
        title=(
            f"Your shift as {shift.duty.label.lower()} of {shift.rota} {begins} on"
            f" {local:%A}, {local.day} {local:%B} at {local:%H:%M}"
        ),
        text=handover.words,
        url="/oncall/mine/",
        now=now,
        key=one.key,
    )


def send_digests(*, now: datetime) -> int:
    """Tell the leads of each team with rotas, on Monday morning, what the week needs; once."""
    rotas: dict[Team, list[Rota]] = {}
    for rota in current_rotas().select_related("team", "calendar").order_by("team", "pk"):
        rotas.setdefault(rota.team, []).append(rota)
    due = {team: key for team in rotas if (key := _digest_key(team, now))}
    sent = set(Notice.objects.filter(key__in=due.values()).values_list("key", flat=True))
    return sum(
        _digest(team, rotas[team], key, now) for team, key in due.items() if key not in sent
    )


def _digest_key(team: Team, now: datetime) -> str:
    """Return what names the digest of this week once it is due, or nothing."""
    zone = ZoneInfo(team.zone)
    today = label(now, zone).date()
    monday = today - timedelta(days=today.weekday())
    due = instant(datetime.combine(monday, DIGEST_AT), zone)
    return f"digest:{team.pk}:{monday}" if due <= now < due + DIGEST_UNTIL else ""


def _digest(team: Team, rotas: Sequence[Rota], key: str, now: datetime) -> int:
    leads = nearest_leads(team)
    if not leads:
        return 0
    scope = Scope(leads[0], team=team)
    counted = Counter(one.kind for one in flaws(scope, now=now))
    numbers = ", ".join(
        f"{counted[kind]} times {kind.label.lower()}" for kind in FlawKind if counted[kind]
    )
    ahead = fairness(rotas, Span(now, now + AHEAD), ZoneInfo(team.zone))
    heaviest = ahead.heaviest
    carried = (
        f"{heaviest.person} carries the most: {percent(heaviest.whole.share)} of the hours, which"
        f" is {heaviest.whole.mark.value}."
        if heaviest
        else "Nobody is on call."
    )
    return notify(
        people=leads,
        kind="oncall.digest.weekly",
        title=f"On-call of {team}: {numbers or 'nothing to mend'} in the next 90 days",
        text=f"{carried}\n\nGaps, overlaps and people who are hard to reach have a mend each.",
        url=f"/oncall/gaps/?team={team.slug}",
        now=now,
        key=key,
    )
