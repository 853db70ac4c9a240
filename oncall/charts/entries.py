"""What a calendar shows of a period: shifts with what made them differ, gaps, and leave."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from oncall.charts.days import stretch
from oncall.models import Change, DutyRole, Gap, Leave, Override, Rota, Shift, Swap
from oncall.rota import Span
from portal.accounts.models import User

# So many colours tell people apart, beside their names.
COLOURS = 8
MayChange = Callable[[Rota], bool]


class Mark(Enum):
    """Why somebody is on call other than planned, with icon and word."""

    OVERRIDE = ("change", "Override")
    SWAP = ("refresh", "Swap")

    @property
    def icon(self) -> str:
        """The icon of the sprite."""
        return self.value[0]

    @property
    def word(self) -> str:
        """The word beside it."""
        return self.value[1]


class Kind(Enum):
    """What an entry tells."""

    SHIFT = "shift"
    GAP = "gap"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Entry:
    """A shift, a gap or leave; `url` leads to what can be done about it."""

    kind: Kind
    span: Span
    person: User | None = None
    rota: Rota | None = None
    role: DutyRole | None = None
    marks: Sequence[Mark] = ()
    url: str = ""
    is_accepted: bool = False
    is_over: bool = False
    is_now: bool = False

    @property
    def name(self) -> str:
        """Who it is; nobody in a gap."""
        if self.kind is Kind.LEAVE:
            return f"{self.person} away"
        return str(self.person) if self.person else "nobody"

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on call."""
        return self.kind is Kind.GAP

    @property
    def is_leave(self) -> bool:
        """Whether somebody is away."""
        return self.kind is Kind.LEAVE

    @property
    def colour(self) -> int:
        """Which of the colours is the person's, the same in every view."""
        return self.person.pk % COLOURS if self.person else 0

    @property
    def order(self) -> tuple[datetime, str, str]:
        """What entries of a day are sorted by."""
        return (self.span.start, str(self.rota or ""), str(self.role or ""))

    def sentence(self, zone: ZoneInfo) -> str:
        """Return all of it in words, for who points at it or hears it."""
        when = stretch(self.span, zone)
        if self.is_leave:
            return f"{self.person} is away, {when}"
        duty = f"{self.role.label} of {self.rota}" if self.role else str(self.rota)
        who = "Nobody is" if self.is_gap else f"{self.person} is"
        notes = [mark.word for mark in self.marks]
        notes += ["accepted"] if self.is_accepted else []
        notes += ["now"] if self.is_now else []
        return f"{who} {duty}, {when}" + (f" ({', '.join(notes).lower()})" if notes else "")


@dataclass(frozen=True, slots=True)
class Differences:
    """The overrides and swaps of a period, which mark the shifts that follow from them."""

    overrides: Sequence[Override] = ()
    swaps: Sequence[Swap] = ()

    def marks(self, shift: Shift) -> tuple[Mark, ...]:
        """Return why a shift is other than planned."""
        span = Span(shift.starts_at, shift.ends_at)
        found = []
        if any(
            one.kind != Change.REMOVE
            and self._same(one, shift)
            and one.comes_id == shift.person_id
            and _meet(span, one.starts_at, one.ends_at)
            for one in self.overrides
        ):
            found.append(Mark.OVERRIDE)
        if any(self._same(one, shift) and _swapped(one, shift, span) for one in self.swaps):
            found.append(Mark.SWAP)
        return tuple(found)

    @staticmethod
    def _same(one: Override | Swap, shift: Shift) -> bool:
        return one.rota_id == shift.rota_id and one.role == shift.role


def _swapped(swap: Swap, shift: Shift, span: Span) -> bool:
    if swap.taker_id == shift.person_id:
        return _meet(span, swap.starts_at, swap.ends_at)
    return swap.giver_id == shift.person_id and _meet(span, swap.back_starts_at, swap.back_ends_at)


def _meet(span: Span, start: datetime | None, end: datetime | None) -> bool:
    return bool(start and end) and not (span & Span(start, end)).is_empty  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who looks at a calendar and when, for what follows of each entry."""

    viewer: User
    now: datetime
    may_change: MayChange

    def shifts(self, shifts: Iterable[Shift], differences: Differences) -> list[Entry]:
        """Return the entries of shifts."""
        return [
            Entry(
                Kind.SHIFT,
                Span(shift.starts_at, shift.ends_at),
                shift.person,
                shift.rota,
                shift.duty,
                differences.marks(shift),
                self._mend(shift),
                is_over=shift.ends_at <= self.now,
                is_now=shift.starts_at <= self.now < shift.ends_at,
            )
            for shift in shifts
        ]

    def gaps(self, gaps: Iterable[Gap]) -> list[Entry]:
        """Return the entries of gaps."""
        return [
            Entry(
                Kind.GAP,
                Span(gap.starts_at, gap.ends_at),
                None,
                gap.rota,
                gap.duty,
                url=self._fill(gap),
                is_accepted=gap.accepted_at is not None,
                is_over=gap.ends_at <= self.now,
                is_now=gap.starts_at <= self.now < gap.ends_at,
            )
            for gap in gaps
        ]

    def leave(self, leave: Iterable[Leave]) -> list[Entry]:
        """Return the entries of leave."""
        return [
            Entry(
                Kind.LEAVE,
                Span(one.starts_at, one.ends_at),
                one.person,
                is_over=one.ends_at <= self.now,
            )
            for one in leave
        ]

    def _mend(self, shift: Shift) -> str:
        if shift.ends_at > self.now and self.may_change(shift.rota):
            return override_url(
                shift.rota,
                Span(max(shift.starts_at, self.now), shift.ends_at),
                role=shift.duty,
                kind=Change.REPLACE,
                goes=shift.person,
            )
        query = urlencode({"view": "person", "person": shift.person.email})
        return f"{reverse('oncall-calendar')}?{query}"

    def _fill(self, gap: Gap) -> str:
        if gap.ends_at > self.now and self.may_change(gap.rota):
            return gap_url(gap, self.now)
        return f"{reverse('gaps')}?{urlencode({'rota': gap.rota.slug})}"


def gap_url(gap: Gap, now: datetime) -> str:
    """Return where somebody is found for what is left of a gap."""
    span = Span(max(gap.starts_at, now), gap.ends_at)
    return override_url(gap.rota, span, role=gap.duty, kind=Change.COVER)


def override_url(
    rota: Rota,
    span: Span,
    *,
    role: DutyRole,
    kind: Change,
    comes: User | None = None,
    goes: User | None = None,
) -> str:
    """Return the address of the form of an override, filled in."""
    values = {
        "kind": kind.value,
        "role": role.value,
        "since": span.start.isoformat(timespec="minutes"),
        "until": span.end.isoformat(timespec="minutes"),
        "comes": comes.email if comes else "",
        "goes": goes.email if goes else "",
    }
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{reverse('override-new', args=[rota.slug])}?{query}"


def entries_between(entries: Iterable[Entry], span: Span) -> list[Entry]:
    """Return the entries that have instants in a period, in order."""
    found = (entry for entry in entries if not (entry.span & span).is_empty)
    return sorted(found, key=lambda entry: entry.order)
