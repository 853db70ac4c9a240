"""The choice of a period on a page: grains, steps and a list, all plain addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from kpis.metrics.periods import GRAINS, Period, period_of
from kpis.selectors.pages import SERIES, KpiPage


@dataclass(frozen=True, slots=True)
class GrainChoice:
    """A grain, and the period of it that the one shown ends in."""

    grain: str
    period: Period
    is_current: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """What a period can be changed to; `kept` are other parameters of the address."""

    grains: Sequence[GrainChoice]
    previous: Period
    choices: Sequence[Period]
    kept: Sequence[tuple[str, str]]


def picker(page: KpiPage, query: Mapping[str, str]) -> Picker:
    """Return the choices of a page whose address has a query."""
    shown = page.period
    last_day = shown.starts_on + timedelta(days=max(1, page.shown.days) - 1)
    choices = page.current.series(2 * SERIES[shown.grain])[::-1]
    if shown not in choices:
        choices = sorted({*choices, shown}, reverse=True)
    return Picker(
        grains=[
            GrainChoice(grain, period_of(grain, last_day), grain == shown.grain)
            for grain in GRAINS
        ],
        previous=shown.shift(-1),
        choices=choices,
        kept=[
            ("grain", shown.grain),
            *((name, value) for name, value in query.items() if name not in {"grain", "period"}),
        ],
    )
