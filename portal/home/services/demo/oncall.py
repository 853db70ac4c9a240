"""On-call of the demo company: five rotas with half a year behind them, each with its own story.

The shifts are worked out by the same code as any others, from definitions that began back then, and
what is over is frozen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, zip_longest

from django.db import transaction

from oncall.models import (
    Change,
    DutyRole,
    Gap,
    Holiday,
    HolidayCalendar,
    Hours,
    Layer,
    Leave,
    Override,
    Participant,
    Rota,
    RotaVersion,
    Shift,
    Swap,
    SwapPolicy,
    SwapState,
)
from oncall.services.holidays import load_holidays
from oncall.services.shifts import freeze_shifts, locked, recompute
from portal.accounts.models import User
from portal.catalogue.models import Membership, Team
from portal.home.services.demo.company import BANGALORE, CHICAGO, LONDON, City

WEEKS = 26
ONCALL_TABLES = (Rota, RotaVersion, Layer, Participant, Shift, Gap, Swap, Override, Leave, Holiday)
# Every so many weeks somebody swaps a night, and a lead puts somebody in for another.
SWAP_EVERY, OVERRIDE_EVERY = 3, 8
CALENDARS = (("GB", "ENG"), ("IN", ""), ("US", ""))
SWAP_REASONS = ("Concert tickets.", "My daughter's school play.", "A night train.", "The dentist.")
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A layer: who, in the order of their turns, is taken from teams in turn."""

    name: str
    teams: tuple[str, ...]
    size: int
    role: DutyRole = DutyRole.PRIMARY
    hours: Hours = Hours.OUT_OF_HOURS
    windows: tuple[Mapping[str, object], ...] = ()
    zone: str = ""
    ahead: int = 0
    priority: int = 0


@dataclass(frozen=True, slots=True)
class RotaPlan:
    """A rota of the demo company."""

    slug: str
    name: str
    team: str
    zone: str
    calendar: str
    description: str
    layers: tuple[LayerPlan, ...]
    hours: Hours = Hours.OUT_OF_HOURS
    response_minutes: int = 15
    swap_policy: SwapPolicy = SwapPolicy.TELL
    is_central: bool = False
    # Who goes on leave soon, by their place in the first layer, and nobody has noticed yet.
    leaves: tuple[int, ...] = field(default=())


def _nights(teams: tuple[str, ...], size: int, hours: Hours) -> tuple[LayerPlan, ...]:
    """Return the usual two layers: next week's primary is this week's secondary."""
    return (
        LayerPlan("Primary", teams, size, hours=hours),
        LayerPlan("Secondary", teams, size, DutyRole.SECONDARY, hours, ahead=1),
    )


def _sun(city: City, team: str, opens: str, closes: str, *, priority: int) -> LayerPlan:
    """Return the part of the day that a city has."""
    window = {"days": EVERY_DAY, "opens": opens, "closes": closes}
    return LayerPlan(
        city.name,
        (team,),
        5,
        hours=Hours.WEEKLY,
        windows=(window,),
        zone=city.zone,
        priority=priority,
    )


PLANS = (
    RotaPlan(
        "central-support",
        "Central support",
        "platform",
        "Asia/Kolkata",
        "in",
        "Answers for every application whose nights no team has taken on yet.",
        (
            *_nights(("developer-platform", "data-platform"), 8, Hours.ALWAYS),
            LayerPlan(
                "Escalation manager",
                ("developer-platform",),
                2,
                DutyRole.MANAGER,
                Hours.ALWAYS,
            ),
        ),
        Hours.ALWAYS,
        30,
        is_central=True,
    ),
    RotaPlan(
        "transfers-at-night",
        "Transfers at night",
        "transfers",
        "Europe/London",
        "gb-eng",
        "Instant Payments and Cross-Border share the nights of everything that moves money.",
        _nights(("instant-payments", "cross-border"), 8, Hours.OUT_OF_HOURS),
        response_minutes=10,
    ),
    RotaPlan(
        "cards-around-the-world",
        "Cards around the world",
        "cards",
        "UTC",
        "",
        "Bangalore, London and Chicago hand the day on to each other; nobody works at night.",
        (
            _sun(BANGALORE, "card-issuing", "06:30", "14:30", priority=1),
            _sun(LONDON, "acquiring", "08:00", "15:30", priority=2),
            _sun(CHICAGO, "disputes", "08:00", "20:30", priority=3),
        ),
        Hours.ALWAYS,
        5,
    ),
    RotaPlan(
        "settlement-nights",
        "Settlement nights",
        "settlement",
        "Asia/Kolkata",
        "in",
        "Five people, and one of them is about to go on leave.",
        _nights(("settlement",), 5, Hours.OUT_OF_HOURS),
        swap_policy=SwapPolicy.ASK,
        leaves=(1,),
    ),
    RotaPlan(
        "ledger-weekends",
        "Ledger weekends",
        "core-ledger",
        "Europe/London",
        "gb-eng",
        "Month ends fall on weekends too. Three people carry them, which is too few.",
        (
            LayerPlan(
                "Weekends",
                ("core-ledger",),
                3,
                hours=Hours.WEEKLY,
                windows=({"days": [5], "opens": "18:00", "closes": "08:00", "days_later": 3},),
            ),
        ),
        Hours.WEEKLY,
        60,
    ),
)


@transaction.atomic
def write_oncall(*, until: date, now: datetime) -> None:
    """Write the rotas of the demo company, with half a year of shifts that end before `until`."""
    calendars = {
        calendar.slug: calendar
        for calendar in (
            load_holidays(country=country, subdivision=part, now=_noon(until))
            for country, part in CALENDARS
        )
    }
    began = _monday(until - timedelta(weeks=WEEKS))
    for plan in PLANS:
        team = Team.objects.filter(slug=plan.team).first()
        if team is not None:
            _write_rota(
                plan,
                team,
                calendar=calendars.get(plan.calendar),
                began=began,
                until=until,
                now=now,
            )
    freeze_shifts(now=max(now, _noon(until)))


def _write_rota(
    plan: RotaPlan,
    team: Team,
    *,
    calendar: HolidayCalendar | None,
    began: date,
    until: date,
    now: datetime,
) -> None:
    start = datetime.combine(began, time(0), tzinfo=UTC)
    crews = [_crew(layer) for layer in plan.layers]
    rota = Rota.objects.create(
        slug=plan.slug,
        name=plan.name,
        team=team,
        description=plan.description,
        zone=plan.zone,
        calendar=calendar,
        hours=plan.hours,
        swap_policy=plan.swap_policy,
        response_minutes=plan.response_minutes,
        is_central=plan.is_central,
        created_by=crews[0][0],
        created_at=start,
    )
    version = RotaVersion.objects.create(
        rota=rota, number=1, starts_at=start, created_by=crews[0][0], created_at=start
    )
    for position, (layer_plan, crew) in enumerate(zip(plan.layers, crews, strict=True)):
        _write_layer(version, position, layer_plan, crew, began)
    recompute(rota=locked(rota), now=now, since=start)
    _write_exceptions(plan, rota, crews[0], until)
    recompute(rota=locked(rota), now=now, since=start)


def _write_layer(
    version: RotaVersion, position: int, plan: LayerPlan, crew: Sequence[User], began: date
) -> None:
    layer = Layer.objects.create(
        version=version,
        position=position,
        name=plan.name,
        role=plan.role,
        priority=plan.priority,
        begins_on=began,
        handoff_at=time(9),
        zone=plan.zone,
        hours=plan.hours,
        windows=list(plan.windows),
        ahead=plan.ahead,
    )
    Participant.objects.bulk_create(
        Participant(layer=layer, turn=turn, person=person) for turn, person in enumerate(crew)
    )


def _write_exceptions(plan: RotaPlan, rota: Rota, crew: Sequence[User], until: date) -> None:
    """Write what did not go as planned: swaps, somebody put in, and leave that is to come."""
    nights = rota.shifts.filter(role=DutyRole.PRIMARY, ends_at__lt=_noon(until))
    for number, shift in enumerate(nights.order_by("starts_at")[:: 7 * SWAP_EVERY]):
        other = next(person for person in crew if person != shift.person)
        told = shift.starts_at - timedelta(days=3)
        if number % OVERRIDE_EVERY == OVERRIDE_EVERY - 1:
            Override.objects.create(
                rota=rota,
                kind=Change.COVER,
                comes=other,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                reason="Ill since the afternoon.",
                made_by=crew[0],
                made_at=shift.starts_at,
            )
            continue
        Swap.objects.create(
            rota=rota,
            giver=shift.person,
            asked=other,
            taker=other,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            state=SwapState.DONE,
            reason=SWAP_REASONS[number % len(SWAP_REASONS)],
            requested_by=shift.person,
            requested_at=told,
            expires_at=shift.starts_at,
            answered_at=told + timedelta(hours=5),
            decided_by=other,
            decided_at=told + timedelta(hours=5),
        )
    for place in plan.leaves:
        away = datetime.combine(until + timedelta(days=12), time(0), tzinfo=UTC)
        Leave.objects.create(
            person=crew[place],
            starts_at=away,
            ends_at=away + timedelta(days=14),
            note="A wedding in Kochi",
            made_by=crew[place],
            made_at=_noon(until) - timedelta(days=2),
        )


def _crew(plan: LayerPlan) -> list[User]:
    """Return the people of a layer, one team after the other in turn."""
    teams = [
        [
            one.user
            for one in Membership.objects.filter(team__slug=slug)
            .select_related("user")
            .order_by("pk")
        ]
        for slug in plan.teams
    ]
    mixed = (person for row in zip_longest(*teams) for person in row if person is not None)
    return list(islice(mixed, plan.size))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC) - timedelta(days=1)
