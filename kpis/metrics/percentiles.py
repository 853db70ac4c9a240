"""Percentiles by linear interpolation (R-7), as PostgreSQL's `percentile_cont` reckons them.

Source: R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996, definition 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Groups:
    """Values by group, ascending within each.

    `keys` ascend, one per group; the group's values stand in `values` from `starts` on, `sizes`
    of them.
    """

    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    values: NDArray[np.int32]

    def percentile(self, fraction: float) -> NDArray[np.float64]:
        """Return the percentile of every group, such as 0.9, in the order of the keys."""
        position = fraction * (self.sizes - 1)
        below = np.floor(position).astype(np.int64)
        above = np.ceil(position).astype(np.int64)
        low = self.values[self.starts + below].astype(np.float64)
        high = self.values[self.starts + above].astype(np.float64)
        result: NDArray[np.float64] = low + (high - low) * (position - below)
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
