"""Reads of work done while on call, and of the rest that has to follow it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet

from oncall.adapters.hours import DutyCalendar, duty_calendar
from oncall.models import CallOut, Rota, Shift
from oncall.rota import Rest, Span, label, rests
from portal.accounts.models import READING_ROLES, Role, User
from portal.accounts.policies import Viewer
from portal.catalogue.models import Membership, Team, TeamRole

OVERSEERS = frozenset({Role.EXECUTIVE, Role.AUDITOR, Role.OPERATIONS})
# What lies further off does not touch the rest before and after a call-out.
AROUND = timedelta(days=7)
# A shift so lately over is still the one that somebody may have been called in.
LATELY = timedelta(days=62)


def callouts_visible_to(user: Viewer) -> QuerySet[CallOut]:
    """Return what somebody may see: their own, those of their teams, or all when they oversee."""
    found = CallOut.objects.select_related(
        "rota__team", "person", "application", "told_by", "struck_by"
    )
    if not (isinstance(user, User) and user.is_active):
        return found.none()
    return found if user.role in OVERSEERS else found.filter(_near(user))


def _near(user: User) -> Q:
    mine = Membership.objects.filter(user=user)
    return (
        Q(person=user)
        | Q(rota__team__in=mine.values("team"))
        | Q(
            rota__team__lineage__overlap=ArraySubquery(
                mine.filter(role=TeamRole.LEAD).values("team")
            )
        )
    )


def callouts_in(team: Team, start: datetime, end: datetime) -> QuerySet[CallOut]:
    """Return the call-outs of a team's rotas that count and touch a period, in order."""
    return (
        CallOut.objects.filter(
            rota__team=team, struck_at=None, starts_at__lt=end, ends_at__gt=start
        )
        .select_related("rota", "person", "application")
        .order_by("starts_at", "pk")
    )


def has_shifts_in(rota: Rota, person: User) -> bool:
    """Return whether somebody is, was or will be on call in a rota."""
    return Shift.objects.filter(rota=rota, person=person).exists()


def rotas_called_in(user: User, *, now: datetime) -> QuerySet[Rota]:
    """Return the rotas in which somebody may tell a call-out: of late shifts, or that they lead."""
    lately = Shift.objects.filter(
        person=user, ends_at__gt=now - LATELY, starts_at__lte=now + timedelta(days=1)
    )
    found = Rota.objects.select_related("team", "calendar").order_by("name", "pk")
    if user.role == Role.OPERATIONS:
        return found
    led = Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")
    return found.filter(
        Q(pk__in=lately.values("rota")) | Q(team__lineage__overlap=ArraySubquery(led))
    )


def led_rotas(user: User) -> set[int]:
    """Return the rotas, by id, for which somebody tells and corrects call-outs of others."""
    rotas = Rota.objects.all()
    if user.role != Role.OPERATIONS:
        led = Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")
        rotas = rotas.filter(team__lineage__overlap=ArraySubquery(led))
    return set() if user.role in READING_ROLES else set(rotas.values_list("pk", flat=True))


def latest_shift(user: User, *, now: datetime) -> Shift | None:
    """Return the shift that somebody is on, or the last that they were on."""
    return (
        Shift.objects.filter(person=user, starts_at__lte=now)
        .select_related("rota__team", "rota__calendar")
        .order_by("-starts_at", "pk")
        .first()
    )


def shift_around(callout: CallOut) -> Shift | None:
    """Return the shift of the person and the rota in which a call-out began."""
    return (
        Shift.objects.filter(
            rota=callout.rota_id,
            person=callout.person_id,
            starts_at__lte=callout.starts_at,
            ends_at__gt=callout.starts_at,
        )
        .order_by("starts_at")
        .first()
    )


def rest_after(callout: CallOut) -> Rest | None:
    """Return the rest that a call-out breaks into, with the earliest next start advised.

    None when it fell into working hours, or when enough rest is left all the same.
    """
    calls = CallOut.objects.filter(
        person=callout.person_id,
        struck_at=None,
        starts_at__lt=callout.ends_at + AROUND,
        ends_at__gt=callout.starts_at - AROUND,
    ).values_list("starts_at", "ends_at")
    spans = [Span(*one) for one in calls]
    return broken_rest(duty_calendar(callout.rota), callout, spans)


def broken_rest(calendar: DutyCalendar, callout: CallOut, calls: Iterable[Span]) -> Rest | None:
    """Return the same, given the call-outs of the person around it."""
    around = Span(callout.starts_at - AROUND, callout.ends_at + AROUND)
    for rest in rests(working_days(calendar, around), calls):
        if rest.after <= callout.starts_at and callout.ends_at <= rest.next_start:
            return None if rest.is_enough else rest
    return None


def working_days(calendar: DutyCalendar, within: Span) -> list[Span]:
    """Return the working hours of the days that a period touches."""
    work = calendar.work
    hours = work.off_work()
    day, last = (label(at, work.zone).date() for at in within)
    found = []
    while day <= last:
        if day.isoweekday() in work.workdays and day not in work.holidays:
            found.append(hours.work_on(day))
        day += timedelta(days=1)
    return found


def handover_rotas(user: User, *, now: datetime) -> list[Rota]:
    """Return the rotas in which somebody is on call about now, by name."""
    near = Shift.objects.filter(
        person=user, ends_at__gt=now - AROUND, starts_at__lt=now + 2 * AROUND
    )
    found = Rota.objects.filter(pk__in=near.values("rota")).select_related("team")
    return list(found.order_by("name", "pk")[:10])
