"""Rest between working days, and what a call-out at night leaves of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from oncall.rota.spans import Span, joined, without

# Directive 2003/88/EC, article 3: eleven consecutive hours in each period of 24.
DAILY_REST = timedelta(hours=11)


class Rest(NamedTuple):
    """What lies between the end of work and its next start.

    `longest` is the longest stretch without work or call-out, in real time. After a call-out
    `next_start_advised` is when enough rest follows it; None without one.
    """

    after: datetime
    next_start: datetime
    longest: timedelta
    next_start_advised: datetime | None

    @property
    def is_enough(self) -> bool:
        """Whether the daily rest was had."""
        return self.longest >= DAILY_REST


def rests(work: Iterable[Span], callouts: Iterable[Span]) -> list[Rest]:
    """Return the rest before each start of work but the first.

    Being on call at home is rest until one is called out (CJEU C-344/19 sets the limits of that).
    """
    calls, found = joined(callouts), []
    for day, following in pairwise(joined(work)):
        break_ = Span(day.end, following.start)
        stretches = without([break_], calls)
        ends = [call.end for call in calls if not (call & break_).is_empty]
        found.append(
            Rest(
                *break_,
                max((one.end - one.start for one in stretches), default=timedelta(0)),
                ends[-1] + DAILY_REST if ends else None,
            )
        )
    return found
