"""What every move of a claim does: its step, the cover that follows from it, and who is told."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from oncall.models import Claim, ClaimSide, ClaimState, ClaimStep, Cover, Rota, Word
from oncall.plans.claims import COVERED, ENDED, Stage
from oncall.selectors.rotas import central_rota
from portal.accounts.models import Role, User
from portal.catalogue.selectors import nearest_leads
from portal.notifications.services import notify


class ClaimError(ValueError):
    """It cannot be as things stand; the message says why."""


def locked_claim(claim: Claim) -> Claim:
    """Return a claim, locked until the transaction ends, with what its moves ask about.

    Its rota is locked before it, as by whoever changes a rota and has claims looked at again.

    Raises:
        ClaimError: when the claim has another rota than when it was read.
    """
    if claim.rota_id:
        Rota.objects.select_for_update().get(pk=claim.rota_id)
    found = (
        Claim.objects.select_for_update(of=("self",))
        .select_related("application__owner", "team", "rota")
        .get(pk=claim.pk)
    )
    if found.rota_id != claim.rota_id:
        raise ClaimError("Somebody chose another rota meanwhile. Look at it and try again.")
    return found


def planned_end(stage: Stage, begins: datetime) -> datetime | None:
    """Return how long a stage is meant to last, by the settings; None where that is open."""
    days = {
        Stage.SHADOWING: settings.OWNERSHIP_SHADOW_DAYS,
        Stage.TRIAL: settings.OWNERSHIP_TRIAL_DAYS,
        Stage.HANDING_BACK: settings.OWNERSHIP_NOTICE_DAYS,
    }.get(stage)
    return None if days is None else begins + timedelta(days=days)


def current_step(claim: Claim) -> ClaimStep:
    """Return the step at which a claim stands."""
    return claim.steps.order_by("-since", "-pk")[0]


def enter(
    claim: Claim,
    *,
    stage: Stage,
    now: datetime,
    by: User | None,
    side: ClaimSide | None = None,
    note: str = "",
    planned_until: datetime | None = None,
) -> ClaimStep:
    """Let a locked claim come to a stage: record the step, and begin or end the cover.

    Cover begins with the trial and ends when the claim does, so that there is always exactly one
    answer to who is called.
    """
    claim.state, claim.since = ClaimState(stage), now
    claim.planned_until = planned_until or planned_end(stage, now)
    if stage in ENDED:
        claim.ended_at = now
    claim.save()
    _cover(claim, stage, now)
    return ClaimStep.objects.create(
        claim=claim,
        state=claim.state,
        since=now,
        by=by,
        side=side or "",
        note=note.strip(),
        planned_until=claim.planned_until,
    )


def _cover(claim: Claim, stage: Stage, now: datetime) -> None:
    """Make the open cover of the application the one that follows from the stage."""
    found = Cover.objects.filter(application=claim.application, until=None)
    if stage not in COVERED:
        _end_cover(found, now)
    elif claim.rota and not found.filter(rota=claim.rota).exists():
        _end_cover(found, now)
        Cover.objects.create(application=claim.application, rota=claim.rota, since=now)


def _end_cover(covers: Iterable[Cover], now: datetime) -> None:
    """End covers; what had not begun to count is as if it had never been."""
    for cover in covers:
        if cover.since >= now:
            cover.delete()
            continue
        cover.until = now
        cover.save(update_fields=["until"])


def void_words(claim: Claim, *, now: datetime) -> int:
    """Take back the words of the step at which a claim stands; return how many there were."""
    return Word.objects.filter(step=current_step(claim), withdrawn_at=None).update(
        withdrawn_at=now
    )


def people_of(claim: Claim) -> list[User]:
    """Return whom a claim concerns in its team: all its people, or whoever leads above it."""
    return list(claim.team.people.filter(is_active=True)) or nearest_leads(claim.team)


def central_people() -> list[User]:
    """Return who speaks for the central support: leads of its team, or else operations."""
    rota = central_rota()
    leads = nearest_leads(rota.team) if rota else []
    return leads or list(User.objects.filter(role=Role.OPERATIONS, is_active=True))


def tell(
    people: Iterable[User],
    *,
    kind: str,
    title: str,
    text: str,
    claim: Claim,
    key: str,
    now: datetime,
) -> None:
    """Put a notice about a claim in people's inboxes; each is told once by its key."""
    notify(
        people=people,
        kind=f"oncall.{kind}",
        title=title,
        text=text,
        url=claim.get_absolute_url(),
        now=now,
        key=f"claim:{claim.pk}:{key}",
    )
