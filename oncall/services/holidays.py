"""Calendars of bank holidays: taken from the shipped lists, then edited by hand."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from oncall import policies
from oncall.adapters.holidays import shipped
from oncall.models import Holiday, HolidayCalendar, Rota
from oncall.services.shifts import mark
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.types import derive_slug
from portal.core import jobs

PORTAL = "system:oncall"
YEARS_AHEAD = 2


class HolidayError(ValueError):
    """The day cannot be added, struck or restored; the message says why."""


@transaction.atomic
def load_holidays(
    *,
    country: str,
    now: datetime,
    subdivision: str = "",
    actor: User | None = None,
    years: Iterable[int] = (),
) -> HolidayCalendar:
    """Take the shipped bank holidays of a country, or a part of it, into its calendar.

    Of this year and the next two, or of the years given. What was edited stays as it is.

    Raises:
        NotAllowedError: when an actor is given who does not run the portal.
        HolidayError: when nothing is shipped of that country or part.
    """
    if actor:
        policies.require(actor, policies.CHANGE_HOLIDAYS)
    wanted = sorted(years) or list(range(now.year - 1, now.year + YEARS_AHEAD + 1))
    try:
        name, days = shipped(country, subdivision, wanted)
    except LookupError as error:
        raise HolidayError(str(error)) from error
    calendar, _ = HolidayCalendar.objects.get_or_create(
        slug=derive_slug(f"{country} {subdivision}"),
        defaults={"name": name, "country": country, "subdivision": subdivision},
    )
    HolidayCalendar.objects.select_for_update().get(pk=calendar.pk)
    known = set(calendar.days.values_list("day", flat=True))
    new = [
        Holiday(
            calendar=calendar,
            day=one.day,
            name=one.name,
            is_observed_elsewhere=one.is_observed_elsewhere,
            is_shipped=True,
        )
        for one in days
        if one.day not in known
    ]
    if not new:
        return calendar
    Holiday.objects.bulk_create(new)
    _follow(calendar, now)
    audit.record(
        AuditEvent.HOLIDAYS_LOADED,
        actor=actor.label if actor else PORTAL,
        subject=calendar.label,
        now=now,
        data={"days": len(new), "years": f"{wanted[0]} to {wanted[-1]}"},
    )
    return calendar


def extend_calendars(*, now: datetime) -> int:
    """Take the days of years to come into every calendar that has a shipped list; return how many."""
    found = list(HolidayCalendar.objects.exclude(country=""))
    for calendar in found:
        load_holidays(country=calendar.country, subdivision=calendar.subdivision, now=now)
    return len(found)


@transaction.atomic
def add_holiday(
    *, calendar: HolidayCalendar, day: date, name: str, actor: User, now: datetime
) -> Holiday:
    """Add a day to a calendar: a local one, or one that was proclaimed lately.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        HolidayError: when the day is in the calendar, or has no name.
    """
    policies.require(actor, policies.CHANGE_HOLIDAYS)
    calendar = HolidayCalendar.objects.select_for_update().get(pk=calendar.pk)
    if not name.strip():
        raise HolidayError("Give the day a name, as it stands in the calendar of the company.")
    known = calendar.days.filter(day=day).first()
    if known:
        struck = " It is struck out: restore it." if known.is_struck else ""
        raise HolidayError(f"{known.name} is on that day already.{struck}")
    holiday = Holiday.objects.create(calendar=calendar, day=day, name=name.strip())
    _follow(calendar, now)
    _tell(AuditEvent.HOLIDAY_ADDED, holiday, actor, now)
    return holiday


@transaction.atomic
def strike_holiday(*, holiday: Holiday, actor: User, now: datetime) -> Holiday:
    """Let a day be an ordinary one; it stays in the calendar, struck out.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        HolidayError: when it is struck already.
    """
    return _set_struck(holiday, actor, now, to=True)


@transaction.atomic
def restore_holiday(*, holiday: Holiday, actor: User, now: datetime) -> Holiday:
    """Let a day that was struck out be a holiday again.

    Raises:
        NotAllowedError: when the actor does not run the portal.
        HolidayError: when it is not struck.
    """
    return _set_struck(holiday, actor, now, to=False)


def _set_struck(holiday: Holiday, actor: User, now: datetime, *, to: bool) -> Holiday:
    policies.require(actor, policies.CHANGE_HOLIDAYS)
    holiday = (
        Holiday.objects.select_for_update(of=("self",))
        .select_related("calendar")
        .get(pk=holiday.pk)
    )
    if holiday.is_struck == to:
        raise HolidayError("It is struck out already." if to else "It is not struck out.")
    holiday.is_struck = to
    holiday.save(update_fields=["is_struck"])
    _follow(holiday.calendar, now)
    event = AuditEvent.HOLIDAY_STRUCK if to else AuditEvent.HOLIDAY_RESTORED
    _tell(event, holiday, actor, now)
    return holiday


def _follow(calendar: HolidayCalendar, now: datetime) -> None:
    """Let the worker work out the rotas that go by a calendar."""
    mark(Rota.objects.filter(calendar=calendar), since=now)
    jobs.nudge("oncall.tasks.recompute_due")


def _tell(event: AuditEvent, holiday: Holiday, actor: User, now: datetime) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=holiday.calendar.label,
        now=now,
        data={"name": holiday.name, "day": holiday.day.isoformat()},
    )
