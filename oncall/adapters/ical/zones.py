"""Time zones as calendars name them: by IANA, by Windows, or by their rules alone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from oncall.adapters.ical.lines import Component
from oncall.adapters.ical.rules import NotUnderstoodError, Rule, Steps
from oncall.rota import Span

WEEK, YEAR = timedelta(weeks=1), timedelta(weeks=53)
OF_THE_SERVER = {"localtime", "Factory"}
COST = 4_000  # to compare a zone with all others, in steps of rules
OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
# Whole hours have zones by number, their sign the other way round.
NUMBERED = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13)]


def named(name: str) -> ZoneInfo | None:
    """Return the zone of that name, also as Windows and some paths have it; None if there is none."""
    known = _known()
    parts = name.strip().split("/")
    for count in range(len(parts), 0, -1):
        found = known.get("/".join(parts[-count:]).casefold())
        if found:
            return ZoneInfo(found)
    return None


def described(component: Component, within: Span, steps: Steps) -> ZoneInfo | None:
    """Return a zone that shows the same time as the rules of a VTIMEZONE all through a span."""
    if found := named(component.text("X-LIC-LOCATION")):
        return found
    within = Span(
        within.start - YEAR, within.end + YEAR
    )  # so that a winter is not taken for a zone
    steps.take(COST)
    try:
        changes = sorted(
            change for part in component.parts for change in _changes(part, within, steps)
        )
    except (NotUnderstoodError, ValueError, OverflowError):
        return None
    if not changes:
        return None
    probes = list(_probes(within, changes))
    for name in [*sorted(set(WINDOWS_TO_OLSON.values())), *NUMBERED]:
        zone = ZoneInfo(name)
        if all(at.astimezone(zone).utcoffset() == offset for at, offset in probes):
            return zone
    return None


@cache
def _known() -> dict[str, str]:
    by_windows = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
    return by_windows | {name.casefold(): name for name in available_timezones() - OF_THE_SERVER}


def _changes(part: Component, within: Span, steps: Steps) -> Iterator[tuple[datetime, timedelta]]:
    """Yield at which instants the clocks change to an offset."""
    begins = datetime.strptime(part.text("DTSTART")[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007
    before, after = _offset(part.text("TZOFFSETFROM")), _offset(part.text("TZOFFSETTO"))
    labels = [begins]
    if rule := part.first("RRULE"):
        first, last = (at.replace(tzinfo=None) for at in within)
        labels += Rule.read(rule.value).labels(begins, first - YEAR, last, steps)
    for label in labels:
        yield label.replace(tzinfo=UTC) - before, after


def _offset(text: str) -> timedelta:
    found = OFFSET.fullmatch(text)
    if not found:
        raise NotUnderstoodError(f"“{text[:20]}” is no offset from UTC")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if found[1] == "-" else offset


def _probes(
    within: Span, changes: list[tuple[datetime, timedelta]]
) -> Iterator[tuple[datetime, timedelta]]:
    """Yield instants of each week of a span, and the offset that holds at them."""
    at, place, offset = within.start, 0, changes[0][1]
    while at <= within.end:
        while place < len(changes) and changes[place][0] <= at:
            offset = changes[place][1]
            place += 1
        yield at, offset
        at += WEEK
