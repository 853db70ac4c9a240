"""A rota of Acquiring in February and March 2026, with its past worked out and frozen."""

from datetime import UTC, date, datetime, time, timedelta

from oncall.services.callouts import tell_callout
from oncall.services.shifts import freeze_shifts
from tests.conftest import NOW
from tests.oncall.scene import layer, people, rota

BEGAN = datetime(2026, 1, 26, 9, tzinfo=UTC)
MONDAY = date(2026, 1, 26)


def past_rota(world, some=None, **values):
    """Return a rota with weekly primaries since the end of January, frozen as far as it is over."""
    some = some or people(world)
    made = rota(
        world,
        some,
        now=BEGAN,
        starts_at=BEGAN,
        drafts=values.pop("drafts", None) or [layer(some, begins_on=MONDAY, handoff_at=time(9))],
        **values,
    )
    freeze_shifts(now=NOW)
    return made


def called(rota, person, start, hours=1.0, *, actor=None, now=NOW, **values):
    """Tell a call-out, as the person would, that began at an instant in UTC."""
    return tell_callout(
        rota=rota,
        person=person,
        starts_at=start,
        ends_at=start + timedelta(hours=hours),
        actor=actor or person,
        now=now,
        **values,
    )
