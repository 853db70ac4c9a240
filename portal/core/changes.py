"""What changed, in words: the `changes` text that audit events carry."""

from collections.abc import Mapping
from datetime import datetime, time

LONGEST_VALUE = 120


def describe_changes(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """Return `name: before → after` of each value that differs, joined by semicolons.

    Names come in the order of `after`; a name that is missing before counts as none. The result
    is empty when nothing differs. Long values are cut at 120 characters.
    """
    return "; ".join(
        f"{name.replace('_', ' ')}: {_words(before.get(name))} → {_words(value)}"
        for name, value in after.items()
        if before.get(name) != value
    )


def _words(value: object) -> str:
    match value:
        case None | "" | [] | ():
            return "none"
        case datetime():
            text = value.isoformat(timespec="seconds")
        case time():
            text = f"{value:%H:%M}"
        case bool():
            text = "yes" if value else "no"
        case list() | tuple():
            text = ", ".join(str(item) for item in value)
        case _:
            text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
