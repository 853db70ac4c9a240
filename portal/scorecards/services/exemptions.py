"""Exemptions: asked by the team, decided by a second person, over by themselves."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies as catalogue
from portal.catalogue.models import Application
from portal.core import jobs
from portal.scorecards import policies
from portal.scorecards.models import Exemption, ExemptionState, RuleResult, RuleState, Scorecard
from portal.scorecards.models.exemptions import LIVE

PORTAL = "system:scorecards"


class ExemptionError(ValueError):
    """It cannot be asked for or decided as things stand; the message says why."""


@transaction.atomic
def ask_exemption(
    *,
    application: Application,
    scorecard: Scorecard,
    rule: str,
    reason: str,
    days: int,
    actor: User,
    now: datetime,
) -> Exemption:
    """Ask that an application need not keep a rule for some days.

    Raises:
        NotAllowedError: when the actor may not change the application.
        ExemptionError: when the rule is not for it or passes, one is live, or it is too long.
    """
    catalogue.require(actor, policies.ASK_EXEMPTION, application)
    longest = settings.SCORECARD_EXEMPTION_MAX_DAYS
    if not 1 <= days <= longest:
        raise ExemptionError(f"An exemption lasts from 1 to {longest} days.")
    if not reason.strip():
        raise ExemptionError("Say why, so that somebody else can decide.")
    result = RuleResult.objects.filter(
        scorecard=scorecard, application=application, rule=rule
    ).first()
    if result is None:
        raise ExemptionError("This rule is not for this application.")
    if result.state == RuleState.PASS:
        raise ExemptionError("The rule passes, so there is nothing to be exempt from.")
    try:
        with transaction.atomic():
            exemption = Exemption.objects.create(
                scorecard=scorecard,
                application=application,
                rule=rule,
                reason=reason.strip(),
                asked_by=actor,
                asked_at=now,
                expires_at=now + timedelta(days=days),
            )
    except IntegrityError as error:
        raise ExemptionError("Somebody has asked already; see the list of exemptions.") from error
    _tell(AuditEvent.EXEMPTION_ASKED, exemption, actor.label, now, reason=exemption.reason)
    return exemption


@transaction.atomic
def approve_exemption(
    *, exemption: Exemption, actor: User, now: datetime, answer: str = ""
) -> Exemption:
    """Let an exemption count until it expires.

    Raises:
        NotAllowedError: when the actor asked for it, or neither leads the team nor runs the portal.
        ExemptionError: when it does not wait any more.
    """
    exemption = _waiting(exemption, actor, now)
    exemption.state = ExemptionState.APPROVED
    exemption.decided_by, exemption.decided_at, exemption.answer = actor, now, answer
    exemption.save()
    _tell(AuditEvent.EXEMPTION_APPROVED, exemption, actor.label, now, answer=answer)
    return exemption


@transaction.atomic
def reject_exemption(
    *, exemption: Exemption, answer: str, actor: User, now: datetime
) -> Exemption:
    """Turn an exemption down, with the reason.

    Raises:
        NotAllowedError: when the actor asked for it, or neither leads the team nor runs the portal.
        ExemptionError: when it does not wait any more.
    """
    exemption = _waiting(exemption, actor, now)
    exemption.state = ExemptionState.REJECTED
    exemption.decided_by, exemption.decided_at, exemption.answer = actor, now, answer
    exemption.ended_at = now
    exemption.save()
    _tell(AuditEvent.EXEMPTION_REJECTED, exemption, actor.label, now, answer=answer)
    return exemption


@transaction.atomic
def revoke_exemption(
    *, exemption: Exemption, answer: str, actor: User, now: datetime
) -> Exemption:
    """End an exemption before its time, or take a request back.

    Raises:
        NotAllowedError: when the actor neither asked for it, leads the team nor runs the portal.
        ExemptionError: when it is over already.
    """
    policies.require(actor, policies.REVOKE_EXEMPTION, exemption)
    exemption = _locked(exemption)
    if exemption.state not in LIVE:
        raise ExemptionError(f"It is over already: {exemption.status.label.lower()}.")
    exemption.state = ExemptionState.REVOKED
    exemption.ended_at, exemption.ended_by, exemption.answer = now, actor, answer
    exemption.save()
    _tell(AuditEvent.EXEMPTION_REVOKED, exemption, actor.label, now, answer=answer)
    return exemption


def expire_exemptions(*, now: datetime) -> int:
    """End every exemption whose time is over, also one that nobody decided; return how many."""
    due = Exemption.objects.filter(state__in=LIVE, expires_at__lte=now)
    return sum(_expire(pk, now) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _expire(pk: int, now: datetime) -> bool:
    """End one, unless another worker was faster."""
    exemption = (
        Exemption.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("application", "scorecard")
        .filter(pk=pk, state__in=LIVE, expires_at__lte=now)
        .first()
    )
    if exemption is None:
        return False
    exemption.state, exemption.ended_at = ExemptionState.EXPIRED, now
    exemption.save()
    _tell(AuditEvent.EXEMPTION_EXPIRED, exemption, PORTAL, now)
    return True


def _waiting(exemption: Exemption, actor: User, now: datetime) -> Exemption:
    policies.require(actor, policies.DECIDE_EXEMPTION, exemption)
    exemption = _locked(exemption)
    if exemption.state != ExemptionState.PENDING:
        raise ExemptionError(f"It does not wait any more: {exemption.status.label.lower()}.")
    if exemption.expires_at <= now:
        raise ExemptionError("It ran out before anybody decided. Ask again.")
    return exemption


def _locked(exemption: Exemption) -> Exemption:
    return (
        Exemption.objects.select_for_update(of=("self",))
        .select_related("application__owner", "scorecard", "asked_by")
        .get(pk=exemption.pk)
    )


def _tell(
    event: AuditEvent, exemption: Exemption, actor: str, now: datetime, **texts: str
) -> None:
    """Record the change of an exemption, which changes how the application stands too."""
    audit.record(
        event,
        actor=actor,
        subject=exemption.application.label,
        now=now,
        data={
            "scorecard": exemption.scorecard.slug,
            "rule": exemption.rule,
            "until": exemption.expires_at.isoformat(timespec="minutes"),
        },
        texts={name: text for name, text in texts.items() if text},
    )
    jobs.nudge("portal.scorecards.tasks.evaluate_changed")
