"""Claims: a team takes on the nights of an application step by step, and may give them back.

The table of `oncall.plans.claims` says what is possible at which stage and who may do it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from oncall import policies
from oncall.models import Claim, ClaimSide, ClaimState, Rota, Word
from oncall.plans.claims import Act, Move, Part, Side, Stage, asks_readiness, move
from oncall.plans.readiness import Item, missing
from oncall.selectors.claims import rotas_for, words_now
from oncall.services.claim_steps import (
    ClaimError,
    central_people,
    current_step,
    enter,
    locked_claim,
    people_of,
    tell,
    void_words,
)
from oncall.services.readiness import recheck
from oncall.services.shifts import locked
from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application


class NotReadyError(ClaimError):
    """The team is not ready for the step; `items` are what is missing."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        titles = "; ".join(item.title.lower() for item in items)
        super().__init__(f"Not ready yet: {titles}. Mend it, or ask for an exception.")


@transaction.atomic
def show_interest(
    *, application: Application, actor: User, now: datetime, note: str = ""
) -> Claim:
    """Say that the owner team thinks about taking on the nights.

    Raises:
        NotAllowedError: when the actor is neither of the owner team nor leads above it.
        ClaimError: when nobody owns it, it is retired, or it is claimed already.
    """
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("owner")
        .get(pk=application.pk)
    )
    rule = _possible(None, Act.SHOW_INTEREST, actor, application)
    _require(actor, Act.SHOW_INTEREST, rule, application)
    if application.is_retired or application.owner is None:
        raise ClaimError("Only what a team owns and runs has nights to take on.")
    try:
        with transaction.atomic():
            claim = Claim.objects.create(
                application=application,
                team=application.owner,
                since=now,
                begun_at=now,
                begun_by=actor,
                check_due_at=now,
            )
    except IntegrityError as error:
        raise ClaimError("Its nights are claimed already. Here is how that stands.") from error
    enter(claim, stage=Stage.INTERESTED, now=now, by=actor, side=ClaimSide.TAKER, note=note)
    recheck(claim, now=now)
    _record(AuditEvent.CLAIM_BEGUN, claim, actor, now, note=note)
    _moved(claim, f"{claim.team} thinks about the nights of {application}", now)
    return claim


@transaction.atomic
def choose_rota(*, claim: Claim, rota: Rota, actor: User, now: datetime) -> Claim:
    """Say with which rota the team answers; of one that answers already, the cover changes over.

    Words that were given for the other rota do not count any more.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        ClaimError: when the rota is not one of the team, or is retired, or the claim is over.
    """
    # Both rotas before the claim, in the order of their ids, as everybody locks them.
    held = {pk: locked(Rota(pk=pk)) for pk in sorted({rota.pk, claim.rota_id or rota.pk})}
    claim = locked_claim(claim)
    rule = _rule(claim, Act.CHOOSE_ROTA, actor)
    _require_owner(claim)
    rota = held[rota.pk]
    if not rotas_for(claim.team).filter(pk=rota.pk).exists():
        raise ClaimError(
            f"Choose a rota of {claim.team} or of a team above it, not a retired one."
        )
    claim.rota = rota
    if rule.to:
        enter(claim, stage=rule.to, now=now, by=actor, side=ClaimSide.TAKER)
    else:
        void_words(claim, now=now)
        enter(
            claim,
            stage=claim.stage,
            now=now,
            by=actor,
            side=ClaimSide.TAKER,
            note=f"Rota: {rota.name}",
            planned_until=claim.planned_until,
        )
    recheck(claim, now=now)
    _record(AuditEvent.CLAIM_ROTA_CHOSEN, claim, actor, now, rota=rota.label)
    return claim


@transaction.atomic
def start_shadowing(*, claim: Claim, actor: User, now: datetime) -> Claim:
    """Let the people of the team watch beside the central support, which still answers.

    Raises:
        NotAllowedError: when the actor does not lead the team.
        ClaimError: when the claim is not in preparation.
    """
    claim = locked_claim(claim)
    _rule(claim, Act.SHADOW, actor)
    _require_owner(claim)
    enter(claim, stage=Stage.SHADOWING, now=now, by=actor, side=ClaimSide.TAKER)
    recheck(claim, now=now)
    _record(AuditEvent.CLAIM_SHADOWING, claim, actor, now, until=_day(claim.planned_until))
    _moved(claim, f"{claim.team} shadows the nights of {claim.application}", now)
    return claim


@transaction.atomic
def give_word(*, claim: Claim, side: Side, actor: User, now: datetime, note: str = "") -> Claim:
    """Give the word of a side that the claim goes on; with both words it does.

    Raises:
        NotAllowedError: when the actor does not speak for the side.
        NotReadyError: when the step asks for readiness, and something is missing.
        ClaimError: when no word is asked for, the period still runs, the side has given its word,
            or the actor gave that of the other side.
    """
    claim = locked_claim(claim)
    rule = _rule(claim, Act.GIVE_WORD, actor, side)
    assert rule.to is not None  # noqa: S101 - the table names where a word leads to
    before = claim.status
    if asks_readiness(claim.stage):
        _require_owner(claim)
        _require_over(claim, now)
        lacks = missing(recheck(claim, now=now), rule.to)
        if lacks:
            raise NotReadyError(lacks)
    given = words_now(claim)
    _require_free(given, side, actor)
    Word.objects.create(
        step=current_step(claim), side=ClaimSide(side), by=actor, at=now, note=note.strip()
    )
    is_agreed = any(one.side == side.other for one in given)
    if is_agreed:
        enter(claim, stage=rule.to, now=now, by=actor, side=ClaimSide(side), note=note)
    _record(
        AuditEvent.CLAIM_WORD_GIVEN,
        claim,
        actor,
        now,
        side=ClaimSide(side).label.lower(),
        before=before.label.lower(),
        after=ClaimState(rule.to).label.lower(),
        outcome="both sides agree" if is_agreed else "the other side is asked",
        note=note,
    )
    if is_agreed:
        _moved(claim, f"{claim.application}: {claim.status.label.lower()}", now, everybody=True)
    else:
        _ask(claim, side.other, ClaimState(rule.to), now)
    return claim


@transaction.atomic
def withdraw_claim(*, claim: Claim, actor: User, now: datetime, reason: str = "") -> Claim:
    """End a claim before the team answers for anything.

    Raises:
        NotAllowedError: when the actor does not lead the team, or is not of it while it only thinks.
        ClaimError: when the team answers already, or the claim is over.
    """
    claim = locked_claim(claim)
    _rule(claim, Act.WITHDRAW, actor)
    enter(claim, stage=Stage.RETURNED, now=now, by=actor, side=ClaimSide.TAKER, note=reason)
    _record(AuditEvent.CLAIM_WITHDRAWN, claim, actor, now, reason=reason)
    _moved(claim, f"{claim.team} withdrew its claim of {claim.application}", now, everybody=True)
    return claim


@transaction.atomic
def ask_back(*, claim: Claim, side: Side, reason: str, actor: User, now: datetime) -> Claim:
    """Ask that the nights go back to the central support; the team answers until both agree.

    Raises:
        NotAllowedError: when the actor does not speak for the side.
        ClaimError: when the team does not answer yet, or no reason is given.
    """
    claim = locked_claim(claim)
    _rule(claim, Act.ASK_BACK, actor, side)
    if not reason.strip():
        raise ClaimError("Say why, so that the other side can answer.")
    step = enter(
        claim, stage=Stage.HANDING_BACK, now=now, by=actor, side=ClaimSide(side), note=reason
    )
    Word.objects.create(step=step, side=ClaimSide(side), by=actor, at=now, note=reason.strip())
    _record(
        AuditEvent.CLAIM_BACK_ASKED,
        claim,
        actor,
        now,
        side=ClaimSide(side).label.lower(),
        until=_day(claim.planned_until),
        reason=reason,
    )
    _ask(claim, side.other, ClaimState.RETURNED, now)
    return claim


@transaction.atomic
def stay(*, claim: Claim, actor: User, now: datetime) -> Claim:
    """Take back that the nights go back; the claim stands where it stood before.

    Raises:
        NotAllowedError: when the actor does not speak for the side that asked.
        ClaimError: when the claim does not go back.
    """
    claim = locked_claim(claim)
    rule = _possible(claim.stage, Act.STAY, actor, claim.application)
    asked = current_step(claim)
    _require(actor, Act.STAY, rule, claim.application, Side(asked.side))
    before = claim.steps.exclude(state=ClaimState.HANDING_BACK).order_by("-since", "-pk")[0]
    void_words(claim, now=now)
    enter(
        claim,
        stage=before.status.stage,
        now=now,
        by=actor,
        side=ClaimSide(asked.side),
        planned_until=before.planned_until,
    )
    _record(AuditEvent.CLAIM_KEPT, claim, actor, now, after=claim.status.label.lower())
    _moved(claim, f"{claim.application} is not handed back", now, everybody=True)
    return claim


def _possible(stage: Stage | None, act: Act, actor: User, application: Application) -> Move:
    """Return what an act does; whoever has no part in the claim is told so before all else."""
    if not policies.parts_of(actor, application):
        raise NotAllowedError(policies.why_not(actor, act, frozenset(Part), application))
    rule = move(stage, act)
    if rule is None:
        where = ClaimState(stage).label.lower() if stage else "with central support"
        raise ClaimError(f"That cannot be done now: the claim is {where}.")
    return rule


def _rule(claim: Claim, act: Act, actor: User, side: Side | None = None) -> Move:
    rule = _possible(claim.stage, act, actor, claim.application)
    _require(actor, act, rule, claim.application, side)
    return rule


def _require(
    actor: User, act: Act, rule: Move, application: Application, side: Side | None = None
) -> None:
    """Do nothing when the person has a part in which they may, or that of the side."""
    wanted = rule.by if side is None else rule.by & {Part(side)}
    if not wanted & policies.parts_of(actor, application):
        raise NotAllowedError(policies.why_not(actor, act, wanted, application))


def _require_owner(claim: Claim) -> None:
    if claim.application.is_retired or claim.application.owner_id != claim.team_id:
        raise ClaimError(
            f"{claim.team} does not own {claim.application} any more, so the claim is about to end."
        )


def _require_over(claim: Claim, now: datetime) -> None:
    if claim.planned_until and now < claim.planned_until:
        raise ClaimError(
            f"The {claim.status.label.lower()} runs until {_day(claim.planned_until)}. Give your"
            " word then."
        )


def _require_free(given: Sequence[Word], side: Side, actor: User) -> None:
    if any(one.side == side for one in given):
        raise ClaimError("Your side has given its word. The other side is asked.")
    if any(one.by_id == actor.pk for one in given):
        raise ClaimError("You gave the word of the other side. It takes two people.")


def _day(at: datetime | None) -> str:
    return f"{at.day} {at:%B %Y}" if at else "no day"


def _record(event: AuditEvent, claim: Claim, actor: User, now: datetime, **values: str) -> None:
    texts = {
        name: values.pop(name).strip()
        for name in ("note", "reason")
        if values.get(name, "").strip()
    }
    values = {name: value for name, value in values.items() if name not in {"note", "reason"}}
    audit.record(
        event,
        actor=actor.label,
        subject=claim.application.label,
        now=now,
        data={"team": claim.team.label, **values},
        texts=texts,
    )


def _ask(claim: Claim, side: Side, after: ClaimState, now: datetime) -> None:
    """Ask the people of a side for their word."""
    people = central_people() if side == Side.GIVER else people_of(claim)
    tell(
        people,
        kind="claim.asked",
        title=f"Your word is asked: {claim.application} to {after.label.lower()}",
        text=f"The other side has given its word that the claim of {claim.team} goes on.",
        claim=claim,
        key=f"asked:{current_step(claim).pk}",
        now=now,
    )


def _moved(claim: Claim, title: str, now: datetime, *, everybody: bool = False) -> None:
    """Tell the team, and with everybody the central support too, that a claim moved."""
    people = {one.pk: one for one in (*people_of(claim), *(central_people() if everybody else ()))}
    tell(
        people.values(),
        kind="claim.moved",
        title=title,
        text=claim.status.meaning,
        claim=claim,
        key=f"moved:{current_step(claim).pk}",
        now=now,
    )
