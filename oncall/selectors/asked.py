"""What is asked of the calendar: a view, from when until when, whose, by which clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models

from oncall.models import Rota
from portal.accounts.models import User
from portal.catalogue.models import Team

DAY = timedelta(days=1)
WEEK = 7


class View(models.TextChoices):
    """The ways to look at who is on call."""

    MONTH = "month", "Month"
    WEEK = "week", "Week"
    ROTA = "rota", "Rota"
    PERSON = "person", "Person"
    TEAM = "team", "Team"


# The views in lanes show so many weeks.
WEEKS = {View.WEEK: 1, View.ROTA: 4, View.TEAM: 2}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who looks at what, from when on, by whose clocks."""

    view: View
    day: date
    zone: ZoneInfo
    viewer: User
    now: datetime
    rotas: Sequence[Rota] = ()
    person: User | None = None
    team: Team | None = None

    @property
    def is_by_month(self) -> bool:
        """Whether it shows days of a month."""
        return self.view in {View.MONTH, View.PERSON}

    @property
    def first(self) -> date:
        """The first day that is shown, a Monday."""
        return monday_of(self.day.replace(day=1) if self.is_by_month else self.day)

    @property
    def last(self) -> date:
        """The last day that is shown, a Sunday."""
        if self.is_by_month:
            return monday_of(next_month(self.day) - DAY) + (WEEK - 1) * DAY
        return self.first + (WEEKS[self.view] * WEEK - 1) * DAY

    @property
    def previous(self) -> date:
        """The day that leads to what comes before."""
        if self.is_by_month:
            return (self.day.replace(day=1) - DAY).replace(day=1)
        return self.first - WEEKS[self.view] * WEEK * DAY

    @property
    def next(self) -> date:
        """The day that leads to what comes after."""
        return next_month(self.day) if self.is_by_month else self.last + DAY

    @property
    def title(self) -> str:
        """What period it shows."""
        if self.is_by_month:
            return f"{self.day:%B %Y}"
        start, end = self.first, self.last
        begins = f"{start.day}" if start.month == end.month else f"{start.day} {start:%B}"
        begins += f" {start:%Y}" if start.year != end.year else ""
        return f"{begins} to {end.day} {end:%B %Y}"


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - (day.isoweekday() - 1) * DAY


def next_month(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (day.replace(day=28) + 4 * DAY).replace(day=1)
