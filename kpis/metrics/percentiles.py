"""Percentiles by linear interpolation (R-7), as PostgreSQL's `percentile_cont` reckons them.

Source: R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996, definition 7.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Spans = NDArray[np.int32]
Floats = NDArray[np.float64]

# From so many values per group on it is quicker to select percentiles than to sort for them.
MANY = 256


@dataclass(frozen=True, slots=True)
class Groups:
    """Values by group, ascending within each.

    There is one key per group, and a value at least; the group's values stand in `values` from `starts` on, `sizes`
    of them, one group after another.
    """

    keys: Ints
    starts: Ints
    sizes: Ints
    values: Spans

    def under(self, keys: Ints) -> "Groups":
        """Return the same groups under other keys."""
        return replace(self, keys=keys)

    def percentile(self, fraction: float) -> Floats:
        """Return the percentile of every group, such as 0.9, in the order of the keys."""
        position = fraction * (self.sizes - 1)
        below = np.floor(position).astype(np.int64)
        above = np.ceil(position).astype(np.int64)
        low = self.values[self.starts + below].astype(np.float64)
        high = self.values[self.starts + above].astype(np.float64)
        result: Floats = low + (high - low) * (position - below)
        return result


def group(keys: NDArray[np.int64], values: NDArray[np.int32]) -> Groups:
    """Return values by key, sorted; keys are from 0 to 2**31 - 1 and values not negative."""
    pairs = keys << 32
    pairs |= values
    pairs.sort()
    ordered = pairs >> 32
    begins = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    starts = np.flatnonzero(begins)
    return Groups(
        keys=ordered[starts],
        starts=starts,
        sizes=np.diff(starts, append=len(ordered)),
        # The low half of each pair.
        values=pairs.astype(np.int32),
    )


def merged_percentiles(
    parts: Sequence[Groups], count: int, fractions: Sequence[float]
) -> tuple[Ints, Floats]:
    """Return how many values each of `count` groups has, and a row per fraction of percentiles.

    The keys of the parts are numbers of groups, many parts and keys to one; a negative key leaves
    its values out. A group without values has no number for its percentiles.
    """
    sizes = np.zeros(count, dtype=np.int64)
    for part in parts:
        inside = part.keys >= 0
        np.add.at(sizes, part.keys[inside], part.sizes[inside])
    found = np.full((len(fractions), count), np.nan)
    if not sizes.any():
        return sizes, found
    if len(parts) == 1 and _is_whole(parts[0], sizes):
        for row, fraction in zip(found, fractions, strict=True):
            row[parts[0].keys] = parts[0].percentile(fraction)
    else:
        work = _sort if sizes.sum() < MANY * count else _select
        work(parts, fractions, found)
    return sizes, found


def _is_whole(part: Groups, sizes: Ints) -> bool:
    """Return whether each key of a part comes once, so that its values are sorted already."""
    return bool((part.keys >= 0).all()) and np.array_equal(sizes[part.keys], part.sizes)


def _sort(parts: Sequence[Groups], fractions: Sequence[float], found: Floats) -> None:
    keys = np.concatenate([np.repeat(part.keys, part.sizes) for part in parts])
    values = np.concatenate([part.values for part in parts])
    inside = keys >= 0
    merged = group(keys[inside], values[inside])
    for row, fraction in zip(found, fractions, strict=True):
        row[merged.keys] = merged.percentile(fraction)


def _select(parts: Iterable[Groups], fractions: Sequence[float], found: Floats) -> None:
    pieces: dict[int, list[Spans]] = {}
    for part in parts:
        ends = part.starts + part.sizes
        for key, start, end in zip(
            part.keys.tolist(), part.starts.tolist(), ends.tolist(), strict=True
        ):
            pieces.setdefault(key, []).append(part.values[start:end])
    pieces.pop(-1, None)
    for key, each in pieces.items():
        values = np.concatenate(each)
        positions = [fraction * (len(values) - 1) for fraction in fractions]
        below = [int(position) for position in positions]
        values.partition(sorted({*below, *(min(at + 1, len(values) - 1) for at in below)}))
        for row, (position, at) in enumerate(zip(positions, below, strict=True)):
            low = float(values[at])
            high = float(values[at + 1]) if position > at else low
            found[row, key] = low + (high - low) * (position - at)


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """Return the percentile of ascending values, or None where there is none."""
    if not values:
        return None
    position = fraction * (len(values) - 1)
    below = int(position)
    if below == position:
        return float(values[below])
    low, high = float(values[below]), float(values[below + 1])
    return low + (high - low) * (position - below)
