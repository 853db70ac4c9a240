"""Shapes of JSON values: what a field must be, written short, and what is wrong with a value.

A shape is a function of a value and its pointer that yields faults. Objects are written as a line
of `name:shape` with `!` after the names that must be there, such as `id!:name source:text`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from portal.integrations.types.faults import Fault, pointer

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Shape: TypeAlias = Callable[[Json, str], Iterator[Fault]]

# RFC 3339: the offset is not optional, and the day and the hour need a letter between them.
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-][0-2]\d:[0-5]\d)", re.ASCII
)
# RFC 3986: the characters of each part, and `%` with two hexadecimal digits only.
_CHARACTER = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_HOST = r"(?:\[[0-9A-Fa-fv:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
_USER = r"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
_PATH = rf"(?:/{_CHARACTER}*)*"
_TAIL = rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?"
_AFTER_SCHEME = (
    rf"(?://{_USER}{_HOST}(?::\d*)?{_PATH}|/(?:{_CHARACTER}+{_PATH})?|{_CHARACTER}+{_PATH}|)"
)
_SCHEME = r"[A-Za-z][A-Za-z0-9+\-.]*:"
_FIRST = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})"
_RELATIVE = rf"(?://{_USER}{_HOST}(?::\d*)?{_PATH}|/(?:{_CHARACTER}+{_PATH})?|{_FIRST}+{_PATH}|)"
_URI = re.compile(_SCHEME + _AFTER_SCHEME + _TAIL, re.ASCII)
_URI_REFERENCE = re.compile(f"(?:{_SCHEME}{_AFTER_SCHEME}|{_RELATIVE}){_TAIL}", re.ASCII)


def text(value: Json, at: str) -> Iterator[Fault]:
    """Take any text."""
    if not isinstance(value, str):
        yield Fault(at, f"This is {kind_of(value)}, not a text.", "Send a JSON string.")


def name(value: Json, at: str) -> Iterator[Fault]:
    """Take a text that is not empty."""
    yield from text(value, at)
    if value == "":
        yield Fault(at, "This is empty.", "Give it a value, or leave the field out if it may be.")


def instant(value: Json, at: str) -> Iterator[Fault]:
    """Take a date and time with its offset from UTC (RFC 3339)."""
    if read_instant(value) is None:
        yield Fault(
            at,
            "This is not a date and time with its offset from UTC.",
            "Send RFC 3339, such as 2026-03-04T12:00:00Z.",
        )


def uri(value: Json, at: str) -> Iterator[Fault]:
    """Take an absolute URI (RFC 3986)."""
    if not isinstance(value, str) or not _URI.fullmatch(value):
        yield Fault(
            at, "This is not a URI.", "Send an absolute one, such as https://example.com/17."
        )


def uri_reference(value: Json, at: str) -> Iterator[Fault]:
    """Take a URI or a reference relative to one (RFC 3986), not empty."""
    if not isinstance(value, str) or not value or not _URI_REFERENCE.fullmatch(value):
        yield Fault(
            at,
            "This is not a URI reference.",
            "Send one without spaces and odd characters, such as https://ci.example.com/run/17.",
        )


def anything(_value: Json, _at: str) -> Iterator[Fault]:
    """Take whatever it is."""
    yield from ()


def one_of(*values: str) -> Shape:
    """Return the shape of one of a few words."""

    def check(value: Json, at: str) -> Iterator[Fault]:
        if not isinstance(value, str) or value not in values:
            shown = f"“{value[:40]}”" if isinstance(value, str) else kind_of(value)
            yield Fault(at, f"{shown} is not known here.", f"Use one of: {', '.join(values)}.")

    return check


def array(shape: Shape, *, most: int | None = None) -> Shape:
    """Return the shape of a list of values of one shape."""

    def check(value: Json, at: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(at, f"This is {kind_of(value)}, not a list.", "Send a JSON array.")
            return
        if most is not None and len(value) > most:
            yield Fault(at, f"These are {len(value)}.", f"Send at most {most}.")
            return
        for number, item in enumerate(value):
            yield from shape(item, f"{at}/{number}")

    return check


def mapping(fields: Mapping[str, Shape], *, required: frozenset[str], is_open: bool) -> Shape:
    """Return the shape of an object; other fields than these are a fault unless it is open."""
    steps = {field: pointer(field) for field in fields}

    def check(value: Json, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(at, f"This is {kind_of(value)}, not an object.", "Send a JSON object.")
            return
        if not required <= value.keys():
            for field in sorted(required - value.keys()):
                yield Fault(at + steps[field], "This field is missing.", "Send it.")
        for field, item in value.items():
            shape = fields.get(field)
            if shape is not None:
                yield from shape(item, at + steps[field])
            elif not is_open:
                yield Fault(
                    at + pointer(field),
                    "This field is not known here.",
                    f"Leave it out. Known are: {', '.join(fields)}.",
                )

    return check


def parsed(written: str, named: Mapping[str, Shape], *, is_open: bool = False) -> Shape:
    """Return the shape of an object written as `id!:name source:text`."""
    pairs = [field.split(":") for field in written.split()]
    return mapping(
        {field.removesuffix("!"): named[shape] for field, shape in pairs},
        required=frozenset(field[:-1] for field, _ in pairs if field.endswith("!")),
        is_open=is_open,
    )


def read_instant(value: Json) -> datetime | None:
    """Return the aware instant that a text is; None when it is none."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        return None


def kind_of(value: Json) -> str:
    """Return what sort of JSON value it is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return {str: "a text", list: "a list", dict: "an object"}[type(value)]
