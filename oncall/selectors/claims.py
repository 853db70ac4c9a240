"""Reads of claims: where the nights of an application stand, and what is to be done about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from oncall.models import (
    Claim,
    ClaimState,
    ClaimStep,
    Evidence,
    ReadinessCheck,
    ReadinessException,
    Rota,
    Word,
)
from oncall.plans.claims import WAY
from oncall.plans.readiness import ITEMS, Item
from oncall.selectors.rotas import current_rotas
from portal.accounts.policies import Viewer
from portal.accounts.types import Pipeline
from portal.catalogue.models import Application, Team

# How many claims are checked in one go, and how much of a long past is shown.
BATCH = 200
EVIDENCE_SHOWN = 20
STEPS_SHOWN = 40


def claims_visible_to(user: Viewer) -> QuerySet[Claim]:
    """Return all claims with what their pages show, or none for somebody not active.

    Who has which nights is no secret in the company, and neither is who thinks about them. A
    pipeline sees the claim of its application.
    """
    found = Claim.objects.select_related("application__owner", "team", "rota", "begun_by")
    if isinstance(user, Pipeline):
        return found.filter(application=user.application_id)
    return found if user.is_active else found.none()


def live_claim_of(application: Application) -> Claim | None:
    """Return the claim of an application that goes on, if there is one."""
    found = Claim.objects.filter(application=application, ended_at=None)
    return found.select_related("application__owner", "team", "rota").first()


def states_of(applications: Iterable[int]) -> dict[int, ClaimState]:
    """Return the state of the live claim of each application; without one, no entry."""
    found = Claim.objects.filter(application__in=list(applications), ended_at=None)
    return {pk: ClaimState(state) for pk, state in found.values_list("application", "state")}


def in_trial(application: Application) -> bool:
    """Return whether central support still steps in beside the team's own rota."""
    return Claim.objects.filter(
        application=application, ended_at=None, state=ClaimState.TRIAL
    ).exists()


def due_claims(*, now: datetime) -> list[int]:
    """Return the ids of claims that are to be checked, the longest waiting first."""
    found = Claim.objects.filter(ended_at=None, check_due_at__lte=now)
    return list(found.order_by("check_due_at", "pk").values_list("pk", flat=True)[:BATCH])


def rotas_for(team: Team) -> QuerySet[Rota]:
    """Return the rotas that a team may take the nights on with: its own, or of those above it."""
    return (
        current_rotas()
        .filter(is_central=False, team__in=team.lineage)
        .select_related("team")
        .order_by("name", "pk")
    )


def steps_of(application: Application) -> list[ClaimStep]:
    """Return the steps of all claims of an application with their words, the latest first."""
    words = Word.objects.select_related("by")
    return list(
        ClaimStep.objects.filter(claim__application=application)
        .select_related("by", "claim__team")
        .prefetch_related(Prefetch("words", queryset=words))
        .order_by("-since", "-pk")[:STEPS_SHOWN]
    )


def counting(steps: Sequence[ClaimStep]) -> list[Word]:
    """Return the words that count of the latest of some steps."""
    return [one for one in steps[0].words.all() if one.withdrawn_at is None] if steps else []


def words_now(claim: Claim) -> list[Word]:
    """Return the words that were given at the step where a claim stands."""
    step = claim.steps.order_by("-since", "-pk").first()
    found = Word.objects.filter(step=step, withdrawn_at=None).select_related("by")
    return list(found.order_by("at", "pk")) if step else []


def evidence_of(application: Application) -> list[Evidence]:
    """Return what was told of an application, the latest first."""
    found = Evidence.objects.filter(application=application)
    return list(found.select_related("told_by", "person")[:EVIDENCE_SHOWN])


@dataclass(frozen=True, slots=True)
class Mark:
    """A state on the way in, and whether the claim is before, at or past it."""

    label: str
    meaning: str
    state: str


def track_of(claim: Claim | None, steps: Sequence[ClaimStep]) -> list[Mark]:
    """Return the way from central support to owned, with the place of a claim on it.

    A claim that goes back is where it was when somebody asked for that.
    """
    place = -1
    if claim and claim.is_live:
        stage = claim.stage
        if stage not in WAY:
            stage = next((one.status.stage for one in steps if one.status.stage in WAY), WAY[-1])
        place = WAY.index(stage)
    marks = [Mark("Central support", "Central support answers.", "past" if place >= 0 else "now")]
    for number, stage in enumerate(WAY):
        one = ClaimState(stage)
        state = "past" if number < place else "now" if number == place else "ahead"
        marks.append(Mark(str(one.label), one.meaning, state))
    return marks


@dataclass(frozen=True, slots=True)
class ReadinessLine:
    """An item with how it stood when it was checked last, and the exception from it, if any."""

    item: Item
    check: ReadinessCheck | None
    exception: ReadinessException | None
    url: str


def readiness_of(claim: Claim, *, now: datetime) -> list[ReadinessLine]:
    """Return every item of readiness of a claim, in the order in which they are told."""
    checks = {one.item: one for one in claim.checks.all()}
    live = claim.exceptions.filter(ended_at=None, expires_at__gt=now)
    exceptions = {one.item: one for one in live.select_related("asked_by", "approved_by")}
    return [
        ReadinessLine(
            item,
            checks.get(item.key),
            exceptions.get(item.key),
            mend_url(claim, item),
        )
        for item in ITEMS
    ]


def mend_url(claim: Claim, item: Item) -> str:
    """Return where an item is mended; without a rota, where one is chosen."""
    if claim.rota is None and "{rota}" in item.mend:
        return f"{claim.get_absolute_url()}rota/"
    return item.mend.format(
        application=claim.application.slug,
        team=claim.team.slug,
        rota=claim.rota.slug if claim.rota else "",
        kind=item.kind,
    )


def exceptions_visible_to(user: Viewer) -> QuerySet[ReadinessException]:
    """Return all exceptions from readiness, or none for somebody not active."""
    found = ReadinessException.objects.select_related(
        "claim__application__owner", "claim__team", "asked_by", "approved_by"
    )
    return found if user.is_active else found.none()


def approved_items(claims: Iterable[int], *, now: datetime) -> dict[int, set[str]]:
    """Return the items that claims need not meet now, by the ids of the claims."""
    rows = ReadinessException.objects.filter(
        claim__in=list(claims),
        ended_at=None,
        approved_at__isnull=False,
        expires_at__gt=now,
    )
    found: dict[int, set[str]] = {}
    for claim, item in rows.values_list("claim", "item"):
        found.setdefault(claim, set()).add(item)
    return found
