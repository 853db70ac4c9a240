"""Local days as a calendar shows them: today, weekends, bank holidays, nights the clocks change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from oncall.rota import Span, instant, label
from oncall.selectors.asked import DAY, WEEK

USUAL_HOURS = 24
SATURDAY = 6


@dataclass(frozen=True, slots=True)
class Day:
    """A local day, as long as it really is."""

    date: date
    span: Span
    is_today: bool
    is_outside: bool
    holidays: Sequence[str]

    @property
    def is_weekend(self) -> bool:
        """Whether it is a Saturday or a Sunday."""
        return self.date.isoweekday() >= SATURDAY

    @property
    def change(self) -> str:
        """What the clocks do on it, with how long it is; empty on an ordinary day."""
        if self.span.hours == USUAL_HOURS:
            return ""
        turn = "back" if self.span.hours > USUAL_HOURS else "forward"
        hours, minutes = divmod(round(self.span.hours * 60), 60)
        return f"Clocks go {turn}: {hours} h{f' {minutes} min' if minutes else ''} long"


def days_between(
    first: date,
    last: date,
    zone: ZoneInfo,
    *,
    today: date,
    holidays: Mapping[date, Sequence[str]] | None = None,
    month: int | None = None,
) -> list[Day]:
    """Return the days from the first to the last; those outside a month are marked."""
    found = []
    day = first
    while day <= last:
        found.append(
            Day(
                day,
                Span(midnight(day, zone), midnight(day + DAY, zone)),
                is_today=day == today,
                is_outside=month is not None and day.month != month,
                holidays=(holidays or {}).get(day, ()),
            )
        )
        day += DAY
    return found


def weeks(days: Sequence[Day]) -> list[Sequence[Day]]:
    """Return days in parts of seven."""
    return [days[start : start + WEEK] for start in range(0, len(days), WEEK)]


def whole(days: Sequence[Day]) -> Span:
    """Return the time from the first day to the end of the last."""
    return Span(days[0].span.start, days[-1].span.end)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins."""
    return instant(datetime.combine(day, datetime.min.time()), zone)


def hour(at: datetime, zone: ZoneInfo) -> str:
    """Return the time of day of an instant: “17:30”."""
    return f"{label(at, zone):%H:%M}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant with its day: “Fri 6 Mar, 17:30”."""
    local = label(at, zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def stretch(span: Span, zone: ZoneInfo) -> str:
    """Return a period: “Fri 6 Mar, 17:30 to Mon 9 Mar, 09:00”, the day once if it is the same."""
    start, end = label(span.start, zone), label(span.end, zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else moment(span.end, zone)
    return f"{moment(span.start, zone)} to {until}"


def place(at: datetime, days: Iterable[Day]) -> float:
    """Return where an instant lies in a row of equally wide days, in days from its left edge."""
    position = 0.0
    for day in days:
        if at < day.span.end:
            gone = (at - day.span.start) / (day.span.end - day.span.start)
            return position + max(gone, 0.0)
        position += 1
    return position
