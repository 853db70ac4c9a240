"""What a scorecard is: ordered levels of rules, and which applications it is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from portal.scorecards.rules.checks import CheckType, Mend

# What is known of one application, by the names that checks ask for; None is not known.
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which applications something is for; an empty set lets all through."""

    tiers: frozenset[int] = frozenset()
    lifecycles: frozenset[str] = frozenset()
    data_classes: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def fits(self, facts: Facts) -> bool:
        """Return whether an application is let through; of data and tags one is enough."""
        return (
            (not self.tiers or facts["tier"] in self.tiers)
            and (not self.lifecycles or facts["lifecycle"] in self.lifecycles)
            and (not self.data_classes or not self.data_classes.isdisjoint(facts["data_classes"]))
            and (not self.tags or not self.tags.isdisjoint(facts["tags"]))
        )

    @property
    def words(self) -> str:
        """Whom it lets through, as part of a sentence; empty when it lets all through."""
        parts = []
        if self.tiers:
            parts.append(f"tier {_either(map(str, sorted(self.tiers)))}")
        if self.lifecycles:
            parts.append(f"in {_either(sorted(one.lower() for one in self.lifecycles))}")
        if self.data_classes:
            parts.append(f"with {_either(sorted(self.data_classes))} data")
        if self.tags:
            parts.append(f"tagged {_either(sorted(self.tags))}")
        return ", ".join(parts)


def _either(names: Any) -> str:
    return " or ".join(names)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that an application shall be or have; `level` is its rank, 1 the lowest."""

    key: str
    level: int
    title: str
    why: str
    check: CheckType
    parameters: Mapping[str, Any]
    fails: str
    mend: Mend
    only: Filter = field(default_factory=Filter)

    @property
    def wanted(self) -> str:
        """What the rule asks for, in words."""
        return self.check.wanted(self.parameters)


@dataclass(frozen=True)
class Definition:
    """A scorecard as it is written: levels from the lowest to the highest, and rules of each."""

    slug: str
    title: str
    why: str
    levels: Sequence[str]
    rules: Sequence[Rule]
    applies_to: Filter = field(default_factory=Filter)

    @cached_property
    def by_key(self) -> Mapping[str, Rule]:
        """The rules by their keys."""
        return {rule.key: rule for rule in self.rules}

    def level_name(self, rank: int) -> str:
        """Return the name of a level; rank 0 is below the lowest."""
        return self.levels[rank - 1] if rank else f"below {self.levels[0]}"
