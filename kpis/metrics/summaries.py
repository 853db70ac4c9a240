"""Summaries of facts by scope and period: counts that add up, and sorted values.

Everything is reckoned for many scopes at once, in arrays. A `Frame` numbers the scopes of one
reckoning and its days; a *cell* is one day of one scope, `rank * width + day`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kpis.metrics.days import date_of, day_number
from kpis.metrics.percentiles import Floats, Groups, group, merged_percentiles
from kpis.metrics.periods import GRAINS, period_of

# A change that is live within so many seconds of its merge is fast.
FAST_SECONDS = 15 * 60
COUNTS = (
    "deployments",
    "deployment_days",
    "finished",
    "failures",
    "rework",
    "incidents",
    "changes",
    "bot_changes",
    "merged",
    "fast",
)
STAGES = ("lead", "coding", "pickup", "review", "merge")
# Which percentiles are kept of which values.
PERCENTILES = {
    "lead": (50, 75, 90),
    "coding": (50,),
    "pickup": (50,),
    "review": (50,),
    "merge": (50, 90),
    "recovery": (50, 90),
}
VALUES = tuple(PERCENTILES)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Spans = NDArray[np.int32]
Run = tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """So many scopes, and all days of the whole periods around those that are reckoned anew.

    `fresh` says of every day whether it is reckoned from facts, for all scopes alike; the other
    days of its periods are taken as they were summarised before.
    """

    scopes: int
    first: int
    fresh: Flags

    @classmethod
    def around(cls, scopes: int, runs: Sequence[Run]) -> "Frame":
        """Return the frame of some runs of days, in order, each from and until."""
        first = _edge(runs[0][0], last=False)
        until = _edge(runs[-1][1] - 1, last=True)
        fresh = np.zeros(until - first, dtype=np.bool_)
        for begin, end in runs:
            fresh[begin - first : end - first] = True
        return cls(scopes, first, fresh)

    @property
    def width(self) -> int:
        """How many days it has."""
        return len(self.fresh)

    @cached_property
    def starts(self) -> Mapping[str, Ints]:
        """Per grain, the places in the frame of the days on which a period starts."""
        days = [date_of(self.first + place) for place in range(self.width)]
        return {
            grain: np.array(
                [
                    place
                    for place, day in enumerate(days)
                    if place == 0 or period_of(grain, day).starts_on == day
                ],
                dtype=np.int64,
            )
            for grain in GRAINS
        }

    def touched(self, grain: str) -> Flags:
        """Return of every period whether any of its days is fresh."""
        return np.logical_or.reduceat(self.fresh, self.starts[grain])

    def days_touched(self, grain: str) -> Flags:
        """Return of every day whether its period has a fresh day."""
        return np.repeat(self.touched(grain), np.diff(self.starts[grain], append=self.width))

    @cached_property
    def stored(self) -> Flags:
        """Of every day, whether its summary is needed as it was stored."""
        return (self.days_touched("week") | self.days_touched("month")) & ~self.fresh

    def runs(self, days: Flags) -> list[Run]:
        """Return the runs of days that are true, each from and until."""
        edges = np.flatnonzero(np.diff(days.astype(np.int8), prepend=0, append=0)) + self.first
        return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _edge(day: int, *, last: bool) -> int:
    periods = [period_of(grain, date_of(day)) for grain in ("week", "month")]
    if last:
        return max(day_number(period.ends_on) for period in periods)
    return min(day_number(period.starts_on) for period in periods)


@dataclass(slots=True)
class Days:
    """What is known of the days of a frame: counts by cell, and values grouped by cell."""

    counts: Ints
    values: dict[str, list[Groups]] = field(default_factory=lambda: {name: [] for name in VALUES})

    @classmethod
    def empty(cls, frame: Frame) -> "Days":
        """Return days on which nothing happened."""
        return cls(np.zeros((len(COUNTS), frame.scopes * frame.width), dtype=np.int64))

    def count(self, name: str, cells: Ints) -> None:
        """Count one fact in each of the cells; a cell may come more than once."""
        row = self.counts[COUNTS.index(name)]
        row += np.bincount(cells, minlength=len(row))

    def spread(self, name: str, cells: Ints, values: Spans) -> None:
        """Add values to cells; a negative value is unknown."""
        known = values >= 0
        if not known.all():
            cells, values = cells[known], values[known]
        self.values[name].append(group(cells, values))

    def add_changes(self, cells: Ints, *, is_bot: Flags, spans: Mapping[str, Spans]) -> None:
        """Add changes that went live: spans in seconds by stage, negative where unknown."""
        self.count("changes", cells)
        self.count("bot_changes", cells[is_bot])
        merge = spans["merge"]
        self.count("merged", cells[merge >= 0])
        self.count("fast", cells[(merge >= 0) & (merge <= FAST_SECONDS)])
        for name, values in spans.items():
            self.spread(name, cells, values)

    def add_deployments(
        self, cells: Ints, *, succeeded: Flags, failed: Flags, unplanned: Flags, recovery: Spans
    ) -> None:
        """Add deployments that finished; `recovery` is in seconds, negative where unknown."""
        self.count("finished", cells)
        self.count("deployments", cells[succeeded])
        deployments, days = (self.counts[COUNTS.index(name)] for name in COUNTS[:2])
        np.minimum(deployments, 1, out=days)
        self.count("failures", cells[failed])
        self.count("rework", cells[succeeded & unplanned])
        self.spread("recovery", cells[failed], recovery[failed])


@dataclass(frozen=True, slots=True)
class Table:
    """Summaries of the periods of one grain in which anything happened, in order.

    `counts` has a row per name in `COUNTS`; `sizes` are how many values every period has, and
    `percentiles` has a row per percent of a name, not a number where a period has no value. Days
    have their values too, grouped by place in the table.
    """

    ranks: Ints
    starts_on: Ints
    counts: Ints
    sizes: Mapping[str, Ints]
    percentiles: Mapping[str, Floats]
    values: Mapping[str, Groups]


def tabulate(frame: Frame, days: Days, grain: str) -> Table:
    """Return the summaries of the periods of a grain that hold a fresh day."""
    starts = frame.starts[grain]
    counts = days.counts.reshape(len(COUNTS), frame.scopes, frame.width)
    if len(starts) < frame.width:
        counts = np.add.reduceat(counts, starts, axis=2)
    present = (counts.any(axis=0) & frame.touched(grain)).ravel()
    periods = np.flatnonzero(present)
    # From a cell to the place of its period in the table; -1 where it has none.
    places = np.full(len(present), -1, dtype=np.int64)
    places[periods] = np.arange(len(periods))
    sizes = np.diff(starts, append=frame.width)
    place_of_cell = np.repeat(places.reshape(frame.scopes, -1), sizes, axis=1).ravel()
    moved = {
        name: [part.under(place_of_cell[part.keys]) for part in parts]
        for name, parts in days.values.items()
    }
    found = {
        name: merged_percentiles(
            moved[name], len(periods), [percent / 100 for percent in percents]
        )
        for name, percents in PERCENTILES.items()
    }
    return Table(
        ranks=periods // len(starts),
        starts_on=starts[periods % len(starts)] + frame.first,
        counts=counts.reshape(len(COUNTS), -1)[:, periods],
        sizes={name: sizes for name, (sizes, _) in found.items()},
        percentiles={name: rows for name, (_, rows) in found.items()},
        values={name: part for name, parts in moved.items() for part in parts if grain == "day"},
    )
