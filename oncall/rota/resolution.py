"""Who is on call when: layers, then overrides, then temporary cover."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise
from typing import NamedTuple

from oncall.rota.spans import Span, common, joined, without
from oncall.rota.turns import Turns
from oncall.rota.windows import Windows

PRIMARY = "primary"


class Shift(NamedTuple):
    """A person on call without a break, in one role."""

    start: datetime
    end: datetime
    person: str
    role: str = PRIMARY

    @property
    def span(self) -> Span:
        """When it is."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns, in some hours, for some time.

    `participants` has a group of people per turn, an empty one for a turn of nobody; `ahead` lets
    the groups stand so many turns later in the order, so a layer of secondaries can be next week's
    primaries. Without rotation the first group is always on; without windows around the clock.
    """

    participants: tuple[tuple[str, ...], ...]
    rotation: Turns | None = None
    windows: Windows | None = None
    priority: int = 0
    role: str = PRIMARY
    starts: datetime | None = None
    ends: datetime | None = None
    ahead: int = 0

    def duties(self, within: Span) -> Iterator[tuple[str, Span]]:
        """Yield whom the layer alone puts on call and when within a span, turn by turn."""
        if not self.participants:
            return
        within = Span(
            max(within.start, self.starts or within.start),
            min(within.end, self.ends or within.end),
        )
        if within.is_empty:
            return
        covered = self.windows.spans(within) if self.windows else [within]
        for number, span in self._turns(within, covered):
            for person in self.participants[(number + self.ahead) % len(self.participants)]:
                yield person, span

    def _turns(self, within: Span, covered: Sequence[Span]) -> Iterator[tuple[int, Span]]:
        if self.rotation is None:
            yield from ((0, span) for span in covered)
            return
        place = 0
        for turn in self.rotation.turns(within):
            while place < len(covered) and covered[place].start < turn.span.end:
                span = covered[place]
                inside = turn.span.start <= span.start and span.end <= turn.span.end
                yield turn.number, span if inside else span & turn.span
                if span.end > turn.span.end:
                    break  # the next turn has its part of it too
                place += 1


class Run(NamedTuple):
    """A stretch of time with the same people on call, possibly nobody."""

    start: datetime
    end: datetime
    people: tuple[str, ...]


class OverrideKind(StrEnum):
    """What an override does to who is on call."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class Override:
    """An exception for a while: `add` comes on call, `remove` stands down.

    REPLACE puts one in the place of the other where that one is on call; COVER lets everybody
    else of the role stand down, and beats rules and other overrides.
    """

    kind: OverrideKind
    span: Span
    add: str = ""
    remove: str = ""
    role: str = PRIMARY

    def __post_init__(self) -> None:
        adds = self.kind is not OverrideKind.REMOVE
        removes = self.kind in {OverrideKind.REMOVE, OverrideKind.REPLACE}
        if bool(self.add) != adds or bool(self.remove) != removes:
            raise ValueError("Say who comes and who goes, as the kind of the override needs it.")


@dataclass(frozen=True, slots=True)
class Rota:
    """Layers and their exceptions.

    With `is_union` everybody of every layer is on call; else, role by role, only the layer with
    the highest priority number at each instant, and those of equal number share.
    """

    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    is_union: bool = False


def resolve(rota: Rota, start: datetime, end: datetime) -> list[Shift]:
    """Return who is on call from `start` to `end` (in UTC), by start.

    Shifts are cut at both ends; a person's shifts that touch are one. The answer never depends on
    the period asked: the shifts of a period are those of its parts, joined.
    """
    within = Span(start, end)
    found: list[Shift] = []
    for role in sorted(
        {layer.role for layer in rota.layers} | {each.role for each in rota.overrides}
    ):
        layers = [layer for layer in rota.layers if layer.role == role]
        people = _by_person(_standing(layers, within, is_union=rota.is_union))
        overrides = [each for each in rota.overrides if each.role == role]
        # Stable: overrides act in their order, temporary cover after them.
        for override in sorted(overrides, key=lambda each: each.kind is OverrideKind.COVER):
            people = _overridden(people, override, override.span & within)
        found += (Shift(*span, person, role) for person, spans in people.items() for span in spans)
    return sorted(found)


def gaps(shifts: Iterable[Shift], covered: Iterable[Span]) -> list[Span]:
    """Return when nobody is on call although it should be so, given the spans to cover."""
    return without(joined(covered), joined(shift.span for shift in shifts))


def overlaps(shifts: Iterable[Shift]) -> list[Run]:
    """Return when two or more are on call at once, and who; shifts are taken as they come."""
    taken = list(shifts)
    if not taken:
        return []
    start, end = min(shift.start for shift in taken), max(shift.end for shift in taken)
    return [run for run in runs(taken, start, end) if len(run.people) > 1]


def runs(shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Run]:
    """Return who is on call together from `start` to `end`, without a break and in order.

    Shifts are taken as they come, of one role or of several.
    """
    changes: dict[datetime, list[tuple[str, int]]] = defaultdict(list)
    for shift in shifts:
        span = shift.span & Span(start, end)
        if not span.is_empty:
            changes[span.start].append((shift.person, 1))
            changes[span.end].append((shift.person, -1))
    on_call: Counter[str] = Counter()
    found: list[Run] = []
    borders = sorted({start, end, *changes})
    for begins, ends in pairwise(borders):
        for person, change in changes[begins]:
            on_call[person] += change
        people = tuple(sorted(person for person, times in on_call.items() if times))
        if found and found[-1].people == people:
            found[-1] = Run(found[-1].start, ends, people)
        else:
            found.append(Run(begins, ends, people))
    return found


def _standing(
    layers: Sequence[Layer], within: Span, *, is_union: bool
) -> Iterator[tuple[str, Span]]:
    """Yield the duties of layers, each without what a layer above it has taken."""
    if is_union:
        for layer in layers:
            yield from layer.duties(within)
        return
    taken: list[Span] = []
    by_priority = sorted(layers, key=lambda layer: -layer.priority)
    for _, equals in groupby(by_priority, key=lambda layer: layer.priority):
        duties = [duty for layer in equals for duty in layer.duties(within)]
        for person, span in duties:
            for left in without([span], taken) if taken else [span]:
                yield person, left
        taken = joined([*taken, *(span for _, span in duties)])


def _by_person(duties: Iterable[tuple[str, Span]]) -> dict[str, list[Span]]:
    people = defaultdict(list)
    for person, span in duties:
        people[person].append(span)
    return {person: joined(spans) for person, spans in people.items()}


def _overridden(
    people: Mapping[str, list[Span]], override: Override, span: Span
) -> dict[str, list[Span]]:
    """Return the spans of each person after one override."""
    changed = dict(people)
    if span.is_empty:
        return changed
    if override.kind is OverrideKind.COVER:
        changed = {person: without(spans, [span]) for person, spans in people.items()}
    came = [span]
    if override.remove:
        had = changed.get(override.remove, [])
        came = list(common(had, [span]))
        changed[override.remove] = without(had, [span])
    if override.add:
        changed[override.add] = joined([*changed.get(override.add, []), *came])
    return changed
