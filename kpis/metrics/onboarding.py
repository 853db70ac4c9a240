"""The KPIs of onboarding: how quickly people and applications get started here."""

from dataclasses import dataclass
from datetime import timedelta

# What the portal promises: a first application within two minutes of signing in, and the first
# deployment of an application on the day it was registered.
SOON_REGISTERED = timedelta(minutes=2)
SOON_DEPLOYED = timedelta(days=1)
# Days up to now that can be asked for.
SPANS = (30, 90, 365)
DEFAULT_SPAN = 90


@dataclass(frozen=True, slots=True)
class Pace:
    """How long something took: seconds by R-7 and the share within what is promised.

    All but `n` are None without values, which is no data and not 0.
    """

    n: int
    p50: float | None
    p90: float | None
    soon: float | None


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Both KPIs of a span of days.

    `registering` is per person, from signing in to their first application; `deploying` is per
    application, from its registration to the first production deployment that the portal heard
    of, and `waiting` of those registered have none yet.
    """

    registering: Pace
    deploying: Pace
    waiting: int
