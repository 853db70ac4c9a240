"""Bank holidays as they are shipped, of the library `holidays`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import holidays

OBSERVED = (" (observed)", " (substitute day)", " (in lieu)")
SATURDAY = 6


@dataclass(frozen=True, slots=True)
class ShippedHoliday:
    """A bank holiday; one that falls on a weekend and is kept on another day is marked."""

    day: date
    name: str
    is_observed_elsewhere: bool


def shipped(
    country: str, subdivision: str, years: Iterable[int]
) -> tuple[str, Sequence[ShippedHoliday]]:
    """Return the name of a calendar and its days in some years, in order.

    Raises:
        LookupError: nothing is shipped of that country or part; the message says what is.
    """
    parts = holidays.list_supported_countries(include_aliases=False).get(country)
    if parts is None:
        raise LookupError(f"No bank holidays are shipped of “{country}”. Make a calendar by hand.")
    if subdivision and subdivision not in parts:
        raise LookupError(
            f"“{subdivision}” is no part of {country} that is shipped. There are:"
            f" {', '.join(parts)}."
        )
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, years=list(years), language="en_GB"
    )
    days = sorted(found.items())
    kept = {name.removesuffix(suffix) for _, name in days for suffix in OBSERVED}
    label = f"{country}, {subdivision}" if subdivision else country
    return label, [
        ShippedHoliday(
            day,
            name,
            day.isoweekday() >= SATURDAY and _kept_later(day, name, days) and name in kept,
        )
        for day, name in days
    ]


def _kept_later(day: date, name: str, days: Sequence[tuple[date, str]]) -> bool:
    """Whether the same holiday is observed on another day within the week."""
    return any(
        other != day and abs(other - day) <= timedelta(days=7) and called.startswith(name)
        for other, called in days
    )
