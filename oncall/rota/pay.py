"""What being on call earns: rates as data, hours as they were, money to the penny.

An hour of standing by is paid once, by the first rate that fits it, however many rotas and roles
somebody has at the time; being called out is paid on top, or instead. Hours are real ones: the
night that loses an hour pays an hour less. Each line is rounded by itself, so that a sum of lines is
what is paid.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.rota.resolution import Shift
from oncall.rota.spans import Span, common, joined, without
from portal.core.wall_clock import instant

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SECOND = timedelta(seconds=1)
SATURDAY, SUNDAY = 6, 7


class Duty(StrEnum):
    """What somebody is paid for."""

    STANDBY = "standby"
    CALLED_OUT = "called out"


class Day(StrEnum):
    """Kinds of days; a holiday at the weekend is a holiday."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


class Part(StrEnum):
    """What a part of a block counts for."""

    NONE = "none"
    WHOLE = "whole"
    PRO_RATA = "pro rata"


class Per(StrEnum):
    """Over what blocks are counted, before a part is left: a whole period, or each stretch of it."""

    PERIOD = "period"
    STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount per block of hours, for a duty, on some days, in some roles; empty is any."""

    name: str
    duty: Duty
    amount: Decimal
    block: timedelta = HOUR
    part: Part = Part.PRO_RATA
    per: Per = Per.PERIOD
    multiplier: Decimal = Decimal(1)
    days: frozenset[Day] = frozenset()
    roles: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.block < SECOND or self.block % SECOND:
            raise ValueError("A block lasts whole seconds, and at least one.")
        if self.amount < 0 or self.multiplier < 0:
            raise ValueError("Nobody pays for being on call.")
        if self.roles and self.duty is Duty.CALLED_OUT:
            raise ValueError("Who was called out was called out, in whichever role.")

    def units(self, stretches: Sequence[Span]) -> Decimal:
        """Return how many blocks stretches of time are."""
        lengths = [stretch.end - stretch.start for stretch in stretches]
        if self.per is Per.PERIOD:
            lengths = [sum(lengths, timedelta(0))]
        return sum((self._units(length) for length in lengths), Decimal(0))

    def _units(self, length: timedelta) -> Decimal:
        if self.part is Part.PRO_RATA:
            return Decimal(length // timedelta(microseconds=1)) / Decimal(
                self.block // timedelta(microseconds=1)
            )
        whole, rest = divmod(length, self.block)
        return Decimal(whole + (bool(rest) and self.part is Part.WHOLE))


class Holiday(NamedTuple):
    """A bank holiday; one that is observed on another day is paid as a holiday only there."""

    day: date
    is_observed_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Tariff:
    """How an organisation pays: its days, its rates in the order they are asked, its rounding.

    `is_instead` pays being called out instead of standing by, not on top of it.
    """

    zone: ZoneInfo
    rates: tuple[Rate, ...]
    holidays: tuple[Holiday, ...] = ()
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    is_instead: bool = False
    rounding: str = ROUND_HALF_EVEN
    penny: Decimal = Decimal("0.01")

    def money(self, amount: Decimal) -> Decimal:
        """Return an amount as it is paid."""
        return amount.quantize(self.penny, rounding=self.rounding)

    def days(self, period: Span) -> dict[Day, list[Span]]:
        """Return which hours of a period lie on which kind of day, by the clocks of the zone."""
        holidays = {each.day for each in self.holidays if not each.is_observed_elsewhere}
        found: dict[Day, list[Span]] = {kind: [] for kind in Day}
        day = period.start.astimezone(self.zone).date()
        while day <= period.end.astimezone(self.zone).date():
            kind = Day.WEEKEND if day.isoweekday() in self.weekend else Day.WEEKDAY
            midnights = (
                instant(datetime.combine(each, time(0)), self.zone) for each in (day, day + DAY)
            )
            found[Day.HOLIDAY if day in holidays else kind].append(Span(*midnights) & period)
            day += DAY
        return {kind: joined(spans) for kind, spans in found.items()}


class CallOut(NamedTuple):
    """That a person was called and worked, from when until when."""

    person: str
    span: Span


class Line(NamedTuple):
    """What a person earns by one rate, and the stretches of time that it comes from.

    Without a rate nothing is paid: hours that no rate fits are seen, not lost.
    """

    person: str
    duty: Duty
    rate: Rate | None
    stretches: tuple[Span, ...]
    units: Decimal
    amount: Decimal

    @property
    def hours(self) -> Decimal:
        """How long the stretches are together, in real hours."""
        whole = sum((one.end - one.start for one in self.stretches), timedelta(0))
        return Decimal(whole // SECOND) / Decimal(3600)


def paid(
    tariff: Tariff, shifts: Iterable[Shift], callouts: Iterable[CallOut], period: Span
) -> list[Line]:
    """Return what each person earns in a period: a line per rate, by person, in the order of rates.

    Shifts and call-outs count as far as they lie in the period.
    """
    standby: dict[str, list[Shift]] = defaultdict(list)
    for shift in shifts:
        standby[shift.person].append(shift)
    called: dict[str, list[Span]] = defaultdict(list)
    for call in callouts:
        called[call.person].append(call.span & period)
    days = tariff.days(period)
    found = []
    for person in sorted(standby.keys() | called.keys()):
        worked = joined(called[person])
        taken = worked if tariff.is_instead else []
        hours = {
            role: without(joined(each.span & period for each in some), taken)
            for role, some in _by_role(standby[person]).items()
        }
        found += _lines(tariff, person, Duty.STANDBY, hours, days)
        found += _lines(tariff, person, Duty.CALLED_OUT, {"": worked}, days)
    return found


def total(lines: Iterable[Line]) -> dict[str, Decimal]:
    """Return what each person earns by all their lines."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[line.person] += line.amount
    return dict(found)


def _by_role(shifts: Iterable[Shift]) -> dict[str, list[Shift]]:
    found = defaultdict(list)
    for shift in shifts:
        found[shift.role].append(shift)
    return found


def _lines(
    tariff: Tariff,
    person: str,
    duty: Duty,
    hours: dict[str, list[Span]],
    days: dict[Day, list[Span]],
) -> list[Line]:
    found, paid_for = [], list[Span]()
    for rate in tariff.rates:
        if rate.duty is not duty:
            continue
        fitting = joined(
            span
            for role, spans in hours.items()
            if not rate.roles or role in rate.roles
            for span in spans
        )
        on = joined(span for day in rate.days or Day for span in days[day])
        stretches = without(common(fitting, on), paid_for)
        paid_for = joined([*paid_for, *stretches])
        if stretches:
            units = rate.units(stretches)
            amount = tariff.money(units * rate.amount * rate.multiplier)
            found.append(Line(person, duty, rate, tuple(stretches), units, amount))
    left = without(joined(span for spans in hours.values() for span in spans), paid_for)
    if left:
        found.append(Line(person, duty, None, tuple(left), Decimal(0), tariff.money(Decimal(0))))
    return found
