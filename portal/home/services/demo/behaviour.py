"""How teams deliver: the knobs of the generator, and what each kind of team sets them to.

Numbers are given at knots, in days before the end of the history; in between they run straight.
Two knots a day apart make a step.
"""

from collections.abc import Mapping
from dataclasses import dataclass

EVENLY = (1.0, 1.0, 1.0, 1.0, 0.8, 0.02, 0.02)
FRIDAYS = (0.15, 0.15, 0.2, 0.5, 5.0, 0.02, 0.0)
OFFICE_HOURS = (9.6, 17.4)


@dataclass(frozen=True, slots=True)
class Knot:
    """How a team delivers at one moment.

    Rates: `per_week` deployments of each application, `changes` in each, `fast` the share of
    merges live within 15 minutes, `failing` the share of deployments that hurt, `outages` per
    application and year that no deployment caused. The others are medians of spans.
    """

    days_ago: float
    per_week: float
    changes: float = 3.4
    coding_hours: float = 14.0
    pickup_hours: float = 4.0
    review_hours: float = 3.0
    waiting_hours: float = 9.0
    fast: float = 0.12
    failing: float = 0.07
    restore_minutes: float = 75.0
    outages: float = 0.8


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Knots, oldest first, and habits.

    `hours` are local, between which deployments finish; `weekdays` weigh Monday to Sunday.
    `monthly` releases on the second Tuesday alone. `pull_requests` is the share of changes that
    go through one, `bots` the share that a bot wrote. History begins `begins` days before the
    end and stops `ends` days before it.
    """

    knots: tuple[Knot, ...]
    weekdays: tuple[float, ...] = EVENLY
    hours: tuple[float, float] = OFFICE_HOURS
    monthly: bool = False
    pull_requests: float = 0.95
    bots: float = 0.12
    build_minutes: tuple[float, float] = (5.0, 12.0)
    begins: float = 731.0
    ends: float = 0.0


BEHAVIOURS: Mapping[str, Behaviour] = {
    "steady": Behaviour((Knot(731, 2.2), Knot(0, 2.6, failing=0.065))),
    "careful": Behaviour(
        (
            Knot(731, 0.8, changes=5, coding_hours=26, review_hours=8, waiting_hours=52, fast=0.01,
                 failing=0.06, restore_minutes=140),
            Knot(0, 1.0, changes=4.5, coding_hours=24, review_hours=7, waiting_hours=44, fast=0.02,
                 failing=0.05, restore_minutes=120),
        ),
        hours=(10.0, 15.5),
    ),
    "slow": Behaviour(
        (Knot(731, 0.45, changes=7, coding_hours=40, pickup_hours=12, review_hours=18,
              waiting_hours=90, fast=0.0, failing=0.11, restore_minutes=210),)
    ),
    "brisk": Behaviour(
        (
            Knot(731, 4.5, changes=3.0, coding_hours=9, waiting_hours=4, fast=0.3, failing=0.06,
                 restore_minutes=50),
            Knot(0, 5.5, changes=2.8, coding_hours=8, waiting_hours=3, fast=0.38, failing=0.055,
                 restore_minutes=42),
        )
    ),
    "improving": Behaviour(
        (
            Knot(731, 0.9, changes=5, coding_hours=30, pickup_hours=9, review_hours=10,
                 waiting_hours=50, fast=0.02, failing=0.14, restore_minutes=190),
            Knot(0, 3.6, changes=2.4, coding_hours=12, pickup_hours=3, review_hours=3,
                 waiting_hours=7, fast=0.25, failing=0.06, restore_minutes=60),
        )
    ),
    "elite": Behaviour(
        (Knot(731, 9, changes=2.4, coding_hours=5, pickup_hours=1.2, review_hours=1,
              waiting_hours=1.5, fast=0.72, failing=0.045, restore_minutes=24, outages=0.4),),
        build_minutes=(3.5, 7.0),
    ),
    # Instant Payments: went over to trunk-based delivery a year ago, within about six weeks.
    "trunk-based": Behaviour(
        (
            Knot(731, 1.3, changes=4.5, coding_hours=26, pickup_hours=7, review_hours=8,
                 waiting_hours=30, fast=0.05, failing=0.12, restore_minutes=150),
            Knot(375, 1.4, changes=4.5, coding_hours=24, pickup_hours=7, review_hours=8,
                 waiting_hours=28, fast=0.05, failing=0.12, restore_minutes=140),
            Knot(330, 8, changes=2.2, coding_hours=5, pickup_hours=1, review_hours=0.8,
                 waiting_hours=1.2, fast=0.86, failing=0.05, restore_minutes=30),
            Knot(0, 13, changes=1.9, coding_hours=3.5, pickup_hours=0.7, review_hours=0.5,
                 waiting_hours=0.9, fast=0.93, failing=0.03, restore_minutes=16),
        ),
        build_minutes=(4.0, 7.5),
    ),
    # Settlement: reorganised 240 days ago; people left, reviews queue up, releases grow.
    "reorganised": Behaviour(
        (
            Knot(731, 3.4, changes=2.6, coding_hours=11, pickup_hours=3, review_hours=2.5,
                 waiting_hours=6, fast=0.24, failing=0.055, restore_minutes=48),
            Knot(241, 3.6, changes=2.6, coding_hours=11, pickup_hours=3, review_hours=2.5,
                 waiting_hours=6, fast=0.25, failing=0.05, restore_minutes=45),
            Knot(210, 2.2, changes=4, coding_hours=22, pickup_hours=14, review_hours=9,
                 waiting_hours=26, fast=0.08, failing=0.12, restore_minutes=110),
            Knot(0, 1.3, changes=6, coding_hours=44, pickup_hours=34, review_hours=20,
                 waiting_hours=60, fast=0.02, failing=0.27, restore_minutes=290),
        )
    ),
    # Financial Crime: one bad quarter after a new scoring model, about eight months back.
    "stormy": Behaviour(
        (
            Knot(731, 2.4, failing=0.06),
            Knot(271, 2.4, failing=0.07, outages=1),
            Knot(270, 3.0, failing=0.34, outages=16, restore_minutes=200),
            Knot(181, 3.0, failing=0.30, outages=14, restore_minutes=190),
            Knot(180, 2.0, failing=0.08, outages=1, restore_minutes=90),
            Knot(0, 2.5, failing=0.05, restore_minutes=60),
        )
    ),
    # Mortgages: deploys on Friday afternoon, and mends at the weekend.
    "fridays": Behaviour(
        (Knot(731, 1.1, changes=5, coding_hours=20, waiting_hours=34, fast=0.03, failing=0.17,
              restore_minutes=900),),
        weekdays=FRIDAYS,
        hours=(14.0, 18.0),
    ),
    # The mainframe: once a month, everything at once, without pull requests.
    "mainframe": Behaviour(
        (Knot(731, 0.23, changes=34, coding_hours=160, failing=0.12, restore_minutes=400),),
        hours=(17.0, 18.5),
        monthly=True,
        pull_requests=0.0,
        bots=0.0,
        build_minutes=(70.0, 180.0),
    ),
    "abandoned": Behaviour(
        (Knot(731, 0.3, failing=0.1, restore_minutes=600), Knot(0, 0.02, restore_minutes=2000)),
        bots=0.5,
    ),
    "young": Behaviour((Knot(110, 3, fast=0.3, failing=0.12), Knot(0, 5, fast=0.4)), begins=110),
    "retired": Behaviour((Knot(731, 1.2), Knot(90, 0.2)), ends=90),
}  # fmt: skip
