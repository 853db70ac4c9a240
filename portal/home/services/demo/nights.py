"""Nights of the demo company: who has taken on which, what it was called out for, what it is paid.

Claims stand at every stage, each since a while; call-outs lie in shifts that were; months that are
over are counted by the same code as any others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction

from oncall.adapters.tariffs import SHIPPED
from oncall.models import (
    CallOut,
    Claim,
    ClaimSide,
    DutyRole,
    Evidence,
    EvidenceKind,
    HandoverNote,
    Rota,
    Shift,
    Word,
)
from oncall.plans.claims import Stage
from oncall.services.claim_steps import enter
from oncall.services.months import count_months
from oncall.services.pay import choose_grade, define_scheme, set_grade
from oncall.services.readiness import check_claims
from portal.accounts.models import Role, User
from portal.catalogue.models import Application, Membership, TeamRole

NIGHT_TABLES = (Claim, Evidence, CallOut, HandoverNote)
MONTHS = 5
# Every so many nights somebody was called; for so long.
CALLED_EVERY = 9
WORKED = (timedelta(minutes=35), timedelta(hours=2, minutes=10), timedelta(minutes=80))
CAUSES = (
    "A queue had filled up; the consumer was restarted.",
    "A certificate was about to expire. Renewed, and the reminder mended.",
    "The scheme was down and came back by itself. Nothing to do but to wait.",
    "A batch ran into the day. Moved, and the runbook says why.",
)
GRADES = (("Engineer", Decimal("412.00")), ("Senior engineer", Decimal("498.50")))


@dataclass(frozen=True, slots=True)
class ClaimPlan:
    """A claim: the application, the rota, and the days ago on which each stage began."""

    application: str
    rota: str
    stages: tuple[tuple[Stage, int], ...]
    note: str = ""


def _owned(application: str, rota: str, days: int) -> ClaimPlan:
    """Return a claim that went all the way, some days ago."""
    stages = (Stage.INTERESTED, Stage.PREPARING, Stage.SHADOWING, Stage.TRIAL, Stage.OWNED)
    return ClaimPlan(
        application,
        rota,
        tuple(zip(stages, (days + 75, days + 60, days + 42, days + 28, days), strict=True)),
    )


PLANS = (
    _owned("payment-router", "transfers-at-night", 76),
    _owned("faster-payments", "transfers-at-night", 70),
    _owned("sepa-instant", "transfers-at-night", 41),
    _owned("checkout-gateway", "cards-around-the-world", 64),
    _owned("terminal-hub", "cards-around-the-world", 60),
    ClaimPlan(
        "swift-gateway",
        "transfers-at-night",
        (
            (Stage.INTERESTED, 64),
            (Stage.PREPARING, 50),
            (Stage.SHADOWING, 26),
            (Stage.TRIAL, 11),
        ),
    ),
    ClaimPlan(
        "settlement-engine",
        "settlement-nights",
        ((Stage.INTERESTED, 40), (Stage.PREPARING, 31), (Stage.SHADOWING, 6)),
    ),
    ClaimPlan(
        "card-authoriser",
        "cards-around-the-world",
        ((Stage.INTERESTED, 22), (Stage.PREPARING, 9)),
    ),
    ClaimPlan("posting-bridge", "", ((Stage.INTERESTED, 4),)),
    ClaimPlan(
        "general-ledger",
        "ledger-weekends",
        (
            (Stage.INTERESTED, 150),
            (Stage.PREPARING, 140),
            (Stage.SHADOWING, 120),
            (Stage.TRIAL, 105),
            (Stage.HANDING_BACK, 60),
            (Stage.RETURNED, 45),
        ),
        "Three people carry every weekend, which is too few. We come back when we are six.",
    ),
)


@transaction.atomic
def write_nights(*, until: date, now: datetime) -> None:
    """Write claims, evidence, call-outs and pay, and count the months that are over."""
    giver = User.objects.filter(role=Role.OPERATIONS).earliest("pk")
    for plan in PLANS:
        _write_claim(plan, giver, until)
    CallOut.objects.bulk_create(_callouts(until))
    _write_notes(until)
    _write_pay(giver, until)
    for month in range(MONTHS, -1, -1):
        count_months(now=min(now, _noon(_first_of_month(until, back=month), -3)))
    check_claims(now=now)


def _write_claim(plan: ClaimPlan, giver: User, until: date) -> None:
    application = Application.objects.select_related("owner").get(slug=plan.application)
    team = application.owner
    if team is None:
        return
    leads = Membership.objects.filter(team=team).order_by("-role", "pk").select_related("user")
    taker = next((one.user for one in leads if one.role == TeamRole.LEAD), giver)
    begun = _noon(until, plan.stages[0][1])
    claim = Claim.objects.create(
        application=application,
        team=team,
        since=begun,
        begun_at=begun,
        begun_by=taker,
        check_due_at=begun,
    )
    step = None
    for stage, days in plan.stages:
        at = _noon(until, days)
        if stage is Stage.PREPARING:
            claim.rota = Rota.objects.get(slug=plan.rota)
        if step and stage in {Stage.TRIAL, Stage.OWNED, Stage.RETURNED}:
            Word.objects.create(step=step, side=ClaimSide.TAKER, by=taker, at=at)
            Word.objects.create(step=step, side=ClaimSide.GIVER, by=giver, at=at)
        note = plan.note if stage is Stage.HANDING_BACK else ""
        step = enter(claim, stage=stage, now=at, by=taker, side=ClaimSide.TAKER, note=note)
    if len(plan.stages) > 1:
        Evidence.objects.bulk_create(_evidence(claim, taker, until))


def _evidence(claim: Claim, taker: User, until: date) -> Iterator[Evidence]:
    """Yield what a team told; one that only gets ready has not come to everything yet."""
    kinds = [kind for kind in EvidenceKind if kind != EvidenceKind.SHADOW_DONE]
    for number, kind in enumerate(kinds if claim.stage is not Stage.PREPARING else kinds[:2]):
        day = until - timedelta(days=12 + 9 * number)
        yield Evidence(
            application=claim.application,
            kind=kind,
            done_on=day,
            told_by=taker,
            told_at=_noon(day, 0),
            note="With two of the team, as the runbook says.",
        )


def _callouts(until: date) -> Iterator[CallOut]:
    """Yield call-outs in shifts that are over, each about something that the rota answers for."""
    for rota in Rota.objects.order_by("pk"):
        things = list(
            Application.objects.filter(covers__rota=rota, covers__until=None).order_by("pk")
        )
        shifts = Shift.objects.filter(
            rota=rota, role=DutyRole.PRIMARY, frozen_at__isnull=False, ends_at__lt=_noon(until, 2)
        ).order_by("starts_at")
        for number, shift in enumerate(shifts[::CALLED_EVERY]):
            worked = WORKED[number % len(WORKED)]
            begins = shift.starts_at + (shift.ends_at - shift.starts_at) / 2
            begins = begins.replace(second=0, microsecond=0)
            if begins + worked > shift.ends_at:
                continue
            yield CallOut(
                rota=rota,
                person=shift.person,
                starts_at=begins,
                ends_at=begins + worked,
                application=things[number % len(things)] if things else None,
                note=CAUSES[number % len(CAUSES)],
                told_by=shift.person,
                told_at=begins + timedelta(hours=8),
            )


def _write_notes(until: date) -> None:
    """Leave a note for whoever comes next in every rota."""
    HandoverNote.objects.bulk_create(
        HandoverNote(
            rota=rota,
            text="Quiet week. The nightly batch takes longer since Tuesday: watch it until two.",
            author=rota.created_by,
            written_at=_noon(until, 1),
        )
        for rota in Rota.objects.order_by("pk")
    )


def _write_pay(giver: User, until: date) -> None:
    """Say by which rates nights are paid, and of which grade people are; not of everybody."""
    valid_from = _first_of_month(until, back=MONTHS + 1)
    now = _noon(valid_from, 0)
    shipped = SHIPPED["uk-cloud-platform"]
    define_scheme(
        team=None,
        name=shipped["title"],
        currency="GBP",
        valid_from=valid_from,
        rules=shipped["rules"],
        actor=giver,
        now=now,
        reason="As agreed with the works council.",
    )
    for grade, rate in GRADES:
        set_grade(name=grade, day_rate=rate, valid_from=valid_from, actor=giver, now=now)
    for number, person in enumerate(_people_on_call()):
        choose_grade(
            person=person,
            grade=GRADES[number % len(GRADES)][0],
            valid_from=valid_from,
            actor=giver,
            now=now,
        )


def _people_on_call() -> Sequence[User]:
    """Return who was on call, all but those of Settlement, whose grades nobody has set yet."""
    return list(
        User.objects.filter(shifts__frozen_at__isnull=False)
        .exclude(memberships__team__slug="settlement")
        .distinct()
        .order_by("pk")
    )


def _first_of_month(day: date, *, back: int) -> date:
    years, month = divmod(day.month - 1 - back, 12)
    return date(day.year + years, month + 1, 1)


def _noon(day: date, days_ago: int) -> datetime:
    return datetime.combine(day - timedelta(days=days_ago), time(12), tzinfo=UTC)
