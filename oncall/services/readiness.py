"""Readiness: what people tell, exceptions that end by themselves, and the nightly check.

A claim that loses its readiness keeps its nights: the team is told at once, and who leads above it
and the central support a week later.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction

from oncall import policies
from oncall.models import (
    Claim,
    ClaimState,
    Evidence,
    EvidenceKind,
    ItemState,
    ReadinessCheck,
    ReadinessException,
)
from oncall.plans.claims import Stage
from oncall.plans.readiness import BY_KEY, ITEMS, Verdict, judge, met
from oncall.selectors.claims import approved_items, due_claims, live_claim_of, mend_url
from oncall.selectors.readiness import facts_of
from oncall.services.claim_steps import ClaimError, central_people, enter, people_of, tell
from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application
from portal.catalogue.selectors import nearest_leads

PORTAL = "system:oncall"
# So long the team has for itself before others are told.
TEAM_FIRST = timedelta(days=7)
LONGEST_EVIDENCE = 300
# Only a team that answers has a readiness to lose.
HOLDING = (ClaimState.TRIAL, ClaimState.OWNED)


class EvidenceError(ValueError):
    """It cannot be told like this; the message says why."""


@transaction.atomic
def tell_evidence(
    *,
    application: Application,
    kind: EvidenceKind,
    done_on: date,
    actor: User,
    now: datetime,
    person: User | None = None,
    url: str = "",
    note: str = "",
) -> Evidence:
    """Tell that something was done which the portal cannot see.

    Raises:
        NotAllowedError: when the actor neither works on the application nor runs the portal.
        EvidenceError: when the day is ahead, or a person is named for what is of none, or missing.
    """
    policies.require(actor, policies.TELL_EVIDENCE, application)
    if done_on > now.astimezone(UTC).date() + timedelta(days=1):
        raise EvidenceError("That day is still to come.")
    if (kind == EvidenceKind.SHADOW_DONE) != (person is not None):
        raise EvidenceError("Name the person for a shadow shift, and for nothing else.")
    _require_link(url)
    evidence = Evidence.objects.create(
        application=application,
        kind=kind,
        done_on=done_on,
        person=person,
        url=url,
        note=note.strip(),
        told_by=actor,
        told_at=now,
    )
    _look_again(application, now)
    audit.record(
        AuditEvent.EVIDENCE_TOLD,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={
            "what": kind.label.lower(),
            "day": done_on.isoformat(),
            "person": person.label if person else "nobody in particular",
        },
        texts={"note": evidence.note} if evidence.note else {},
    )
    return evidence


@transaction.atomic
def ask_exception(
    *, claim: Claim, item: str, reason: str, days: int, actor: User, now: datetime
) -> ReadinessException:
    """Ask that a claim need not meet an item for some days.

    Raises:
        NotAllowedError: when the actor neither works on the application nor runs the portal.
        ClaimError: when there is no such item, one is live, it is met, or it is too long.
    """
    policies.require(actor, policies.TELL_EVIDENCE, claim.application)
    claim = _locked(claim)
    longest = settings.OWNERSHIP_EXCEPTION_MAX_DAYS
    if item not in BY_KEY:
        raise ClaimError("There is no such item of readiness.")
    if not 1 <= days <= longest:
        raise ClaimError(f"An exception lasts from 1 to {longest} days.")
    if not reason.strip():
        raise ClaimError("Say why, so that somebody else can decide.")
    if recheck(claim, now=now)[item] == ItemState.PASS:
        raise ClaimError("It is met, so there is nothing to be exempt from.")
    claim.exceptions.filter(item=item, ended_at=None, expires_at__lte=now).update(ended_at=now)
    try:
        with transaction.atomic():
            exception = ReadinessException.objects.create(
                claim=claim,
                item=item,
                reason=reason.strip(),
                asked_by=actor,
                asked_at=now,
                expires_at=now + timedelta(days=days),
            )
    except IntegrityError as error:
        raise ClaimError("Somebody has asked already. Here it is.") from error
    _tell_exception(AuditEvent.READINESS_EXCEPTION_ASKED, exception, actor, now, exception.reason)
    tell(
        central_people(),
        kind="claim.asked",
        title=f"An exception is asked: {BY_KEY[item].title.lower()} of {claim.application}",
        text=exception.reason,
        claim=claim,
        key=f"exception:{exception.pk}",
        now=now,
    )
    return exception


@transaction.atomic
def approve_exception(
    *, exception: ReadinessException, actor: User, now: datetime
) -> ReadinessException:
    """Let an exception count until it expires.

    Raises:
        NotAllowedError: when the actor asked for it, or does not speak for the central support.
        ClaimError: when it does not wait any more.
    """
    policies.require(actor, policies.APPROVE_EXCEPTION, exception)
    claim = _locked(exception.claim)
    exception = _live(exception, now)
    if exception.approved_at:
        raise ClaimError("It is approved already.")
    exception.approved_by, exception.approved_at = actor, now
    exception.save(update_fields=["approved_by", "approved_at"])
    recheck(claim, now=now)
    _tell_exception(AuditEvent.READINESS_EXCEPTION_APPROVED, exception, actor, now, "")
    return exception


@transaction.atomic
def end_exception(
    *, exception: ReadinessException, actor: User, now: datetime
) -> ReadinessException:
    """Refuse an exception, take it back, or end it before its time.

    Raises:
        NotAllowedError: when the actor neither asked for it, leads the team nor speaks for the
            central support.
        ClaimError: when it is over.
    """
    policies.require(actor, policies.END_EXCEPTION, exception)
    claim = _locked(exception.claim)
    exception = _live(exception, now)
    exception.ended_by, exception.ended_at = actor, now
    exception.save(update_fields=["ended_by", "ended_at"])
    recheck(claim, now=now)
    _tell_exception(AuditEvent.READINESS_EXCEPTION_ENDED, exception, actor, now, "")
    return exception


def check_claims(*, now: datetime) -> int:
    """Check the claims that are due, each in a transaction of its own; return how many."""
    return sum(_check_one(pk, now) for pk in due_claims(now=now))


def check_application(*, application: Application, now: datetime) -> bool:
    """Check the live claim of an application at once; return whether there is one."""
    claim = live_claim_of(application)
    return claim is not None and _check_one(claim.pk, now)


@transaction.atomic
def _check_one(pk: int, now: datetime) -> bool:
    """Check one, unless another worker is at it: who owns the application, and how it is ready."""
    claim = (
        Claim.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("application__owner", "team", "rota")
        .filter(pk=pk, ended_at=None)
        .first()
    )
    if claim is None:
        return False
    if claim.application.is_retired:
        _end(claim, Stage.EXPIRED, "it was retired", now)
    elif claim.application.owner_id != claim.team_id:
        owner = claim.application.owner
        _end(claim, Stage.ORPHANED, f"{owner.name if owner else 'nobody'} owns it now", now)
    else:
        recheck(claim, now=now)
        _follow_up(claim, now)
        _remind(claim, now)
    return True


def recheck(claim: Claim, *, now: datetime) -> dict[str, str]:
    """Judge a locked claim anew and keep the verdicts; return the state of every item."""
    facts = facts_of([claim], now=now)[claim.pk]
    exempt = approved_items([claim.pk], now=now).get(claim.pk, ())
    verdicts = judge(facts, exempt)
    _store(claim, verdicts, now)
    states = {key: str(verdict.state) for key, verdict in verdicts.items()}
    claim.met, claim.items = met(states), len(ITEMS)
    claim.checked_at, claim.check_due_at = now, _next_night(claim, now)
    claim.save(update_fields=["met", "items", "checked_at", "check_due_at"])
    return states


def _store(claim: Claim, verdicts: Mapping[str, Verdict], now: datetime) -> None:
    known = {one.item: one for one in claim.checks.all()}
    rows = []
    for item in ITEMS:
        verdict, before = verdicts[item.key], known.get(item.key)
        is_same = before is not None and before.state == verdict.state
        rows.append(
            ReadinessCheck(
                claim=claim,
                item=item.key,
                state=verdict.state,
                evidence=verdict.evidence[:LONGEST_EVIDENCE],
                url=mend_url(claim, item)[:LONGEST_EVIDENCE],
                checked_at=now,
                since=before.since if before and is_same else now,
            )
        )
    ReadinessCheck.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["claim", "item"],
        update_fields=["state", "evidence", "url", "checked_at", "since"],
    )
    claim.checks.exclude(item__in=BY_KEY).delete()


def _next_night(claim: Claim, now: datetime) -> datetime:
    """Return when a claim is checked next: at night, spread over three hours."""
    tomorrow = (now.astimezone(UTC) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return tomorrow + timedelta(minutes=claim.pk % 180)


def _follow_up(claim: Claim, now: datetime) -> None:
    """Tell the team that it is not ready any more, and others a week later, once each."""
    if claim.state not in HOLDING or claim.is_ready:
        claim.unready_since = claim.told_at = claim.escalated_at = None
        claim.save(update_fields=["unready_since", "told_at", "escalated_at"])
        return
    lost = ", ".join(
        one.about.title.lower()
        for one in claim.checks.exclude(state__in=[ItemState.PASS, ItemState.EXEMPT])
        if one.about
    )
    if claim.told_at is None:
        claim.unready_since = claim.told_at = now
        claim.save(update_fields=["unready_since", "told_at"])
        _lost(claim, people_of(claim), AuditEvent.READINESS_LOST, lost, now=now)
    elif claim.escalated_at is None and now >= claim.told_at + TEAM_FIRST:
        claim.escalated_at = now
        claim.save(update_fields=["escalated_at"])
        above = [*_leads_above(claim), *central_people()]
        _lost(claim, above, AuditEvent.READINESS_ESCALATED, lost, now=now)


def _leads_above(claim: Claim) -> list[User]:
    parent = claim.team.parent
    return nearest_leads(parent) if parent else []


def _remind(claim: Claim, now: datetime) -> None:
    """Tell the team of exceptions that run out within a week, once each, and of a notice that did."""
    soon = claim.exceptions.filter(
        ended_at=None, approved_at__isnull=False, expires_at__range=(now, now + TEAM_FIRST)
    )
    for one in soon:
        title = one.about.title.lower() if one.about else one.item
        tell(
            people_of(claim),
            kind="claim.exception",
            title=f"An exception runs out: {title} of {claim.application}",
            text=f"It ends on {one.expires_at.day} {one.expires_at:%B}.",
            claim=claim,
            key=f"exception:{one.pk}:ends",
            now=now,
        )
    if (
        claim.state == ClaimState.HANDING_BACK
        and claim.planned_until
        and claim.planned_until <= now
    ):
        tell(
            [*people_of(claim), *central_people()],
            kind="claim.asked",
            title=f"The notice of {claim.application} is over",
            text=f"{claim.team} answers until both sides have given their word.",
            claim=claim,
            key=f"notice:{claim.since:%Y-%m-%d}",
            now=now,
        )


def _lost(
    claim: Claim, people: Sequence[User], event: AuditEvent, lost: str, *, now: datetime
) -> None:
    audit.record(
        event,
        actor=PORTAL,
        subject=claim.application.label,
        now=now,
        data={"team": claim.team.label, "items": lost},
    )
    tell(
        people,
        kind="readiness.lost",
        title=f"{claim.application} is not ready for its nights any more",
        text=f"Not met: {lost}. The nights stay with {claim.team}; please see to it.",
        claim=claim,
        key=f"{event}:{claim.unready_since:%Y-%m-%d}",
        now=now,
    )


def _end(claim: Claim, stage: Stage, why: str, now: datetime) -> None:
    """End a claim that lost its ground; the central support answers again, and both are told."""
    enter(claim, stage=stage, now=now, by=None, note=f"{why[0].upper()}{why[1:]}.")
    audit.record(
        AuditEvent.CLAIM_ENDED,
        actor=PORTAL,
        subject=claim.application.label,
        now=now,
        data={"team": claim.team.label, "why": why},
    )
    owner = claim.application.owner
    new = list(owner.people.filter(is_active=True)) if owner else []
    people = {one.pk: one for one in (*people_of(claim), *central_people(), *new)}
    tell(
        people.values(),
        kind="claim.moved",
        title=f"Central support answers for {claim.application} again",
        text=f"The claim of {claim.team} has ended: {why}.",
        claim=claim,
        key="ended",
        now=now,
    )


def _look_again(application: Application, now: datetime) -> None:
    """Judge the live claim of an application anew, since something was told of it."""
    claim = live_claim_of(application)
    if claim:
        recheck(_locked(claim), now=now)


def _locked(claim: Claim) -> Claim:
    found = (
        Claim.objects.select_for_update(of=("self",))
        .select_related("application__owner", "team", "rota")
        .get(pk=claim.pk)
    )
    if not found.is_live:
        raise ClaimError(f"The claim is over: {found.status.label.lower()}.")
    return found


def _live(exception: ReadinessException, now: datetime) -> ReadinessException:
    found = ReadinessException.objects.select_for_update(of=("self",)).get(pk=exception.pk)
    if found.ended_at or found.expires_at <= now:
        raise ClaimError("It is over. Ask again.")
    return found


def _require_link(url: str) -> None:
    if url:
        try:
            URLValidator(schemes=["http", "https"])(url)
        except ValidationError as error:
            raise EvidenceError("The link is no address of the web.") from error


def _tell_exception(
    event: AuditEvent, exception: ReadinessException, actor: User, now: datetime, reason: str
) -> None:
    audit.record(
        event,
        actor=actor.label,
        subject=exception.claim.application.label,
        now=now,
        data={
            "item": BY_KEY[exception.item].title.lower(),
            "until": exception.expires_at.isoformat(timespec="minutes"),
        },
        texts={"reason": reason} if reason else {},
    )
