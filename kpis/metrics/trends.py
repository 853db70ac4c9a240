"""How a value stands against the one of the period before."""

from dataclasses import dataclass
from enum import Enum

from kpis.metrics.definitions import FEWEST_FOR_TREND, Kpi, Unit

# Smaller moves are called the same: a twentieth of the value, one point of a share.
SAME_RATIO = 0.05
SAME_POINTS = 0.01


class Verdict(Enum):
    """Better, worse or the same, in words, tone and icon; unknown is grey."""

    BETTER = ("better", "good")
    WORSE = ("worse", "bad")
    SAME = ("same", "info")
    UNKNOWN = ("no trend", "unknown")

    def __init__(self, label: str, tone: str) -> None:
        self.label = label
        self.tone = tone


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and the number of facts it rests on; None is no data."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A verdict, and whether the value itself rose or fell since the period before."""

    verdict: Verdict
    rising: bool = False

    @property
    def icon(self) -> str:
        """The icon that shows which way the value went; unknown goes no way."""
        if self.verdict is Verdict.UNKNOWN:
            return "unknown"
        if self.verdict is Verdict.SAME:
            return "trend-flat"
        return "trend-up" if self.rising else "trend-down"


def judge(kpi: Kpi, now: Reading, before: Reading) -> Trend:
    """Compare two periods; without data, or from a handful of facts, nothing is judged."""
    if now.value is None or before.value is None or min(now.n, before.n) < FEWEST_FOR_TREND:
        return Trend(Verdict.UNKNOWN)
    change = now.value - before.value
    same = SAME_POINTS if kpi.unit is Unit.SHARE else SAME_RATIO * before.value
    if abs(change) <= same:
        return Trend(Verdict.SAME, rising=change > 0)
    better = (change < 0) == kpi.lower_is_better
    return Trend(Verdict.BETTER if better else Verdict.WORSE, rising=change > 0)
