"""What a calendar of another program says of when somebody is away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oncall.adapters.ical import Event, Trouble, read
from oncall.models import Leave
from oncall.rota import Span
from portal.accounts.models import User

AHEAD = timedelta(days=180)
# What is shorter is a meeting rather than leave; it is listed, and added when it is ticked.
HALF_A_DAY = timedelta(hours=4)
MOST_LISTED = 300


@dataclass(frozen=True, slots=True)
class Absence:
    """An event that may be leave: whether it is told already, and whether it is to be told."""

    event: Event
    is_told: bool
    is_ticked: bool

    @property
    def key(self) -> str:
        """What names it on a page: when it is, to the second."""
        return f"{self.event.start:%Y%m%dT%H%M%S%z}/{self.event.end:%Y%m%dT%H%M%S%z}"

    def leave_of(self, person: User) -> Leave:
        """Return it as leave that is not stored."""
        return Leave(person=person, starts_at=self.event.start, ends_at=self.event.end)


@dataclass(frozen=True, slots=True)
class Absences:
    """The events of a calendar in the months ahead, and what of it was not understood."""

    listed: Sequence[Absence]
    troubles: Sequence[Trouble]
    left_out: int

    @property
    def chosen(self) -> list[Absence]:
        """Those that are to be told."""
        return [one for one in self.listed if one.is_ticked]

    def ticking(self, keys: set[str]) -> "Absences":
        """Return them with those ticked that somebody ticked; what is told stays as it is."""
        return replace(
            self,
            listed=[
                replace(one, is_ticked=one.key in keys and not one.is_told) for one in self.listed
            ],
        )


def absences_in(data: bytes, person: User, *, now: datetime) -> Absences:
    """Return what a calendar says of a person in the months ahead, in order.

    Times without a zone are meant by the person's clocks. What lasts half a day, and is of nobody
    else, is ticked.
    """
    reading = read(data, Span(now, now + AHEAD), ZoneInfo(person.zone))
    told = [
        Span(*period)
        for period in Leave.objects.filter(
            person=person, cancelled_at=None, ends_at__gt=now
        ).values_list("starts_at", "ends_at")
    ]
    by_period: dict[Span, Event] = {}
    for event in reading.events:
        by_period.setdefault(Span(event.start, event.end), event)
    found = [
        _absence(
            event,
            person,
            is_told=any(one.start <= period.start and period.end <= one.end for one in told),
        )
        for period, event in by_period.items()
        if not period.is_empty and period.end > now
    ]
    return Absences(found[:MOST_LISTED], reading.troubles, max(len(found) - MOST_LISTED, 0))


def _absence(event: Event, person: User, *, is_told: bool) -> Absence:
    mails = {mail.lower() for mail in event.mails}
    is_theirs = not mails or person.email.lower() in mails
    is_long = event.is_all_day or event.end - event.start >= HALF_A_DAY
    return Absence(event, is_told, is_ticked=is_long and is_theirs and not is_told)
