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
from kpis.metrics.percentiles import Groups, group
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
VALUES = ("lead", "coding", "pickup", "review", "merge", "recovery")

Ints = NDArray[np.int64]
Values = Mapping[str, tuple[Ints, NDArray[np.int32]]]


@dataclass(frozen=True)
class Frame:
    """So many scopes, and all days of the whole periods around those that are reckoned anew.

    `fresh` says of every cell whether it is reckoned from facts; the other days of its periods
    are taken as they were summarised before.
    """

    scopes: int
    first: int
    width: int
    fresh: NDArray[np.bool_]

    @classmethod
    def around(cls, ranges: Sequence[tuple[int, int, int]]) -> "Frame":
        """Return the frame of some ranges of days: rank, from and until."""
        scopes = max(rank for rank, _, _ in ranges) + 1
        first = _edge(min(begin for _, begin, _ in ranges), first=True)
        until = _edge(max(end for _, _, end in ranges) - 1, first=False)
        fresh = np.zeros((scopes, until - first), dtype=np.bool_)
        for rank, begin, end in ranges:
            fresh[rank, begin - first : end - first] = True
        return cls(scopes, first, until - first, fresh)

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

    def touched(self, grain: str) -> NDArray[np.bool_]:
        """Return, by scope and period, whether any of its days is fresh."""
        return np.logical_or.reduceat(self.fresh, self.starts[grain], axis=1)

    def days_touched(self, grain: str) -> NDArray[np.bool_]:
        """Return, by scope and day, whether its period has a fresh day."""
        sizes = np.diff(self.starts[grain], append=self.width)
        return np.repeat(self.touched(grain), sizes, axis=1)

    @cached_property
    def stored(self) -> NDArray[np.bool_]:
        """By scope and day, whether its summary is needed as it was stored."""
        return (self.days_touched("week") | self.days_touched("month")) & ~self.fresh

    def ranges(self, cells: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
        """Return runs of days in which all cells are true: ranks, first days and ends."""
        padded = np.zeros((self.scopes, self.width + 2), dtype=np.int8)
        padded[:, 1:-1] = cells
        edges = np.diff(padded, axis=1)
        ranks, begins = np.nonzero(edges == 1)
        ends = np.nonzero(edges == -1)[1]
        return ranks, begins + self.first, ends + self.first


def _edge(day: int, *, first: bool) -> int:
    periods = [period_of(grain, date_of(day)) for grain in ("week", "month")]
    if first:
        return min(day_number(period.starts_on) for period in periods)
    return max(day_number(period.ends_on) for period in periods)


@dataclass(slots=True)
class Days:
    """What is known of the days of a frame: counts by cell, and values with their cells."""

    counts: NDArray[np.int64]
    values: dict[str, list[tuple[Ints, NDArray[np.int32]]]] = field(
        default_factory=lambda: {name: [] for name in VALUES}
    )

    @classmethod
    def empty(cls, frame: Frame) -> "Days":
        """Return days on which nothing happened."""
        return cls(np.zeros((len(COUNTS), frame.scopes * frame.width), dtype=np.int64))

    def count(self, name: str, cells: Ints) -> None:
        """Count one fact in each of the cells; a cell may come more than once."""
        row = self.counts[COUNTS.index(name)]
        row += np.bincount(cells, minlength=len(row))

    def spread(self, name: str, cells: Ints, values: NDArray[np.int32]) -> None:
        """Add values to cells; a negative value is unknown."""
        known = values >= 0
        self.values[name].append((cells[known], values[known]))

    def add_changes(
        self, cells: Ints, is_bot: NDArray[np.bool_], spans: Mapping[str, NDArray[np.int32]]
    ) -> None:
        """Add changes that went live: spans in seconds by stage, negative where unknown."""
        self.count("changes", cells)
        self.count("bot_changes", cells[is_bot])
        merge = spans["merge"]
        self.count("merged", cells[merge >= 0])
        self.count("fast", cells[(merge >= 0) & (merge <= FAST_SECONDS)])
        for name, values in spans.items():
            self.spread(name, cells, values)

    def add_deployments(
        self,
        cells: Ints,
        *,
        succeeded: NDArray[np.bool_],
        failed: NDArray[np.bool_],
        unplanned: NDArray[np.bool_],
        recovery: NDArray[np.int32],
    ) -> None:
        """Add deployments that finished; `recovery` is in seconds, negative where unknown."""
        self.count("finished", cells)
        self.count("deployments", cells[succeeded])
        self.count("deployment_days", np.unique(cells[succeeded]))
        self.count("failures", cells[failed])
        self.count("rework", cells[succeeded & unplanned])
        self.spread("recovery", cells[failed], recovery[failed])


@dataclass(frozen=True, slots=True)
class Table:
    """Summaries of the periods of one grain in which anything happened, in order.

    `counts` has a row per name in `COUNTS`; `values` groups the values by place in the table.
    """

    ranks: Ints
    starts_on: Ints
    counts: NDArray[np.int64]
    values: Mapping[str, Groups]

    def sizes(self, name: str) -> Ints:
        """Return how many values every period has."""
        sizes = np.zeros(len(self.ranks), dtype=np.int64)
        groups = self.values[name]
        sizes[groups.keys] = groups.sizes
        return sizes

    def percentile(self, name: str, fraction: float) -> NDArray[np.float64]:
        """Return the percentile of every period, not a number where it has no value."""
        result = np.full(len(self.ranks), np.nan)
        groups = self.values[name]
        result[groups.keys] = groups.percentile(fraction)
        return result


def tabulate(frame: Frame, days: Days, grain: str) -> Table:
    """Return the summaries of the periods of a grain that hold a fresh day."""
    starts = frame.starts[grain]
    shape = (len(COUNTS), frame.scopes, frame.width)
    counts = np.add.reduceat(days.counts.reshape(shape), starts, axis=2)
    present = (counts.any(axis=0) & frame.touched(grain)).ravel()
    periods = np.flatnonzero(present)
    # From a cell to the place of its period in the table; -1 where it has none.
    places = np.full(len(present), -1, dtype=np.int64)
    places[periods] = np.arange(len(periods))
    sizes = np.diff(starts, append=frame.width)
    place_of_cell = np.repeat(places.reshape(frame.scopes, -1), sizes, axis=1).ravel()
    return Table(
        ranks=periods // len(starts),
        starts_on=starts[periods % len(starts)] + frame.first,
        counts=counts.reshape(len(COUNTS), -1)[:, periods],
        values={name: _gather(parts, place_of_cell) for name, parts in days.values.items()},
    )


def _gather(parts: Sequence[tuple[Ints, NDArray[np.int32]]], place_of_cell: Ints) -> Groups:
    empty = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
    cells, values = (np.concatenate(column) for column in zip(empty, *parts, strict=True))
    places = place_of_cell[cells]
    inside = places >= 0
    if not inside.all():
        places, values = places[inside], values[inside]
    return group(places, values)
