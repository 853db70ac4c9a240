"""How applications would stand against a definition, from facts as they are now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.catalogue.models import Application
from portal.scorecards.adapters.sources import Facts, read_facts
from portal.scorecards.models import Scorecard
from portal.scorecards.rules.definitions import Definition
from portal.scorecards.rules.evaluation import Outcome, evaluate
from portal.scorecards.selectors import exemptions

MOVES_SHOWN = 25


def judge(definition: Definition, facts: Facts, *, now: datetime) -> dict[int, Outcome]:
    """Return how each application that a scorecard is for stands."""
    exempt = exemptions.approved(definition.slug, now=now)
    found = {
        pk: evaluate(definition, own, exempt=exempt.get(pk, ()), now=now)
        for pk, own in facts.items()
    }
    return {pk: outcome for pk, outcome in found.items() if outcome is not None}


@dataclass(frozen=True, slots=True)
class Move:
    """An application whose level would be another; empty is not judged at all."""

    application: Application
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What another definition would do, in numbers of applications; levels in their order."""

    judged: int
    sentences: Sequence[str]
    moves: Sequence[Move] = field(default_factory=list)
    moved: int = 0


def dry_run(scorecard: Scorecard, definition: Definition, *, now: datetime) -> Effect:
    """Return what a definition would do in the place of the current one, storing nothing.

    Both are judged from the same facts, so that only the difference of the rules shows.
    """
    facts = read_facts(None, now=now)
    before = judge(scorecard.definition, facts, now=now) if scorecard.current else {}
    after = judge(definition, facts, now=now)
    old = {pk: _names(scorecard.definition, one) for pk, one in before.items()}
    new = {pk: _names(definition, one) for pk, one in after.items()}
    moved = sorted(pk for pk in old.keys() | new.keys() if old.get(pk) != new.get(pk))
    found = Application.objects.in_bulk(moved[:MOVES_SHOWN])
    return Effect(
        judged=len(new),
        sentences=_sentences(old, new),
        moves=[
            Move(found[pk], _top(old.get(pk)), _top(new.get(pk))) for pk in moved[:MOVES_SHOWN]
        ],
        moved=len(moved),
    )


Names = tuple[str, ...]


def _names(definition: Definition, outcome: Outcome) -> Names:
    """Return the names of the levels that an application has."""
    return tuple(definition.levels[: outcome.level])


def _top(names: Names | None) -> str:
    if names is None:
        return ""
    return names[-1] if names else "no level"


def _sentences(old: Mapping[int, Names], new: Mapping[int, Names]) -> list[str]:
    lost, gained = Counter[str](), Counter[str]()
    for pk in old.keys() & new.keys():
        lost.update(name for name in old[pk] if name not in new[pk])
        gained.update(name for name in new[pk] if name not in old[pk])
    found = [
        *(f"{_applications(number, 'loses', 'lose')} {name}" for name, number in lost.items()),
        *(f"{_applications(number, 'gains', 'gain')} {name}" for name, number in gained.items()),
    ]
    if joins := len(new.keys() - old.keys()):
        found.append(f"{_applications(joins, 'is judged', 'are judged')} for the first time")
    if leaves := len(old.keys() - new.keys()):
        found.append(f"{_applications(leaves, 'is judged', 'are judged')} no more")
    return found


def _applications(number: int, one: str, many: str) -> str:
    return f"{number:,} application {one}" if number == 1 else f"{number:,} applications {many}"
