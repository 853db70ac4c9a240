"""Values in words: the human units of tiles, tables, charts and sentences."""

from kpis.metrics.definitions import Kpi, Unit
from kpis.metrics.trends import Reading, Verdict, judge
from portal.core.words import duration, percent

NO_DATA = "No data"
DAYS_PER_WEEK, DAYS_PER_MONTH = 7, 365.25 / 12
# From here on tenths are noise.
MANY = 10


def rate(per_day: float) -> str:
    """Return a frequency in the unit that keeps it above one: 3.2 a day, 2.4 a week."""
    for count, unit in (
        (per_day, "day"),
        (per_day * DAYS_PER_WEEK, "week"),
        (per_day * DAYS_PER_MONTH, "month"),
    ):
        if count >= 1 or unit == "month":
            break
    return f"{count:,.0f} a {unit}" if count >= MANY else f"{count:.1f} a {unit}"


def say(unit: Unit, value: float | None) -> str:
    """Return a value in human units; None is no data, never 0."""
    if value is None:
        return NO_DATA
    return {Unit.PER_DAY: rate, Unit.SECONDS: duration, Unit.SHARE: percent}[unit](value)


def basis(kpi: Kpi, n: int) -> str:
    """Return what a value rests on, such as “from 42 changes”."""
    return f"from {n:,} {kpi.noun[0] if n == 1 else kpi.noun[1]}"


def comparison(kpi: Kpi, now: Reading, before: Reading, when: str) -> str:
    """Return how a value compares, such as “12% shorter than in September 2026”.

    `when` names the period before with its preposition.
    """
    verdict = judge(kpi, now, before).verdict
    if verdict is Verdict.UNKNOWN or now.value is None or before.value is None:
        return _silence(now, before, when)
    if verdict is Verdict.SAME:
        return f"about the same as {when}"
    word = kpi.comparatives[now.value > before.value]
    change = abs(now.value - before.value)
    if kpi.unit is Unit.SHARE:
        return f"{change * 100:.1f} points {word} than {when}"
    if before.value and now.value >= 2 * before.value:
        return f"{now.value / before.value:.1f} times as {_positive(kpi)} as {when}"
    return f"{change / before.value * 100:.0f}% {word} than {when}"


def _positive(kpi: Kpi) -> str:
    return "long" if kpi.unit is Unit.SECONDS else "high"


def _silence(now: Reading, before: Reading, when: str) -> str:
    if now.value is None:
        return "nothing to compare"
    if before.value is None:
        return f"no data {when} to compare with"
    return f"too few to compare with those {when}"


def sentence(kpi: Kpi, now: Reading, before: Reading, *, current: str, previous: str) -> str:
    """Return one plain sentence for an executive; both periods come with their preposition."""
    if now.value is None:
        return f"No {kpi.noun[1]} {current}, so {kpi.name.lower()} is not known."
    return f"{kpi.name} is {say(kpi.unit, now.value)}, {comparison(kpi, now, before, previous)}."
