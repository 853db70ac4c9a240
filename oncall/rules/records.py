"""What the rules look at of one person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.rota.spans import Span, joined, without
from oncall.rota.windows import OutOfHours

SECONDARY, SHADOW = "secondary", "shadow"


class Duty(NamedTuple):
    """Hours on call in a role of a rota: its id, and its name for the words."""

    start: datetime
    end: datetime
    role: str
    rota: int
    name: str

    @property
    def span(self) -> Span:
        """When it is."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a person: their duties in all rotas, call-outs, and what they have done.

    `beside` are the duties of others in the same rotas; `knows` are the rotas in which the
    person was on call before or takes turns, `stood` those in which they were the primary. `rest`
    are the hours in which their team is off.
    """

    person: int
    name: str
    zone: ZoneInfo
    duties: tuple[Duty, ...] = ()
    callouts: tuple[Span, ...] = ()
    beside: tuple[Duty, ...] = ()
    knows: frozenset[int] = frozenset()
    stood: frozenset[int] = frozenset()
    rest: OutOfHours | None = None
    has_opted_out: bool = False
    is_supposed: bool = False

    def changed(self, *, comes: Iterable[Duty] = (), goes: Iterable[Duty] = ()) -> "Record":
        """Return the record as if some duties came and others went."""
        gone = list(goes)
        kept = [part for duty in self.duties for part in _without(duty, gone)]
        return replace(self, duties=tuple(sorted([*kept, *comes])), is_supposed=True)

    def held(self, *roles: str) -> list[Span]:
        """Return when the person is on call in some roles, or in any that is called at all."""
        return joined(
            duty.span
            for duty in self.duties
            if (duty.role in roles if roles else duty.role != SHADOW)
        )

    def work(self, within: Span) -> list[Span]:
        """Return the working hours of the person's team."""
        return without([within], self.rest.spans(within)) if self.rest else []


def _without(duty: Duty, gone: Iterable[Duty]) -> list[Duty]:
    holes = joined(one.span for one in gone if (one.role, one.rota) == (duty.role, duty.rota))
    return [duty._replace(start=span.start, end=span.end) for span in without([duty.span], holes)]
