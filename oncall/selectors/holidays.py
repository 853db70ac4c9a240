"""What the pages of bank holidays show: calendars, and a year of one beside the shipped list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from oncall.adapters.holidays import shipped
from oncall.models import Holiday, HolidayCalendar, Rota
from portal.accounts.policies import Viewer

# Of more rotas that follow one calendar the page tells only how many there are.
MOST_ROTAS = 100


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of a calendar, of the shipped list, or of both."""

    day: date
    holiday: Holiday | None
    # How the shipped list calls it; empty when it is not there.
    shipped_as: str

    @property
    def name(self) -> str:
        """What the day is called here, or else in the shipped list."""
        return self.holiday.name if self.holiday else self.shipped_as

    @property
    def difference(self) -> str:
        """How the calendar differs from the shipped list on this day; empty when it does not."""
        ours = self.holiday
        if ours is None:
            return "In the shipped list, not here"
        if not self.shipped_as:
            return "Not in the shipped list any more" if ours.is_shipped else "Added here"
        if ours.is_struck:
            return "A holiday in the shipped list"
        return "" if ours.name == self.shipped_as else f"Shipped as “{self.shipped_as}”"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """The days of a calendar in a year, with those that are shipped."""

    year: int
    lines: Sequence[DayLine]

    @property
    def is_taken(self) -> bool:
        """Whether the calendar has any day of the year."""
        return any(line.holiday for line in self.lines)

    @property
    def missing(self) -> int:
        """How many days of the shipped list are not in the calendar."""
        return sum(line.holiday is None for line in self.lines)

    @property
    def differences(self) -> int:
        """On how many days the calendar differs from the shipped list."""
        return sum(bool(line.difference) for line in self.lines)


def calendars_visible_to(user: Viewer) -> QuerySet[HolidayCalendar]:
    """Return all calendars by name, or none for somebody not active."""
    found = HolidayCalendar.objects.order_by("name", "pk")
    return found if user.is_active else found.none()


def with_use(calendars: QuerySet[HolidayCalendar], *, today: date) -> QuerySet[HolidayCalendar]:
    """Return calendars with `following`, how many rotas go by each, and the next holiday."""
    ahead = Holiday.objects.filter(
        calendar=OuterRef("pk"), day__gte=today, is_struck=False, is_observed_elsewhere=False
    ).order_by("day")
    return calendars.annotate(
        following=Count("rotas", filter=Q(rotas__retired_at=None)),
        next_day=Subquery(ahead.values("day")[:1]),
        next_name=Subquery(ahead.values("name")[:1]),
    )


def holidays_of(calendar: HolidayCalendar) -> QuerySet[Holiday]:
    """Return the days of a calendar, those struck out as well."""
    return calendar.days.select_related("calendar")


def rotas_following(calendar: HolidayCalendar) -> QuerySet[Rota]:
    """Return the current rotas that go by a calendar, with their teams, by name."""
    found = calendar.rotas.filter(retired_at=None)
    return found.select_related("team").order_by("name", "pk")


def year_of(calendar: HolidayCalendar, year: int) -> CalendarYear:
    """Return a year of a calendar, day by day, beside the shipped list."""
    ours = {one.day: one for one in calendar.days.filter(day__year=year)}
    theirs = _shipped_names(calendar, year)
    return CalendarYear(
        year,
        [DayLine(day, ours.get(day), theirs.get(day, "")) for day in sorted({*ours, *theirs})],
    )


def _shipped_names(calendar: HolidayCalendar, year: int) -> dict[date, str]:
    """Return the names of the shipped days; none when the list of it is shipped no more."""
    try:
        _, days = shipped(calendar.country, calendar.subdivision, [year])
    except LookupError:
        return {}
    return {one.day: one.name for one in days if one.day.year == year}
