"""The two ways to draw a calendar: days with what begins on them, and lanes across a week."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oncall.charts.days import Day, hour, place, weeks, whole
from oncall.charts.entries import Entry, entries_between
from oncall.rota import Span
from oncall.selectors.asked import WEEK
from portal.core.words import NONE

# What covers so much of a day is told on it, though it began before.
MUCH = timedelta(hours=12)
# A cell of a month has room for so many lines.
MOST_LINES = 4
# Heights of what is drawn, in pixels.
ROW, GAP = 34, 3


@dataclass(frozen=True, slots=True)
class Line:
    """An entry on one day: when on that day, and all of it in words."""

    entry: Entry
    hours: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A day with the lines that belong to it."""

    day: Day
    lines: Sequence[Line]

    @property
    def shown(self) -> Sequence[Line]:
        """The lines that there is room for; what nobody covers is never left out."""
        if len(self.lines) <= MOST_LINES:
            return self.lines
        gaps = [line for line in self.lines if line.entry.is_gap][:MOST_LINES]
        others = [line for line in self.lines if not line.entry.is_gap]
        kept = [*gaps, *others[: MOST_LINES - len(gaps)]]
        return [line for line in self.lines if line in kept]

    @property
    def more(self) -> int:
        """How many lines there is no room for."""
        return len(self.lines) - len(self.shown)


def cells(days: Sequence[Day], entries: Iterable[Entry], zone: ZoneInfo) -> list[Cell]:
    """Return days with what begins on each, or covers the most of it."""
    found = entries_between(entries, whole(days))
    return [
        Cell(
            day,
            [
                Line(entry, _hours(entry, day, zone), entry.sentence(zone))
                for entry in entries_between(found, day.span)
                if _belongs(entry, day, is_first=day is days[0])
            ],
        )
        for day in days
    ]


def _belongs(entry: Entry, day: Day, *, is_first: bool) -> bool:
    part = entry.span & day.span
    return entry.span.start >= day.span.start or is_first or part.end - part.start >= MUCH


def _hours(entry: Entry, day: Day, zone: ZoneInfo) -> str:
    begins = entry.span.start >= day.span.start
    ends = entry.span.end - day.span.end <= timedelta(hours=24)
    if begins and ends:
        return f"{hour(entry.span.start, zone)}{NONE}{hour(entry.span.end, zone)}"
    if begins:
        return f"from {hour(entry.span.start, zone)}"
    if entry.span.end < day.span.end:
        return f"until {hour(entry.span.end, zone)}"
    return "all day"


@dataclass(frozen=True, slots=True)
class Bar:
    """An entry in a lane, placed in hundredths of its width."""

    entry: Entry
    x: str
    width: str
    y: int
    sentence: str
    label: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of a week: what it is of, and its bars, one below the other where they overlap."""

    title: str
    note: str
    bars: Sequence[Bar]
    height: int


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days across, a lane below the other; `now` is where the present is, if in it."""

    days: Sequence[Day]
    lanes: Sequence[Lane]
    now: str

    @property
    def shaded(self) -> Sequence[tuple[str, Day]]:
        """The days that are shaded, with where each begins."""
        return [
            (_percent(number), day)
            for number, day in enumerate(self.days)
            if day.is_weekend or day.holidays
        ]

    @property
    def edges(self) -> Sequence[str]:
        """Where a day ends and the next begins."""
        return [_percent(number) for number in range(1, WEEK)]


@dataclass(frozen=True, slots=True)
class Group:
    """What one lane shows: its title, a note beside it, and its entries."""

    title: str
    note: str
    entries: Sequence[Entry]
    # Whether its lane is left out of a week in which there is nothing in it.
    is_optional: bool = False


def lanes_of(
    days: Sequence[Day],
    groups: Sequence[Group],
    zone: ZoneInfo,
    now: datetime,
    *,
    named: Callable[[Entry], str],
) -> list[Week]:
    """Return weeks with a lane for each group of entries."""
    return [
        Week(
            week,
            [
                lane
                for group in groups
                if (lane := _lane(group, week, zone, named)).bars or not group.is_optional
            ],
            _percent(place(now, week)) if week[0].span.start <= now < week[-1].span.end else "",
        )
        for week in weeks(days)
    ]


def _lane(
    group: Group, week: Sequence[Day], zone: ZoneInfo, named: Callable[[Entry], str]
) -> Lane:
    rows: list[Span] = []
    bars = []
    for entry in entries_between(group.entries, whole(week)):
        number = next(
            (number for number, last in enumerate(rows) if last.end <= entry.span.start), len(rows)
        )
        rows[number : number + 1] = [entry.span]
        left, right = (place(at, week) for at in entry.span)
        bars.append(
            Bar(
                entry,
                _percent(left),
                _percent(right - left),
                number * ROW + GAP,
                entry.sentence(zone),
                named(entry),
                goes_on=entry.span.end > week[-1].span.end,
            )
        )
    return Lane(group.title, group.note, bars, max(len(rows), 1) * ROW + GAP)


def _percent(days: float) -> str:
    return f"{days * 100 / WEEK:.3f}%"
