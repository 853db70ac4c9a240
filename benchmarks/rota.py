"""A year of many rotas, expanded on one core: seconds of the processor, not of the clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

from benchmarks.context import Context
from benchmarks.report import Result
from oncall.rota import (
    Layer,
    OutOfHours,
    Override,
    OverrideKind,
    Rota,
    Rotation,
    Span,
    Unit,
    resolve,
)

ROTAS, LIMIT_SECONDS = 1000, 2.0
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ZONES = [ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Australia/Sydney")]
HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25), date(2026, 12, 28)})
WORKDAYS = frozenset(range(1, 6))
SWAPS = 30  # a year


def rota(number: int) -> Rota:
    """Return primaries and secondaries of 6 to 8 people, weekly, out of hours, with swaps."""
    zone, count = ZONES[number % len(ZONES)], 6 + number % 3
    people = tuple((f"person-{number}-{place}",) for place in range(count))
    hours = OutOfHours(WORKDAYS, time(9), time(17, 30), zone, HOLIDAYS)
    monday = datetime(2025, 12, 29, 9)  # noqa: DTZ001  # a label
    weekly = Rotation(Unit.WEEK, 1, monday + timedelta(days=number % 7), zone)
    swaps = tuple(
        Override(
            OverrideKind.REPLACE,
            Span(
                begins := START + timedelta(days=11 * each + number % 5),
                begins + timedelta(hours=20),
            ),
            add=people[each % count][0],
            remove=people[(each + 1) % count][0],
        )
        for each in range(SWAPS)
    )
    secondary = Layer(people, weekly, hours, role="secondary", ahead=1)
    return Rota((Layer(people, weekly, hours), secondary), swaps)


def run(_context: Context) -> Iterator[Result]:
    """Measure what it takes to say who is on call in each of the rotas for a year."""
    rotas = [rota(number) for number in range(ROTAS)]
    started = process_time()
    shifts = sum(len(resolve(each, START, END)) for each in rotas)
    yield Result(
        f"a year of {ROTAS:,} rotas",
        process_time() - started,
        LIMIT_SECONDS,
        "s of CPU",
        f"{shifts:,} shifts, {SWAPS} swaps a rota",
    )
