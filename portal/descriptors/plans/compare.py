"""What would change if the files were applied: creations, changes, drift, conflicts, refusals."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from portal.descriptors.plans.rights import Rights
from portal.descriptors.plans.state import (
    ADDED,
    ANNOTATION,
    CLEARED,
    Held,
    Key,
    Noun,
    Told,
    Value,
    empty,
    in_order,
)

BY_HAND = "hand"


class Action(StrEnum):
    """What applying a step does."""

    CREATE = "create"
    CHANGE = "change"
    NONE = "none"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing that is told.

    `drift` are fields that the files left alone and somebody changed by hand; `refusals` say what
    is not done though it is told, each in a sentence with its mend.
    """

    told: Told
    action: Action
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    refusals: tuple[str, ...] = ()
    held_by: str = ""

    @property
    def is_effective(self) -> bool:
        """Whether applying it changes the catalogue."""
        return self.action in {Action.CREATE, Action.CHANGE}


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, and the things that the source described before and no longer does."""

    steps: tuple[Step, ...]
    gone: tuple[Key, ...] = ()

    @property
    def effective(self) -> list[Step]:
        """The steps that change the catalogue."""
        return [step for step in self.steps if step.is_effective]

    def count(self, action: Action) -> int:
        """Return how many steps do that."""
        return sum(step.action is action for step in self.steps)

    @property
    def drifted(self) -> list[Step]:
        """The steps with fields that somebody changed by hand."""
        return [step for step in self.steps if step.drift]

    @property
    def fingerprint(self) -> str:
        """What stays the same as long as applying would do the same."""
        told = [
            [step.told.noun, step.told.slug, step.action, step.refusals]
            + [[one.field, one.before, one.after] for one in step.changes]
            for step in self.steps
            if step.action is not Action.NONE
        ]
        text = json.dumps([told, self.gone], ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Source:
    """Who applies: the label it manages things under, empty for a single import.

    `last` is what it told when it was last applied; what is `released` people keep by hand, though
    it is told. With `force` it wins over changes by hand, with `takes_over` over other sources.
    """

    label: str = ""
    last: Mapping[Key, Mapping[str, Value]] | None = None
    released: frozenset[Key] = frozenset()
    force: bool = False
    takes_over: bool = False


def compare(
    told: Iterable[Told], held: Mapping[Key, Held], source: Source, rights: Rights
) -> Plan:
    """Return the plan; a thing that is gone from the files stays in the catalogue."""
    steps = [_step(one, held.get(one.key), source, rights) for one in told]
    present = {step.told.key for step in steps}
    steps.sort(key=lambda step: (list(Noun).index(step.told.noun), step.told.slug))
    gone = (source.last or {}).keys() - present - source.released
    return Plan(tuple(steps), tuple(sorted(gone)))


def _step(told: Told, held: Held | None, source: Source, rights: Rights) -> Step:
    if held is None:
        return _creation(told, rights.refusal(told, None))
    if told.key in source.released:
        return Step(told, Action.NONE, held_by=BY_HAND)
    changes, drift = _differences(told, held, source)
    if held.managed_by not in {"", source.label} and not source.takes_over:
        action = Action.CONFLICT if changes else Action.NONE
        return Step(told, action, changes, held_by=held.managed_by)
    # To begin to keep something is a right too, though nothing else of it changes.
    begins = bool(source.label and not held.managed_by)
    allowed, refusals = _allowed(told, held, changes, rights, begins=begins)
    action = Action.CHANGE if allowed else Action.REFUSED if refusals else Action.NONE
    return Step(told, action, allowed or changes, drift, refusals, held.managed_by)


def _creation(told: Told, problem: str) -> Step:
    fields = {"name": told.slug, **told.fields}
    changes = tuple(
        Change(field, empty(field), value)
        for field, value in fields.items()
        if value != empty(field)
    )
    refusals = [problem] if problem else []
    if told.fields.get("lifecycle") == "RETIRED":
        refusals.append("Nothing is registered as retired. Leave it out.")
    return Step(
        told, Action.REFUSED if refusals else Action.CREATE, changes, refusals=tuple(refusals)
    )


def _differences(
    told: Told, held: Held, source: Source
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return what the files change, and what was changed by hand since they were applied."""
    last = (source.last or {}).get(told.key)
    changes: list[Change] = []
    drift: list[Change] = []
    for field, value in _wanted(told, last):
        before = held.fields.get(field, empty(field))
        after = _after(field, before, value, (last or {}).get(field))
        if before == after:
            continue
        by_hand = last is not None and field in last and last[field] == value
        (drift if by_hand and not source.force else changes).append(Change(field, before, after))
    return tuple(changes), tuple(drift)


def _wanted(told: Told, last: Mapping[str, Value] | None) -> list[tuple[str, Value]]:
    """Return what is told, and what was told and no longer is as empty."""
    dropped = [
        (field, empty(field))
        for field in last or ()
        if field not in told.fields and (field in CLEARED or field.startswith(ANNOTATION))
    ]
    return [*told.fields.items(), *dropped]


def _after(field: str, before: Value, value: Value, last: Value | None) -> Value:
    """Return the value to come: lists that files only add to keep what others put there."""
    if field not in ADDED:
        return value
    dropped = {*(last or ())} - {*value} if field in CLEARED else set[str]()
    names = {item.partition("=")[0] for item in before}
    added = [item for item in value if item.partition("=")[0] not in names]
    return in_order([*(item for item in before if item not in dropped), *added])


def _allowed(
    told: Told, held: Held, changes: tuple[Change, ...], rights: Rights, *, begins: bool
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Return the changes that a file may make, and why not the others."""
    if not changes and not begins:
        return (), ()
    if changes and held.is_retired:
        return (), ("It is retired. Revive it first.",)
    if problem := rights.refusal(told, held):
        return (), (problem,)
    reasons = {change: _others_word(held.noun, change, rights) for change in changes}
    return (
        tuple(change for change, reason in reasons.items() if not reason),
        tuple(reason for reason in reasons.values() if reason),
    )


def _others_word(noun: Noun, change: Change, rights: Rights) -> str:
    """Return why a change takes more than the word of one person: changing hands, retiring."""
    if noun is not Noun.APPLICATION:
        return ""
    if change.field == "lifecycle" and change.after == "RETIRED":
        return "It is retired from its page, with a reason."
    if change.field != "owner":
        return ""
    if change.before:
        return (
            f"It changes hands from {change.before} to {change.after} by a transfer, with the word"
            " of both teams. Ask for it on its page."
        )
    if not rights.may_take(str(change.after)):
        return f"Somebody of {change.after} claims it on its page."
    return ""
