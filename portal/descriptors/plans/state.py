"""What files tell of the catalogue and what the catalogue holds, in the same words.

Every value is a text or a list of texts, so that any two can be compared, shown and kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | tuple[str, ...]
Key: TypeAlias = "tuple[Noun, str]"

# The field of an annotation is this and the key of the annotation.
ANNOTATION = "annotation "
DEFAULT_TYPE = "service"


class Noun(StrEnum):
    """What a descriptor can describe; in the order in which it is applied."""

    TEAM = "team"
    SYSTEM = "system"
    APPLICATION = "application"


# Lists to which files only add: people, places and repositories have other facts attached.
ADDED = frozenset({"members", "environments", "repositories", "depends on"})
# What a file that told it once and no longer does leaves empty.
CLEARED = frozenset(
    {"description", "system", "tags", "links", "runbook", "data classes", "depends on"}
)
LISTS = ADDED | {"tags", "links", "data classes"}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing as the files tell it; a field that is not told is not theirs."""

    noun: Noun
    slug: str
    fields: Mapping[str, Value]
    file: str = ""
    line: int = 0

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.noun, self.slug


@dataclass(frozen=True, slots=True)
class Held:
    """One thing as the catalogue holds it; `managed_by` is empty for the pages."""

    noun: Noun
    slug: str
    fields: Mapping[str, Value]
    managed_by: str = ""
    is_retired: bool = False

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.noun, self.slug


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team in the tree: its kind (DIVISION, DEPARTMENT, TEAM) and the slug of its parent."""

    kind: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What references can lead to, and the words that the catalogue has for things."""

    teams: Mapping[str, TeamPlace]
    systems: frozenset[str]
    applications: frozenset[str]
    people: frozenset[str]
    lifecycles: tuple[str, ...] = ("EXPERIMENTAL", "PRODUCTION", "DEPRECATED", "RETIRED")
    data_classes: tuple[str, ...] = ("pci", "personal", "health", "financial", "confidential")
    reserved: frozenset[str] = frozenset()


def empty(field: str) -> Value:
    """Return the value of a field of which nothing is known."""
    return () if field in LISTS else ""


def in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values sorted, each once."""
    return tuple(sorted(set(values)))
