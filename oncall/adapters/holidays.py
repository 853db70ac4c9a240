"""Bank holidays as they are shipped, of the library `holidays`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import holidays
from holidays.registry import COUNTRIES as REGISTERED

OBSERVED = (" (observed)", " (substitute day)", " (in lieu)")
SATURDAY = 6
# Cities and school zones with longer names are no parts of a country by ISO 3166.
LONGEST_PART = 10


def _spaced(name: str) -> str:
    """Return the name of a class, such as BosniaAndHerzegovina, as people write it."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r" (And|Of|The) ", lambda found: found[0].lower(), words)


# The countries whose bank holidays are shipped, by their two letters.
COUNTRIES = MappingProxyType(
    dict(
        sorted(
            ((codes[1], _spaced(codes[0])) for codes in REGISTERED.values()),
            key=lambda found: found[1],
        )
    )
)


@dataclass(frozen=True, slots=True)
class ShippedHoliday:
    """A bank holiday; one that falls on a weekend and is kept on another day is marked."""

    day: date
    name: str
    is_observed_elsewhere: bool


def part_called(country: str, text: str) -> str:
    """Return the code of the part of a country with a code or name, or the text if there is none."""
    wanted = text.strip().casefold()
    for code, name in _parts(country).items():
        if wanted in {code.casefold(), name.casefold()}:
            return code
    return text.strip()


def shipped(
    country: str, subdivision: str, years: Iterable[int]
) -> tuple[str, Sequence[ShippedHoliday]]:
    """Return the name of a calendar and its days in some years, in order.

    Raises:
        LookupError: nothing is shipped of that country or part; the message says what is.
    """
    if country not in COUNTRIES:
        raise LookupError(
            f"No bank holidays are shipped of “{country}”. Take those of a country that keeps"
            " nearly the same, and mend its days by hand."
        )
    parts = _parts(country)
    if subdivision and subdivision not in parts:
        raise LookupError(_no_part(country, subdivision))
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, years=list(years), language="en_GB"
    )
    days = sorted(found.items())
    kept = {name.removesuffix(suffix) for _, name in days for suffix in OBSERVED}
    names = (COUNTRIES[country], parts.get(subdivision))
    return ", ".join(name for name in names if name), [
        ShippedHoliday(
            day,
            name,
            day.isoweekday() >= SATURDAY and _kept_later(day, name, days) and name in kept,
        )
        for day, name in days
    ]


def _parts(country: str) -> dict[str, str]:
    """Return the names of the parts of a country by their codes."""
    found = holidays.country_holidays(country)
    aliases = found.get_subdivision_aliases()
    return {
        code: next(iter(aliases.get(code, ())), code)
        for code in found.subdivisions
        if len(code) <= LONGEST_PART
    }


def _no_part(country: str, text: str) -> str:
    parts = _parts(country)
    if not parts:
        return f"{COUNTRIES[country]} is shipped as a whole. Leave the part empty."
    there = ", ".join(code if code == name else f"{code} ({name})" for code, name in parts.items())
    return f"“{text}” is no part of {COUNTRIES[country]} that is shipped. There are: {there}."


def _kept_later(day: date, name: str, days: Sequence[tuple[date, str]]) -> bool:
    """Whether the same holiday is observed on another day within the week."""
    return any(
        other != day and abs(other - day) <= timedelta(days=7) and called.startswith(name)
        for other, called in days
    )
