"""The views of the calendar: month, week, one rota, one person, one team."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from oncall import policies
from oncall.charts.days import Day, days_between, whole
from oncall.charts.entries import Differences, Entry, Reading
from oncall.charts.grids import Cell, Group, Week, cells, lanes_of
from oncall.models import DutyRole, Rota, Shift
from oncall.rota import Span, label
from oncall.rota.spans import joined
from oncall.selectors import duty
from oncall.selectors.asked import WEEK, Asked, View
from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: cells of a month or weeks of lanes, and the same as a list by day."""

    asked: Asked
    days: Sequence[Day]
    cells: Sequence[Cell]
    weeks: Sequence[Week]

    @property
    def rows(self) -> list[Sequence[Cell]]:
        """The cells of a month, week by week."""
        return [self.cells[start : start + WEEK] for start in range(0, len(self.cells), WEEK)]

    @property
    def listed(self) -> list[Cell]:
        """The days of which there is something to tell, and today."""
        return [
            cell
            for cell in self.cells
            if not cell.day.is_outside
            and (cell.lines or cell.day.is_today or cell.day.holidays or cell.day.change)
        ]

    @property
    def is_several(self) -> bool:
        """Whether more than one rota is in it, so that each has to be named."""
        return len({one.entry.rota for cell in self.cells for one in cell.lines} - {None}) > 1

    @property
    def is_empty(self) -> bool:
        """Whether nobody is on call and nobody ought to be."""
        return not any(cell.lines for cell in self.cells)


def picture(asked: Asked) -> Picture:
    """Return what a view shows."""
    today = label(asked.now, asked.zone).date()
    days = days_between(
        asked.first,
        asked.last,
        asked.zone,
        today=today,
        holidays=duty.holidays_between(_calendars(asked), asked.first, asked.last),
        month=asked.day.month if asked.is_by_month else None,
    )
    found = _of_people(asked, days) if asked.view in {View.PERSON, View.TEAM} else _of_rotas(
        asked, days
    )  # fmt: skip
    return Picture(asked, days, cells(days, found.told, asked.zone), found.weeks)


@dataclass(frozen=True, slots=True)
class _Found:
    told: Sequence[Entry]
    weeks: Sequence[Week]


def _of_rotas(asked: Asked, days: Sequence[Day]) -> _Found:
    """Return what is known of rotas: a lane for each role of each, and who is away."""
    period, reading = whole(days), _reading(asked)
    shifts = reading.shifts(
        duty.shifts_of_rotas(asked.rotas, period), _differences(asked.rotas, period)
    )
    entries = [*shifts, *reading.gaps(duty.gaps_of(asked.rotas, period))]
    teams = {rota.team_id: rota.team for rota in asked.rotas}.values()
    away = reading.leave(duty.leave_in(asked.viewer, duty.members_of(teams), period))
    if asked.view == View.MONTH:
        several = len(asked.rotas) > 1
        told = [one for one in entries if not several or one.role == DutyRole.PRIMARY]
        return _Found([*told, *away], ())
    groups = _by_role(asked.rotas, entries, away)
    return _Found([*entries, *away], lanes_of(days, groups, asked.zone, asked.now, named=_who))


def _of_people(asked: Asked, days: Sequence[Day]) -> _Found:
    """Return what is known of people, in whatever rota: a lane for each of a team."""
    period, reading = whole(days), _reading(asked)
    people = duty.people_of(asked.team) if asked.team else [asked.person or asked.viewer]
    stored = duty.shifts_of_people(people, period)
    rotas = list({shift.rota_id: shift.rota for shift in stored}.values())
    shifts = reading.shifts(stored, _differences(rotas, period))
    away = reading.leave(
        duty.leave_in(asked.viewer, Q(person__in=[one.pk for one in people]), period)
    )
    entries = [*shifts, *away]
    if asked.view == View.PERSON:
        return _Found(entries, ())
    groups = [
        Group(person.name, "", [one for one in entries if one.person == person])
        for person in people
    ]
    return _Found(entries, lanes_of(days, groups, asked.zone, asked.now, named=_naming(rotas)))


def rota_picture(
    *, rota: Rota, viewer: User, now: datetime, zone: ZoneInfo, day: date | None = None
) -> Picture:
    """Return four weeks of a rota, for its page: from the Monday of a day, or of today, on."""
    day = day or label(now, zone).date()
    return picture(Asked(View.ROTA, day, zone, viewer, now, rotas=[rota]))


def hours_of(shifts: Iterable[Shift], period: Span) -> float:
    """Return how many hours somebody is on call in a period: twice at once counts once."""
    spans = joined(Span(one.starts_at, one.ends_at) & period for one in shifts)
    return sum(span.hours for span in spans)


def _by_role(
    rotas: Sequence[Rota], entries: Sequence[Entry], away: Sequence[Entry]
) -> list[Group]:
    groups: list[Group] = []
    for rota in rotas:
        roles = {one.role for one in entries if one.rota == rota} or {DutyRole.PRIMARY}
        groups += (
            Group(
                role.label,
                rota.name if len(rotas) > 1 else "",
                [one for one in entries if one.rota == rota and one.role == role],
            )
            for role in DutyRole
            if role in roles
        )
    return [*groups, Group("Away", "", away, is_optional=True)] if away else groups


def _who(entry: Entry) -> str:
    return str(entry.person) if entry.person else "nobody"


def _naming(rotas: Sequence[Rota]) -> Callable[[Entry], str]:
    """Return what names an entry in the lane of its person: the role, and which rota of several."""

    def name(entry: Entry) -> str:
        if entry.is_leave or not entry.role:
            return "away"
        return f"{entry.role.label}, {entry.rota}" if len(rotas) > 1 else entry.role.label

    return name


def _differences(rotas: Sequence[Rota], period: Span) -> Differences:
    return Differences(duty.overrides_in(rotas, period), duty.swaps_in(rotas, period))


def _reading(asked: Asked) -> Reading:
    return Reading(asked.viewer, asked.now, may_change_any(asked.viewer))


def may_change_any(user: User) -> Callable[[Rota], bool]:
    """Return who tells of any rota whether a person may change it, in one query for all."""
    led = duty.led_teams(user)
    return lambda rota: policies.plans(user, rota, led)


def _calendars(asked: Asked) -> Iterable[Rota]:
    if asked.rotas:
        return asked.rotas
    return duty.rotas_below(asked.team) if asked.team else duty.rotas_for(
        asked.person or asked.viewer
    )  # fmt: skip
