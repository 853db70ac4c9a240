"""What owning the nights brings, as apps above on-call tell it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What owning the nights brought others, and how it is here: each in words, None without data.

    `before` and `since` are of the applications whose teams took their nights on, in the half year
    on either side; `basis` says how many they are; `here` is of the application asked about.
    """

    title: str
    before: str | None
    since: str | None
    here: str | None
    basis: str
    url: str = ""
