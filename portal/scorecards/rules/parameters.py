"""What a rule can be told: whole numbers, shares and spans, each with bounds and in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from portal.core.words import DAY, HOUR, MINUTE, duration, percent

_SPAN = re.compile(r"(\d{1,5}) ?(m|min|h|d)\Z")
_SECONDS = {"m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%\Z")
LONGEST_SPAN = 3650 * DAY
WHOLE = 100
# What one and what several of it are called.
Units = tuple[str, str]


class ParameterError(ValueError):
    """What is written is not such a value; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named value of a check; without a default it must be given."""

    name: str
    read: Callable[[Any], Any]
    say: Callable[[Any], str]
    default: Any = None

    @property
    def is_required(self) -> bool:
        """Whether a rule must give it."""
        return self.default is None


def whole(
    name: str,
    *,
    lowest: int = 0,
    highest: int = 10_000,
    default: int | None = None,
    units: Units = ("", ""),
) -> Parameter:
    """Return a parameter that is a whole number within bounds."""

    def read(value: Any) -> int:
        if type(value) is not int:
            raise ParameterError("Write a whole number.")
        if not lowest <= value <= highest:
            raise ParameterError(f"Write a number from {lowest:,} to {highest:,}.")
        return value

    return Parameter(name, read, lambda value: f"{value:,} {_unit(value, units)}".strip(), default)


def number(name: str, *, units: Units) -> Parameter:
    """Return a parameter that is a positive number."""

    def read(value: Any) -> float:
        if type(value) not in {int, float} or not 0 < value < inf:
            raise ParameterError("Write a number above 0, such as 1.5.")
        return float(value)

    return Parameter(name, read, lambda value: f"{value:g} {_unit(value, units)}")


def share(name: str) -> Parameter:
    """Return a parameter that is a share of 1, written as a percentage."""

    def read(value: Any) -> float:
        found = _SHARE.match(value) if isinstance(value, str) else None
        if found is None or float(found[1]) > WHOLE:
            raise ParameterError("Write a percentage from 0% to 100%, such as 15%.")
        return float(found[1]) / WHOLE

    return Parameter(name, read, percent)


def span(name: str) -> Parameter:
    """Return a parameter that is a span in seconds, written with its unit."""

    def read(value: Any) -> int:
        found = _SPAN.match(value) if isinstance(value, str) else None
        seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
        if not 0 < seconds <= LONGEST_SPAN:
            raise ParameterError("Write a span with its unit, such as 15 min, 24h or 7d.")
        return seconds

    return Parameter(name, read, duration)


def _unit(value: float, units: Units) -> str:
    return units[value != 1]
