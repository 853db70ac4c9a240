"""Temporary schedules: for a while only what is written there counts.

Where nobody is written nobody is on call, and that is seen. They beat layers and overrides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall.rota.history import merged
from oncall.rota.resolution import Shift
from oncall.rota.spans import Span, joined, without


@dataclass(frozen=True, slots=True)
class Temporary:
    """Who is on call in a span, whatever the rota says."""

    span: Span
    shifts: tuple[Shift, ...] = ()

    def __post_init__(self) -> None:
        if self.span.is_empty:
            raise ValueError("A temporary schedule ends after it begins.")
        if any(not (shift.span & self.span) == shift.span for shift in self.shifts):
            raise ValueError("The shifts of a temporary schedule lie within it.")

    def within(self, span: Span) -> "Temporary":
        """Return the part of it that is in a span which it overlaps."""
        return Temporary(self.span & span, tuple(_cut(self.shifts, [span])))


def cut(schedules: Iterable[Temporary], span: Span) -> list[Temporary]:
    """Return what is left once nothing temporary counts in a span; it may part one in two."""
    return [
        schedule.within(left)
        for schedule in sorted(schedules, key=lambda one: one.span)
        for left in without([schedule.span], joined([span]))
    ]


def put(schedules: Iterable[Temporary], new: Temporary) -> list[Temporary]:
    """Return schedules with another, which counts where it overlaps; those that touch are one."""
    found: list[Temporary] = []
    for schedule in sorted([*cut(schedules, new.span), new], key=lambda one: one.span):
        if found and found[-1].span.end == schedule.span.start:
            before = found.pop()
            span = Span(before.span.start, schedule.span.end)
            found.append(Temporary(span, tuple(merged([*before.shifts, *schedule.shifts]))))
        else:
            found.append(schedule)
    return found


def replaced(shifts: Iterable[Shift], schedules: Sequence[Temporary], within: Span) -> list[Shift]:
    """Return who is on call in a period where temporary schedules count instead of shifts."""
    taken = joined(schedule.span for schedule in schedules)
    written = [shift for schedule in schedules for shift in schedule.shifts]
    return merged([*_cut(shifts, without([within], taken)), *_cut(written, [within])])


def _cut(shifts: Iterable[Shift], spans: Sequence[Span]) -> list[Shift]:
    """Return the parts of shifts that lie in spans."""
    return [
        Shift(*part, shift.person, shift.role)
        for shift in shifts
        for part in (shift.span & span for span in spans)
        if not part.is_empty
    ]
