"""What a check is: the fact it looks at, what it can be told, and how it judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.scorecards.rules.parameters import Parameter

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mend:
    """Where a failing rule is mended; `url` may hold `{application}` and `{owner}`, as slugs."""

    label: str
    url: str

    def address(self, *, application: str, owner: str) -> str:
        """Return the address for one application; without an owner, its own page of facts."""
        if not owner and "{owner}" in self.url:
            return f"/apps/{application}/edit/"
        return self.url.replace("{application}", application).replace("{owner}", owner)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether what was found will do, and what it was, in words; None is not known."""

    passed: bool | None
    words: str


# The value of a fact, what the rule was told, and the instant of the judgement.
Judge = Callable[[Any, Parameters, datetime], Finding]


@dataclass(frozen=True, slots=True)
class CheckType:
    """A kind of question that rules ask of one fact.

    `asks` says in words what is wanted, with the names of the parameters in braces; `unknown`
    what to say when the fact is not known, which is never a pass. `kpi` is the key of the KPI
    whose rows are the evidence, if it is one.
    """

    key: str
    title: str
    fact: str
    judge: Judge
    asks: str
    unknown: str
    mend: Mend
    parameters: tuple[Parameter, ...] = ()
    kpi: str = ""

    def find(self, value: Any, parameters: Parameters, now: datetime) -> Finding:
        """Judge a value of the fact; None is not known."""
        if value is None:
            return Finding(None, self.unknown)
        return self.judge(value, parameters, now)

    def wanted(self, parameters: Parameters) -> str:
        """Return what a rule asks for, in words."""
        said = {one.name: one.say(parameters[one.name]) for one in self.parameters}
        return self.asks.format(**said)
