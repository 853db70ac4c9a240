"""Escalation: whom a call reaches, step by step, until somebody answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from oncall.rota.resolution import Shift

NO_TIME = timedelta(0)


class Person(NamedTuple):
    """A target that is always the same person."""

    name: str


class OnCall(NamedTuple):
    """A target that is whoever is on call in a rota, in one role or in any."""

    rota: str
    role: str | None = None


Target = Person | OnCall


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to call, and how long to wait for an answer before the next step."""

    targets: tuple[Target, ...]
    wait: timedelta = NO_TIME

    def __post_init__(self) -> None:
        if self.wait < NO_TIME:
            raise ValueError("The next step does not come before this one.")


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps that are taken in their order, and how often all of them again."""

    steps: tuple[Step, ...]
    repeats: int = 0

    def __post_init__(self) -> None:
        if self.repeats < 0:
            raise ValueError("Steps are repeated so many times, or not at all.")
        if self.repeats and sum((step.wait for step in self.steps), NO_TIME) == NO_TIME:
            raise ValueError("Steps that are repeated take some time.")


class Call(NamedTuple):
    """That a step is taken: at which instant, which, and whom it reaches, possibly nobody."""

    at: datetime
    step: int
    people: tuple[str, ...]


# Shifts of rotas by name. They may be recorded or resolved; those around the instants asked suffice.
Shifts = Mapping[str, Sequence[Shift]]


def on_call(policy: Policy, shifts: Shifts, at: datetime) -> list[tuple[int, str]]:
    """Return who is on call through a policy at an instant: the step and the person, in order."""
    return [
        (number, person)
        for number, step in enumerate(policy.steps)
        for person in reached(step, shifts, at)
    ]


def calls(policy: Policy, shifts: Shifts, raised: datetime) -> Iterator[Call]:
    """Yield the calls of something raised at an instant that nobody answers.

    Each step reaches who is on call when it is taken, not when it was raised.
    """
    at = raised
    for _ in range(policy.repeats + 1):
        for number, step in enumerate(policy.steps):
            yield Call(at, number, reached(step, shifts, at))
            at += step.wait


def reached(step: Step, shifts: Shifts, at: datetime) -> tuple[str, ...]:
    """Return whom a step reaches at an instant, each once."""
    people = (person for target in step.targets for person in _meant(target, shifts, at))
    return tuple(dict.fromkeys(people))


def _meant(target: Target, shifts: Shifts, at: datetime) -> Iterable[str]:
    match target:
        case Person(name):
            return [name]
        case OnCall(rota, role):
            return sorted(
                shift.person
                for shift in shifts.get(rota, ())
                if shift.start <= at < shift.end and role in {None, shift.role}
            )
