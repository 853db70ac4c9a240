"""Pay reports worked out from shifts and call-outs: lines, sums, and what is to be looked at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from json import dumps
from typing import NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from oncall.adapters.hours import DutyCalendar
from oncall.adapters.tariffs import Rules
from oncall.models import CallOut, Rota, Shift
from oncall.rota import Shift as Stretch
from oncall.rota import Span, instant
from oncall.rota.pay import CallOut as Called
from oncall.rota.pay import Day, Duty, Line, paid
from oncall.rota.spans import common, joined, without
from portal.accounts.models import User

DIFFERENCE, UNPAID = "difference", "not paid"
ZERO = Decimal(0)


class LineData(TypedDict):
    """A line as it is frozen; figures are texts, so that none loses a digit."""

    person: int
    name: str
    month: str
    duty: str
    rate: str
    hours: str
    units: str
    amount: str | None
    stretches: list[list[str]]


class Flag(NamedTuple):
    """Something that somebody looks at before they approve: of whom, and what."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Work:
    """The shifts and call-outs of a team around some months, all at hand.

    `elsewhere` are shifts of the same people in rotas of other teams.
    """

    rotas: Sequence[Rota]
    calendars: Mapping[int, DutyCalendar]
    shifts: Sequence[Shift]
    callouts: Sequence[CallOut]
    elsewhere: Sequence[Shift] = ()


@dataclass(slots=True)
class Sums:
    """What a person did in a month: hours by kind of day, call-outs, and what it earns."""

    person: int
    name: str
    hours: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    called: Decimal = ZERO
    callouts: int = 0
    lines: list[LineData] = field(default_factory=list)
    day_rate: Decimal | None = None

    @property
    def amount(self) -> Decimal | None:
        """The sum of the lines, or None when one of them has no rate."""
        return amount_of(self.lines)


@dataclass(frozen=True, slots=True)
class Worked:
    """A month worked out."""

    people: Sequence[Sums]
    flags: Sequence[Flag]

    @property
    def lines(self) -> list[LineData]:
        """All lines, by person."""
        return [line for one in self.people for line in one.lines]


def amount_of(lines: Iterable[LineData]) -> Decimal | None:
    """Return the sum of lines, or None when one of them says no amount."""
    amounts = [line["amount"] for line in lines]
    known = [Decimal(amount) for amount in amounts if amount is not None]
    return sum(known, ZERO) if len(known) == len(amounts) else None


def digest_of(lines: Sequence[LineData], scheme: int | None) -> str:
    """Return what names some lines by a scheme, and no others."""
    written = dumps([scheme, lines], sort_keys=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def month_span(month: date, zone: ZoneInfo) -> Span:
    """Return a month by the clocks of a zone."""
    following = (month + timedelta(days=32)).replace(day=1)
    return Span(*(instant(datetime.combine(day, time(0)), zone) for day in (month, following)))


def work_out(
    work: Work, month: date, rules: Rules, day_rates: Mapping[int, Decimal], *, is_money: bool
) -> Worked:
    """Return the lines of a month, and what is to be looked at.

    Somebody in several rotas at once is paid once: an hour is counted in the first of them.
    """
    people: dict[int, Sums] = {}
    counted: dict[int, list[Span]] = defaultdict(list)
    called: dict[int, list[Span]] = defaultdict(list)
    flags: list[Flag] = []
    for rotas in _alike(work):
        calendar = work.calendars[rotas[0].pk]
        period = month_span(month, calendar.work.zone)
        for person in _people(work, rotas, period):
            sums = people.setdefault(person.pk, Sums(person.pk, person.name))
            sums.day_rate = day_rates.get(person.pk)
            stretches = [
                Stretch(*span, str(person.pk), shift.role)
                for shift in work.shifts
                if shift.person_id == person.pk and shift.rota_id in {one.pk for one in rotas}
                for span in _countable(shift, period, calendar, rules, counted[person.pk])
            ]
            calls = [
                one
                for one in work.callouts
                if one.person_id == person.pk and one.rota_id in {rota.pk for rota in rotas}
            ]
            spans = [Called(str(person.pk), Span(one.starts_at, one.ends_at)) for one in calls]
            tariff = rules.tariff(calendar.work.zone, calendar.paid, sums.day_rate)
            lines = paid(tariff, stretches, spans, period)
            sums.lines += [
                _data(line, sums, month, _amount(line, rules, sums.day_rate, is_money=is_money))
                for line in lines
            ]
            own = joined(Span(one.start, one.end) for one in stretches)
            for kind, days in tariff.days(period).items():
                sums.hours[kind.value] += _hours(common(own, days))
            worked = [one.span & period for one in spans]
            sums.called += _hours(joined(worked))
            sums.callouts += sum(not one.is_empty for one in worked)
            counted[person.pk] = joined([*counted[person.pk], *own])
            called[person.pk] += worked
            flags += _outside(work, sums, worked)
    ordered = sorted(people.values(), key=lambda one: (one.name, one.person))
    for sums in ordered:
        flags += _checked(work, sums, counted[sums.person], called[sums.person], rules)
        if is_money and sums.amount is None:
            flags.append(Flag(sums.name, "No day rate is set, so only units are shown."))
    return Worked(ordered, flags)


def difference(
    person: int, name: str, month: date, amount: Decimal, lines: Iterable[LineData]
) -> LineData:
    """Return the line that puts an approved month right."""
    hours = sum((Decimal(line["hours"]) for line in lines), ZERO)
    return {
        "person": person,
        "name": name,
        "month": month.isoformat(),
        "duty": DIFFERENCE,
        "rate": f"Difference for {month:%B %Y}",
        "hours": str(hours),
        "units": "0",
        "amount": str(amount),
        "stretches": [],
    }


def _alike(work: Work) -> list[list[Rota]]:
    """Return the rotas by clocks and calendar, those with the same together."""
    ordered = sorted(work.rotas, key=lambda one: (one.zone, one.calendar_id or 0, one.pk))
    return [
        list(some) for _, some in groupby(ordered, key=lambda one: (one.zone, one.calendar_id))
    ]


def _people(work: Work, rotas: Iterable[Rota], period: Span) -> list[User]:
    ids = {rota.pk for rota in rotas}
    records: list[Shift | CallOut] = [*work.shifts, *work.callouts]
    found = {
        one.person_id: one.person
        for one in records
        if one.rota_id in ids and not (Span(one.starts_at, one.ends_at) & period).is_empty
    }
    return [found[pk] for pk in sorted(found)]


def _countable(
    shift: Shift, period: Span, calendar: DutyCalendar, rules: Rules, counted: Sequence[Span]
) -> list[Span]:
    """Return the hours of a shift that are paid for: of the month, out of hours, not yet counted."""
    span = Span(shift.starts_at, shift.ends_at) & period
    if span.is_empty:
        return []
    hours: Iterable[Span] = [span]
    if rules.only_out_of_hours:
        hours = common([span], calendar.work.off_work().spans(span))
    return without(hours, counted)


def _amount(
    line: Line, rules: Rules, day_rate: Decimal | None, *, is_money: bool
) -> Decimal | None:
    if not is_money:
        return None
    if line.rate and day_rate is None and rules.needs_day_rate(line.rate.name):
        return None
    return line.amount


def _data(line: Line, sums: Sums, month: date, amount: Decimal | None) -> LineData:
    return {
        "person": sums.person,
        "name": sums.name,
        "month": month.isoformat(),
        "duty": line.duty.value if line.rate else UNPAID,
        "rate": line.rate.name if line.rate else f"No rate fits: {line.duty.value}",
        "hours": _written(line.hours),
        "units": _written(line.units),
        "amount": None if amount is None else str(amount),
        "stretches": [[one.start.isoformat(), one.end.isoformat()] for one in line.stretches],
    }


def _written(figure: Decimal) -> str:
    """Return a figure to four places without the noughts behind it."""
    return f"{figure.quantize(Decimal('0.0001')).normalize():f}"


def _hours(spans: Iterable[Span]) -> Decimal:
    seconds = sum((span.end - span.start).total_seconds() for span in spans if not span.is_empty)
    return Decimal(int(seconds)) / 3600


def _outside(work: Work, sums: Sums, worked: Iterable[Span]) -> list[Flag]:
    shifts = joined(
        Span(one.starts_at, one.ends_at) for one in work.shifts if one.person_id == sums.person
    )
    return [
        Flag(
            sums.name,
            f"A call-out of {one.start:%-d %B, %H:%M} UTC lies outside every shift:"
            f" {_written(_hours(without([one], shifts)))} h of it. Correct it, or approve it"
            " knowingly.",
        )
        for one in worked
        if not one.is_empty and without([one], shifts)
    ]


def _checked(
    work: Work, sums: Sums, counted: Sequence[Span], called: Iterable[Span], rules: Rules
) -> list[Flag]:
    """Return what does not agree between lines, shifts and call-outs of a person."""
    standby = sum(
        (
            Decimal(line["hours"])
            for line in sums.lines
            if line["duty"] == Duty.STANDBY.value or line["rate"].endswith(Duty.STANDBY.value)
        ),
        ZERO,
    )
    expected = _hours(without(counted, joined(called)) if rules.is_instead else counted)
    found = []
    if abs(standby - expected) > Decimal("0.01"):
        found.append(
            Flag(
                sums.name,
                f"The lines say {_written(standby)} h on call and the shifts"
                f" {_written(expected)} h. Tell operations.",
            )
        )
    others = joined(
        Span(one.starts_at, one.ends_at) for one in work.elsewhere if one.person_id == sums.person
    )
    double = _hours(common(counted, others))
    if double:
        found.append(
            Flag(
                sums.name,
                f"Was on call for another team too for {_written(double)} h of these. Agree who"
                " pays for them.",
            )
        )
    return found


KINDS_OF_DAYS = tuple(day.value for day in Day)
