"""What happens in a period by a calendar.

Times without a zone, and days, are meant by the clocks of the calendar (`X-WR-TIMEZONE`), else by
those of the reader. What recurs keeps its labels when the clocks change; a `DURATION` in hours is
exact, one in days is of labels (RFC 5545, section 3.3.6).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.adapters.ical import zones
from oncall.adapters.ical.lines import LARGEST, Component, Property, Trouble, components
from oncall.adapters.ical.rules import NotUnderstoodError, Rule, Steps, TooMuchError
from oncall.rota import Span
from portal.core.wall_clock import instant, label

MOST_EVENTS, MOST_STEPS, MOST_TROUBLES = 5000, 200_000, 200
FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY, NO_TIME = timedelta(days=1), timedelta(0)
UTC_ZONE = ZoneInfo("UTC")
WRITTEN = re.compile(r"(\d{8})(?:T(\d{4}(?:\d{2})?)(Z?))?")
DURATION = re.compile(
    r"\+?P(?=.)(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?"
)
NOT_READ = frozenset({"VTODO", "VJOURNAL", "VFREEBUSY"})


class Event(NamedTuple):
    """Something that happens once: an event, or one occurrence of one that recurs.

    `mails` are those of whom it concerns. `line` is where it begins in the file.
    """

    start: datetime
    end: datetime
    summary: str
    uid: str
    is_all_day: bool
    mails: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Reading:
    """What was understood of a calendar, and what was not; not whole when something was cut off."""

    name: str
    zone: ZoneInfo
    events: list[Event]
    troubles: list[Trouble]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time as it is written."""

    label: datetime
    zone: ZoneInfo
    is_day: bool = False

    @property
    def at(self) -> datetime:
        return instant(self.label, self.zone)


class _Length(NamedTuple):
    """How long something lasts: so long by labels, then so long in real time."""

    nominal: timedelta
    exact: timedelta = NO_TIME

    @property
    def whole(self) -> timedelta:
        return self.nominal + self.exact


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event as it is written."""

    component: Component
    uid: str
    start: _Moment
    length: _Length
    rule: Rule | None
    until: datetime | None
    extra: tuple[_Moment, ...]
    left_out: tuple[_Moment, ...]
    instead_of: _Moment | None

    @property
    def sequence(self) -> int:
        text = self.component.text("SEQUENCE")
        return int(text) if re.fullmatch(r"\d{1,9}", text) else 0

    @property
    def is_cancelled(self) -> bool:
        return self.component.text("STATUS").upper() == "CANCELLED"

    def end(self, start: _Moment) -> datetime:
        """Return when an occurrence ends.

        Where the clocks leave nothing between both labels, it lasts as long as it says.
        """
        if self.length.nominal:
            end = instant(start.label + self.length.nominal, start.zone) + self.length.exact
        else:
            end = start.at + self.length.exact
        return end if end > start.at else start.at + self.length.whole


@dataclass(frozen=True, slots=True)
class _Gone:
    """Occurrences that do not happen, or not as the rule says."""

    times: frozenset[datetime]
    days: frozenset[date]

    @classmethod
    def of(cls, moments: Iterable[_Moment]) -> "_Gone":
        """Return them by their times, and by their days where only those are written."""
        known = list(moments)
        return cls(
            frozenset(one.at for one in known if not one.is_day),
            frozenset(one.label.date() for one in known if one.is_day),
        )

    def __contains__(self, start: _Moment) -> bool:
        return start.at in self.times or start.label.date() in self.days


def read(data: bytes, within: Span, zone: ZoneInfo) -> Reading:
    """Return what happens by a calendar in a period, in order.

    Args:
        data: the file.
        within: the period; what reaches into it is returned whole.
        zone: the clocks that are meant where the calendar does not say.
    """
    if len(data) > LARGEST:
        words = "The calendar is larger than 1 MiB: nothing of it was read. Export a shorter time."
        return Reading("", zone, [], [Trouble(1, words)], is_whole=False)
    troubles: list[Trouble] = []
    root = components(data, troubles)
    calendars = [part for part in root.parts if part.name == "VCALENDAR"]
    reading = Reading("", zone, [], troubles)
    if not calendars:
        troubles.append(Trouble(1, "This is no calendar: it has no BEGIN:VCALENDAR."))
    steps = Steps(MOST_STEPS)
    for calendar in calendars:
        if not calendar.is_closed:
            troubles.append(Trouble(calendar.line, "The calendar has no end: it may be cut off."))
            reading.is_whole = False
        _Calendar(calendar, within, reading, steps).add()
    reading.events.sort()
    troubles.sort()
    if len(troubles) > MOST_TROUBLES:
        more = len(troubles) - MOST_TROUBLES
        troubles[MOST_TROUBLES:] = [Trouble(troubles[-1].line, f"And {more} more like these.")]
    return reading


@dataclass(slots=True)
class _Calendar:
    """A calendar while it is read."""

    component: Component
    within: Span
    reading: Reading
    steps: Steps
    zone: ZoneInfo = field(init=False)
    is_of_zone: bool = field(init=False, default=False)
    zones: dict[str, ZoneInfo] = field(init=False, default_factory=dict)
    described: dict[str, Component] = field(init=False, default_factory=dict)

    def add(self) -> None:
        """Add what happens and what is not understood to the reading."""
        try:
            self._read_zone()
            for entries in self._entries().values():
                for event in self._events(entries):
                    if len(self.reading.events) == MOST_EVENTS:
                        self._cut_off()
                        return
                    self.reading.events.append(event)
        except TooMuchError:
            self._cut_off()

    def _cut_off(self) -> None:
        words = (
            f"More than {MOST_EVENTS:,} events, or rules that take too long to follow: what comes"
            " after was left out. Ask for a shorter time."
        )
        self._trouble(self.component.line, words)
        self.reading.is_whole = False

    def _trouble(self, line: int, words: str) -> None:
        self.reading.troubles.append(Trouble(line, words))

    def _read_zone(self) -> None:
        self.described = {
            part.text("TZID"): part for part in self.component.parts if part.name == "VTIMEZONE"
        }
        self.zone = self.reading.zone
        self.reading.name = self.reading.name or self.component.text("X-WR-CALNAME")
        if told := self.component.first("X-WR-TIMEZONE"):
            self.zone = self._zone(told.text, told.line)
            self.is_of_zone = True
            self.reading.zone = self.zone

    def _zone(self, name: str, line: int) -> ZoneInfo:
        """Return a zone by its name; where it is not known, that of the calendar."""
        if name not in self.zones:
            found = zones.named(name)
            if not found and name in self.described:
                found = zones.described(self.described[name], self.within, self.steps)
            if not found:
                words = f"“{name[:60]}” is no time zone that is known: read as {self.zone.key}."
                self._trouble(line, words)
            self.zones[name] = found or self.zone
        return self.zones[name]

    def _entries(self) -> dict[str, list[_Entry]]:
        """Return the events as they are written, by what they are occurrences of."""
        found: dict[str, list[_Entry]] = defaultdict(list)
        for part in self.component.parts:
            if part.name in NOT_READ:
                self._trouble(part.line, f"{part.name} is no event. It was left out.")
            if part.name != "VEVENT" or not part.is_closed:
                continue
            try:
                entry = self._entry(part)
            except NotUnderstoodError as error:
                self._trouble(part.line, f"“{part.text('SUMMARY')[:60]}” was left out: {error}.")
            else:
                found[entry.uid].append(entry)
        return found

    def _entry(self, part: Component) -> _Entry:
        started = part.first("DTSTART")
        if started is None:
            raise NotUnderstoodError("it does not say when it begins")
        start = self._meant(self._moment(started))
        rules = part.all("RRULE")
        if len(rules) > 1 or part.first("EXRULE"):
            raise NotUnderstoodError("more than one rule is not read")
        rule = Rule.read(rules[0].value) if rules else None
        length = self._length(part, start)
        told = part.first("RECURRENCE-ID")
        if told and told.parameter("RANGE"):
            words = "A change of all later occurrences is not read: only this one was changed."
            self._trouble(told.line, words)
        return _Entry(
            part,
            part.text("UID") or f"line {part.line}",
            start,
            length,
            rule,
            self._until(rule, start, part.line) if rule else None,
            tuple(self._moments(part.all("RDATE"))),
            tuple(self._moments(part.all("EXDATE"))),
            self._moment(told) if told else None,
        )

    def _length(self, part: Component, start: _Moment) -> _Length:
        if ended := part.first("DTEND"):
            end = self._meant(self._moment(ended))
            if end.is_day != start.is_day:
                raise NotUnderstoodError(
                    "it begins with a day and ends with a time, or the other way round"
                )
            if end.zone is start.zone:
                length = _Length(end.label - start.label)
            else:
                length = _Length(NO_TIME, end.at - start.at)
        elif lasts := part.first("DURATION"):
            length = _duration(lasts.value)
        else:
            length = _Length(DAY if start.is_day else NO_TIME)
        if length.whole < NO_TIME:
            raise NotUnderstoodError("it ends before it begins")
        if not length.whole:
            raise NotUnderstoodError("it does not say how long it lasts")
        return length

    def _meant(self, written: _Moment) -> _Moment:
        """Return a time by the clocks that its event keeps to.

        Calendars that name their zone may write all times in UTC and mean those of the zone.
        """
        if self.is_of_zone and written.zone is UTC_ZONE:
            return _Moment(label(written.at, self.zone), self.zone)
        return written

    def _moments(self, lines: Iterable[Property]) -> Iterator[_Moment]:
        for line in lines:
            for value in line.value.split(","):
                try:
                    yield self._moment(line._replace(value=value))
                except NotUnderstoodError as error:
                    self._trouble(line.line, f"A date of {line.name} was left out: {error}.")

    def _moment(self, line: Property) -> _Moment:
        found = WRITTEN.fullmatch(line.value.strip())
        if not found:
            raise NotUnderstoodError(f"“{line.value[:40]}” is no time")
        day, clock, is_utc = found.groups()
        try:
            written = datetime.strptime(f"{day}{(clock or '').ljust(6, '0')}", "%Y%m%d%H%M%S")  # noqa: DTZ007
        except ValueError:
            raise NotUnderstoodError(f"“{line.value[:40]}” is no time") from None
        if not FIRST_YEAR <= written.year <= LAST_YEAR:
            raise NotUnderstoodError(f"the year {written.year} is out of reach")
        if is_utc:
            return _Moment(written, UTC_ZONE)
        name = line.parameter("TZID") if clock else ""
        zone = self._zone(name, line.line) if name else self.zone
        return _Moment(written, zone, is_day=not clock)

    def _events(self, entries: list[_Entry]) -> Iterator[Event]:
        """Yield the occurrences of one event within the period, as changed one by one."""
        changed: dict[datetime, _Entry] = {}
        masters: list[_Entry] = []
        for entry in entries:
            if entry.instead_of is None:
                masters.append(entry)
                continue
            other = changed.get(entry.instead_of.at)
            if other is None or entry.sequence >= other.sequence:
                changed[entry.instead_of.at] = entry
        newest = max((entry.sequence for entry in masters), default=0)
        gone = _Gone.of(entry.instead_of for entry in changed.values() if entry.instead_of)
        for entry in masters:
            if entry.sequence == newest:
                left_out = _Gone.of(entry.left_out)
                for start in self._starts(entry):
                    if start not in gone and start not in left_out:
                        yield from self._event(entry, start)
        for entry in changed.values():
            yield from self._event(entry, entry.start)

    def _starts(self, entry: _Entry) -> Iterator[_Moment]:
        """Yield when an event begins, once or again and again."""
        zone = entry.start.zone
        labels = {entry.start.label}
        labels.update(one.label if one.is_day else label(one.at, zone) for one in entry.extra)
        if entry.rule:
            first = label(self.within.start, zone) - entry.length.whole - DAY
            until = label(self.within.end, zone) + DAY
            until = min(until, entry.until or until)
            labels.update(entry.rule.labels(entry.start.label, first, until, self.steps))
        for written in sorted(labels):
            yield _Moment(written, zone, entry.start.is_day)

    def _until(self, rule: Rule, start: _Moment, line: int) -> datetime | None:
        """Return the last label of a rule, by the clocks of its event."""
        if not rule.until:
            return None
        told = self._moment(Property(line, "UNTIL", "", rule.until))
        if told.is_day:
            return datetime.combine(told.label, time.max)
        return label(told.at, start.zone) if told.zone is UTC_ZONE else told.label

    def _event(self, entry: _Entry, start: _Moment) -> Iterator[Event]:
        self.steps.take(1)
        span = Span(start.at, entry.end(start))
        if entry.is_cancelled or (span & self.within).is_empty:
            return
        part = entry.component
        mails = (
            one.value for one in part.all("ATTENDEE") if one.value.lower().startswith("mailto:")
        )
        yield Event(
            *span,
            part.text("SUMMARY"),
            entry.uid,
            start.is_day,
            tuple(sorted({mail[len("mailto:") :].strip().lower() for mail in mails})),
            part.line,
        )


def _duration(text: str) -> _Length:
    found = DURATION.fullmatch(text.strip().upper())
    if not found:
        raise NotUnderstoodError(f"“{text[:40]}” is no length of time")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return _Length(
        timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds)
    )
