"""How an application stands against a scorecard: each rule, the level, and what comes next."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.scorecards.rules.definitions import Definition, Facts, Rule


class State(StrEnum):
    """How a rule stands; no data is not a pass, and not a failure either."""

    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    NO_DATA = "NO_DATA"
    EXEMPT = "EXEMPT"

    @property
    def label(self) -> str:
        """The state as a word."""
        return {"PASS": "Pass", "FAIL": "Fail", "NO_DATA": "No data", "EXEMPT": "Exempt"}[self]

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"PASS": "good", "FAIL": "bad", "NO_DATA": "unknown", "EXEMPT": "info"}[self]


# What lets an application on to the next level.
SATISFIED = frozenset({State.PASS, State.EXEMPT})


@dataclass(frozen=True, slots=True)
class Result:
    """How one rule stands, and what was found, in words."""

    rule: str
    state: State
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an application stands: the rank of the level it has reached, and each rule's result."""

    level: int
    results: Sequence[Result]

    def count(self) -> Counter[State]:
        """Return how many rules stand in each state."""
        return Counter(result.state for result in self.results)


def evaluate(
    definition: Definition, facts: Facts, *, exempt: Collection[str], now: datetime
) -> Outcome | None:
    """Judge an application; None when the scorecard, or none of its rules, is for it.

    `exempt` are the keys of rules that it need not keep. One that it keeps all the same passes.
    """
    if not definition.applies_to.fits(facts):
        return None
    results = [
        _result(rule, facts, is_exempt=rule.key in exempt, now=now)
        for rule in definition.rules
        if rule.only.fits(facts)
    ]
    if not results:
        return None
    states = {result.rule: result.state for result in results}
    return Outcome(level_reached(definition, states), results)


def _result(rule: Rule, facts: Facts, *, is_exempt: bool, now: datetime) -> Result:
    found = rule.check.find(facts[rule.check.fact], rule.parameters, now)
    if found.passed:
        state = State.PASS
    elif is_exempt:
        state = State.EXEMPT
    else:
        state = State.NO_DATA if found.passed is None else State.FAIL
    return Result(rule.key, state, found.words)


def level_reached(definition: Definition, states: Mapping[str, State]) -> int:
    """Return the rank below that of the lowest rule that is not satisfied.

    Rules without a state are not for this application.
    """
    missed = [
        rule.level
        for rule in definition.rules
        if rule.key in states and states[rule.key] not in SATISFIED
    ]
    return min(missed, default=len(definition.levels) + 1) - 1


def next_steps(definition: Definition, states: Mapping[str, State]) -> list[Rule]:
    """Return the rules that keep the application from the next level; none at the highest."""
    following = level_reached(definition, states) + 1
    return [
        rule
        for rule in definition.rules
        if rule.level == following and rule.key in states and states[rule.key] not in SATISFIED
    ]
