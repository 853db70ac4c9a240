"""Shifts written as an iCalendar object (RFC 5545, RFC 7986) that calendars subscribe to.

Times are in UTC, so no zone has to be described. An event is known by who is on call in what from
when: it stays the same event while its end moves, and `SEQUENCE` counts those moves.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from oncall.models import Shift

PRODUCT = "-//Quarterdeck//On-call//EN"
REFRESHED_EVERY = timedelta(hours=1)


def written(
    name: str, shifts: Iterable[Shift], *, site: str, personal: bool, now: datetime
) -> bytes:
    """Return a calendar of that name; `site` is where the portal is, as `https://host`."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for shift in shifts:
        calendar.add_component(_event(shift, site=site, personal=personal, now=now))
    return bytes(calendar.to_ical())


def uid_of(shift: Shift) -> str:
    """Return what a shift is known by in every calendar, also when it was worked out anew."""
    begins = f"{shift.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{shift.rota.slug}-{shift.role}-{shift.person_id}-{begins}@quarterdeck"


def _event(shift: Shift, *, site: str, personal: bool, now: datetime) -> Event:
    role = shift.duty.label
    event = Event()
    event.add("uid", uid_of(shift))
    event.add("sequence", shift.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", shift.starts_at.astimezone(UTC))
    event.add("dtend", shift.ends_at.astimezone(UTC))
    who = f"On call, {role.lower()}" if personal else f"{shift.person.name}, {role.lower()}"
    event.add("summary", f"{who}: {shift.rota.name}")
    event.add(
        "description",
        f"{shift.duty.meaning}. Answers within {shift.rota.response_minutes} minutes."
        f" Rota of {shift.rota.team.name}.",
    )
    event.add("url", f"{site}/oncall/")
    event.add("categories", ["On-call", role])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    return event
