"""How values stand among each other: the best third, the middle, the worst third."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")

# Fewer values than these have no thirds.
FEWEST_TO_RANK = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """A place among others, 0 the best and 1 the worst."""

    place: float

    @property
    def label(self) -> str:
        """The place in words."""
        if self.place <= 1 / 3:
            return "best third"
        return "worst third" if self.place >= 2 / 3 else "middle third"

    @property
    def tone(self) -> str:
        """The tone of the place; the middle has none."""
        return {"best third": "good", "worst third": "bad"}.get(self.label, "")


def standings(values: Mapping[Key, float], *, lower_is_better: bool) -> dict[Key, Standing]:
    """Return the place of each value; none when there are few, or when all are the same.

    Equal values share the middle of the places they take.
    """
    if len(values) < FEWEST_TO_RANK or len(set(values.values())) == 1:
        return {}
    ordered = sorted(values.values(), reverse=not lower_is_better)
    last = len(ordered) - 1
    places: dict[float, float] = {}
    for value in set(ordered):
        first = ordered.index(value)
        places[value] = (first + (ordered.count(value) - 1) / 2) / last
    return {key: Standing(places[value]) for key, value in values.items()}
