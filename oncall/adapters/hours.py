"""When the people of rotas work, and which of their days are bank holidays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from oncall.adapters.definitions import calendar_of
from oncall.models import Holiday, Rota
from oncall.rota import WorkCalendar


@dataclass(frozen=True, slots=True)
class DutyCalendar:
    """Working hours by the clocks of a rota, with the days that are paid as bank holidays.

    `paid` leaves out a day that is observed on another: a holiday is paid once.
    """

    work: WorkCalendar
    paid: frozenset[date]


def duty_calendars(rotas: Iterable[Rota]) -> dict[int, DutyCalendar]:
    """Return the calendar of each rota, its team at hand, by id, in one query for all."""
    rotas = list(rotas)
    days: dict[int, set[date]] = defaultdict(set)
    paid: dict[int, set[date]] = defaultdict(set)
    found = Holiday.objects.filter(
        calendar__in={rota.calendar_id for rota in rotas if rota.calendar_id}, is_struck=False
    )
    for calendar, day, is_elsewhere in found.values_list(
        "calendar", "day", "is_observed_elsewhere"
    ):
        days[calendar].add(day)
        if not is_elsewhere:
            paid[calendar].add(day)
    return {
        rota.pk: DutyCalendar(
            calendar_of(rota, frozenset(days[rota.calendar_id or 0])),
            frozenset(paid[rota.calendar_id or 0]),
        )
        for rota in rotas
    }


def duty_calendar(rota: Rota) -> DutyCalendar:
    """Return the calendar of one rota."""
    return duty_calendars([rota])[rota.pk]
