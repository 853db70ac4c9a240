"""Initiatives: written, begun, measured each day, and ended by themselves or by a person."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.policies import can_write
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Team
from portal.core.changes import describe_changes
from portal.core.clock import local_date
from portal.scorecards import policies
from portal.scorecards.models import Initiative, InitiativeState, Progress, Scorecard
from portal.scorecards.models.initiatives import RUNNING
from portal.scorecards.selectors.initiatives import progress_of

PORTAL = "system:scorecards"


class InitiativeError(ValueError):
    """It cannot be as asked for; the message says why."""


class Plan(TypedDict, total=False):
    """What an initiative is about; either a level or rules."""

    title: str
    why: str
    scorecard: Scorecard
    level: int | None
    rules: Sequence[str]
    tiers: Sequence[int]
    team: Team | None
    owner: User
    starts_on: date
    due_on: date


@transaction.atomic
def create_initiative(*, actor: User, now: datetime, **plan: Unpack[Plan]) -> Initiative:
    """Write an initiative down as a draft.

    Raises:
        NotAllowedError: when the actor neither runs the portal nor leads the team it is for.
        InitiativeError: when goal, dates or owner do not fit.
    """
    policies.require(actor, policies.CREATE_INITIATIVE, plan.get("team"))
    initiative = Initiative(state=InitiativeState.DRAFT, state_since=now, **plan)
    _check(initiative)
    initiative.save()
    audit.record(
        AuditEvent.INITIATIVE_CREATED,
        actor=actor.label,
        subject=initiative.label,
        now=now,
        data={"title": initiative.title, "goal": initiative.goal, "due": _day(initiative.due_on)},
    )
    return initiative


@transaction.atomic
def change_initiative(
    *, initiative: Initiative, actor: User, now: datetime, **plan: Unpack[Plan]
) -> Initiative:
    """Change what is given of an initiative that is not over; nothing happens if nothing differs.

    Raises:
        NotAllowedError: when the actor neither owns it nor runs the portal, or lets it grow to
            teams for which they may begin none.
        InitiativeError: when it is over, or goal, dates or owner do not fit.
    """
    initiative = _open(initiative, actor)
    before, team = _facts(initiative), initiative.team
    for name, value in plan.items():
        setattr(initiative, name, value)
    if not _is_below(initiative.team, team):
        policies.require(actor, policies.CREATE_INITIATIVE, initiative.team)
    _check(initiative)
    initiative.save()
    if words := describe_changes(before, _facts(initiative)):
        audit.record(
            AuditEvent.INITIATIVE_CHANGED,
            actor=actor.label,
            subject=initiative.label,
            now=now,
            data={"title": initiative.title, "changes": words},
        )
    return initiative


@transaction.atomic
def announce_initiative(*, initiative: Initiative, actor: User, now: datetime) -> Initiative:
    """Let a draft count: from its first day on, or at once when that has come.

    Raises:
        NotAllowedError: when the actor neither owns it nor runs the portal.
        InitiativeError: when it is no draft.
    """
    initiative = _open(initiative, actor)
    if initiative.state != InitiativeState.DRAFT:
        raise InitiativeError(f"It is no draft any more: {initiative.status.label.lower()}.")
    has_begun = initiative.starts_on <= _today(now)
    state = InitiativeState.IN_PROGRESS if has_begun else InitiativeState.SCHEDULED
    _move(initiative, state, actor.label, now)
    if has_begun:
        _measure(initiative, now)
    return initiative


@transaction.atomic
def cancel_initiative(*, initiative: Initiative, actor: User, now: datetime) -> Initiative:
    """Call an initiative off; what was reached stays.

    Raises:
        NotAllowedError: when the actor neither owns it nor runs the portal.
        InitiativeError: when it is over.
    """
    initiative = _open(initiative, actor)
    _move(initiative, InitiativeState.CANCELLED, actor.label, now)
    return initiative


def advance_initiatives(*, now: datetime) -> None:
    """Begin what is due, measure what runs, and end what is done or late."""
    waiting = Initiative.objects.filter(state__in=[InitiativeState.SCHEDULED, *RUNNING])
    for pk in list(waiting.values_list("pk", flat=True)):
        _advance(pk, now)


@transaction.atomic
def _advance(pk: int, now: datetime) -> None:
    initiative = (
        Initiative.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("scorecard__current", "team")
        .filter(pk=pk, state__in=[InitiativeState.SCHEDULED, *RUNNING])
        .first()
    )
    if initiative is None:
        return
    today = _today(now)
    if initiative.state == InitiativeState.SCHEDULED:
        if initiative.starts_on <= today:
            _move(initiative, InitiativeState.IN_PROGRESS, PORTAL, now)
            _measure(initiative, now)
        return
    is_done = _measure(initiative, now)
    if is_done:
        _move(initiative, InitiativeState.DONE, PORTAL, now)
    elif initiative.state == InitiativeState.IN_PROGRESS and initiative.due_on < today:
        _move(initiative, InitiativeState.LATE, PORTAL, now)


def _measure(initiative: Initiative, now: datetime) -> bool:
    """Keep how far it is today, where that differs from before; return whether all is done."""
    progress = progress_of(initiative)
    latest = initiative.progress_set.order_by("-on").first()
    if latest is None or (latest.done, latest.total) != (progress.done, progress.total):
        Progress.objects.update_or_create(
            initiative=initiative,
            on=_today(now),
            defaults={"done": progress.done, "total": progress.total},
        )
    return 0 < progress.total == progress.done


def _move(initiative: Initiative, state: InitiativeState, actor: str, now: datetime) -> None:
    before = initiative.status
    initiative.state, initiative.state_since = state, now
    initiative.save(update_fields=["state", "state_since"])
    audit.record(
        AuditEvent.INITIATIVE_MOVED,
        actor=actor,
        subject=initiative.label,
        now=now,
        data={
            "title": initiative.title,
            "before": str(before.label).lower(),
            "after": str(state.label).lower(),
        },
    )


def _open(initiative: Initiative, actor: User) -> Initiative:
    initiative = (
        Initiative.objects.select_for_update(of=("self",))
        .select_related("scorecard__current", "team", "owner")
        .get(pk=initiative.pk)
    )
    policies.require(actor, policies.CHANGE_INITIATIVE, initiative)
    if initiative.is_over:
        raise InitiativeError(f"It is over: {initiative.status.label.lower()}.")
    return initiative


def _check(initiative: Initiative) -> None:
    definition = initiative.scorecard.definition
    if (initiative.level is None) != bool(initiative.rules):
        raise InitiativeError("Choose a level, or some rules.")
    if initiative.level is not None and not 1 <= initiative.level <= len(definition.levels):
        raise InitiativeError(f"{definition.title} has no such level.")
    if unknown := sorted(set(initiative.rules) - definition.by_key.keys()):
        raise InitiativeError(f"{definition.title} has no rule {', '.join(unknown)}.")
    if initiative.due_on <= initiative.starts_on:
        raise InitiativeError("It is due after it starts.")
    if not can_write(initiative.owner):
        raise InitiativeError(f"{initiative.owner} reads everything and cannot own an initiative.")


def _is_below(team: Team | None, above: Team | None) -> bool:
    """Return whether a team is another or below it; without a team it is the whole company."""
    return above is None or (team is not None and above.pk in team.lineage)


def _facts(initiative: Initiative) -> dict[str, Any]:
    return {
        "title": initiative.title,
        "why": initiative.why,
        "goal": initiative.goal,
        "tiers": [str(tier) for tier in initiative.tiers],
        "team": initiative.team.label if initiative.team else None,
        "owner": initiative.owner.label,
        "starts on": _day(initiative.starts_on),
        "due on": _day(initiative.due_on),
    }


def _day(on: date) -> str:
    return on.isoformat()


def _today(now: datetime) -> date:
    return local_date(now, settings.COMPANY_ZONE)
