"""A rota before it is stored: who would be on call when, what that asks, and what it changes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.adapters.definitions import Plan, drafted
from oncall.models import DutyRole, Holiday, Rota, Shift
from oncall.rota import (
    LayerDraft,
    Load,
    Mark,
    Span,
    Weekly,
    chained,
    gaps,
    instant,
    label,
    loads,
)
from oncall.rota import Shift as Stretch
from oncall.rota.differences import Balance, balances, differences
from portal.accounts.models import User
from portal.core import words

DAY = timedelta(days=1)
# A day is a row for so many weeks; shares of time are those of a longer while.
SHOWN, WEIGHED = timedelta(weeks=6), timedelta(weeks=12)
MOST_CHANGES = 60
MARKS: Mapping[Mark, tuple[str, str]] = {
    Mark.LIGHT: ("Light", "good"),
    Mark.IDEAL: ("Fair", "good"),
    Mark.HEAVY: ("Heavy", "warning"),
    Mark.TOO_MUCH: ("Too much", "bad"),
}


@dataclass(frozen=True, slots=True)
class OnDay:
    """Whom a role has on a day, each with when, in words of the rota's clocks."""

    role: DutyRole
    people: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Day:
    """A local day of the rota.

    `night` says how long the night that begins on it really is, when the clocks change in it.
    """

    day: date
    is_off: bool
    holiday: str
    night: str
    duties: Sequence[OnDay]
    gaps: Sequence[str]


@dataclass(frozen=True, slots=True)
class Burden:
    """What somebody carries of the time looked at, and how that is judged."""

    person: str
    load: Load
    weekend_hours: float
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The weeks to come of a definition."""

    since: datetime
    roles: Sequence[DutyRole]
    days: Sequence[Day]
    burdens: Sequence[Burden]
    # In the whole time weighed, by role: how much is not covered.
    gap_hours: Mapping[DutyRole, float]

    @property
    def has_gaps(self) -> bool:
        """Whether hours that are meant to be covered are not."""
        return any(self.gap_hours.values())


@dataclass(frozen=True, slots=True)
class Change:
    """That others are on call for a while."""

    role: DutyRole
    starts_at: datetime
    ends_at: datetime
    before: str
    after: str

    @property
    def kind(self) -> tuple[str, str]:
        """What it is, with its tone."""
        if not self.before:
            return "Comes", "info"
        return ("Changes hands", "info") if self.after else ("Goes", "warning")


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What changes for a person, in hours on call until the horizon."""

    person: str
    balance: Balance

    @property
    def more(self) -> float:
        """By how many hours they are on call longer, or shorter."""
        return self.balance.after - self.balance.before

    @property
    def first_comes(self) -> datetime | None:
        """When the first of what comes begins."""
        return self.balance.comes[0].start if self.balance.comes else None

    @property
    def first_goes(self) -> datetime | None:
        """When the first of what goes would have begun."""
        return self.balance.goes[0].start if self.balance.goes else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a definition would change of the shifts that are worked out already."""

    until: datetime
    people: Sequence[PersonChange]
    changes: Sequence[Change]
    left_out: int


def tried(rota: Rota, layers: Sequence[LayerDraft], *, starts_at: datetime) -> Plan:
    """Return the plan of a rota as if these layers counted from an instant on."""
    return drafted(rota, layers, starts_at=starts_at, since=starts_at)


def forecast(plan: Plan, period: Span) -> tuple[list[Stretch], dict[DutyRole, list[Span]]]:
    """Return the shifts that a plan makes in a period, and by role when nobody is on call."""
    shifts = chained(plan.chain, *period)
    return shifts, _missing(plan, shifts, period)


def preview(plan: Plan, layers: Sequence[LayerDraft], *, starts_at: datetime) -> Preview:
    """Return the weeks from an instant on, by a plan in which these layers count from then."""
    rota = plan.rota
    period = Span(starts_at, starts_at + WEIGHED)
    shifts, missing = forecast(plan, period)
    names = _names(shifts)
    used = {layer.role for layer in layers} | {shift.role for shift in shifts}
    by_role = {
        role: [shift for shift in shifts if shift.role == role.value]
        for role in DutyRole
        if role.value in used
    }
    shown = Span(starts_at, starts_at + SHOWN)
    return Preview(
        starts_at,
        list(by_role),
        list(_days(rota, by_role, missing, names, shown)),
        _burdens(rota, shifts, names, period),
        {role: sum(span.hours for span in spans) for role, spans in missing.items()},
    )


def comparison(plan: Plan, *, starts_at: datetime) -> Comparison:
    """Return what a plan would change of a stored rota's shifts from an instant on."""
    rota = plan.rota
    until = max(rota.computed_until or starts_at, starts_at)
    within = Span(starts_at, until)
    if within.is_empty:
        return Comparison(until, [], [], 0)
    before = [
        Stretch(shift.starts_at, shift.ends_at, str(shift.person_id), shift.role)
        for shift in Shift.objects.filter(rota=rota, ends_at__gt=starts_at, starts_at__lt=until)
    ]
    after = chained(plan.chain, *within)
    found = differences(before, after, within)
    names = _names([*before, *after])
    return Comparison(
        until,
        sorted(
            (
                PersonChange(names[person], balance)
                for person, balance in balances(before, after, within).items()
            ),
            key=lambda one: one.person,
        ),
        [
            Change(
                DutyRole(one.role),
                *one.span,
                _listed(one.before, names),
                _listed(one.after, names),
            )
            for one in found[:MOST_CHANGES]
        ],
        max(0, len(found) - MOST_CHANGES),
    )


def _missing(plan: Plan, shifts: Iterable[Stretch], period: Span) -> dict[DutyRole, list[Span]]:
    by_role: dict[str, list[Stretch]] = defaultdict(list)
    for shift in shifts:
        by_role[shift.role].append(shift)
    return {
        DutyRole(role): gaps(by_role[role], covered)
        for role, covered in plan.covered(period).items()
    }


def _names(shifts: Iterable[Stretch]) -> dict[str, str]:
    people = {int(shift.person) for shift in shifts}
    rows = User.objects.filter(pk__in=people).values_list("pk", "name")
    # Who is in the form and not in the portal is found by the service that stores it.
    return dict.fromkeys(map(str, people), "Somebody unknown") | {
        str(pk): name for pk, name in rows
    }


def _listed(people: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(sorted(names[person] for person in people))


def _days(
    rota: Rota,
    by_role: Mapping[DutyRole, Sequence[Stretch]],
    missing: Mapping[DutyRole, Sequence[Span]],
    names: Mapping[str, str],
    shown: Span,
) -> Iterator[Day]:
    zone = ZoneInfo(rota.zone)
    day, last = label(shown.start, zone).date(), label(shown.end, zone).date()
    holidays = _holidays(rota, day, last)
    while day < last:
        whole = Span(_midnight(day, zone), _midnight(day + DAY, zone))
        yield Day(
            day,
            day.isoweekday() not in rota.team.workdays,
            holidays.get(day, ""),
            _night(rota, day, zone),
            [OnDay(role, _on_day(shifts, whole, names, zone)) for role, shifts in by_role.items()],
            [
                f"Nobody is {role.label.lower()} {_when(part, whole, zone)}"
                for role, spans in missing.items()
                for span in spans
                if not (part := span & whole).is_empty
            ],
        )
        day += DAY


def _on_day(
    shifts: Iterable[Stretch], whole: Span, names: Mapping[str, str], zone: ZoneInfo
) -> list[tuple[str, str]]:
    times: dict[str, list[str]] = {}
    for shift in shifts:
        part = shift.span & whole
        if not part.is_empty:
            times.setdefault(shift.person, []).append(_when(part, whole, zone))
    return [(names[person], ", ".join(some)) for person, some in times.items()]


def _when(part: Span, whole: Span, zone: ZoneInfo) -> str:
    """Return when on a day something is, in words of its clocks."""
    start, end = (f"{label(at, zone):%H:%M}" for at in part)
    if part == whole:
        return "all day"
    if part.start == whole.start:
        return f"until {end}"
    return f"from {start}" if part.end == whole.end else f"{start} to {end}"


def _night(rota: Rota, day: date, zone: ZoneInfo) -> str:
    """Return how long the night that begins on a day is, when the clocks change in it."""
    evening = datetime.combine(day, rota.team.workday_ends_at)
    morning = datetime.combine(day + DAY, rota.team.workday_starts_at)
    usual = morning - evening
    real = instant(morning, zone) - instant(evening, zone)
    if real == usual:
        return ""
    way = "back" if real > usual else "forward"
    return (
        f"The clocks go {way}: this night lasts {words.duration(real.total_seconds())},"
        f" not {words.duration(usual.total_seconds())}"
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()), zone)


def _holidays(rota: Rota, first: date, last: date) -> dict[date, str]:
    rows = Holiday.objects.filter(
        calendar=rota.calendar_id, is_struck=False, day__range=(first, last)
    )
    return dict(rows.values_list("day", "name"))


def _burdens(
    rota: Rota, shifts: Sequence[Stretch], names: Mapping[str, str], period: Span
) -> list[Burden]:
    weekends = loads(
        shifts, period, Weekly(frozenset({6, 7}), time(), time(), ZoneInfo(rota.zone))
    )
    found = [
        Burden(names[person], load, weekends[person].hours, *MARKS[load.mark])
        for person, load in loads(shifts, period).items()
    ]
    return sorted(found, key=lambda one: (-one.load.share, one.person))
