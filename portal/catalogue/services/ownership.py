"""Ownership: claiming what nobody owns, giving up, and transfers with the word of both teams."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import (
    Application,
    OwnershipChange,
    Team,
    TransferRequest,
    TransferSide,
    TransferState,
)
from portal.catalogue.services.applications import (
    changeable_application,
    locked_application,
    require_current,
    require_reason,
)
from portal.catalogue.services.periods import hand_over

EXPIRY = "system:transfers"


class OwnedError(ValueError):
    """Somebody owns the application already."""


class NotOwnedError(ValueError):
    """Nobody owns the application, so there is nothing to give."""


class TransferPendingError(ValueError):
    """A transfer of the application waits for an answer; `request` is it."""

    def __init__(self, request: TransferRequest) -> None:
        super().__init__(
            f"A transfer of {request.application} to {request.to_team} waits for an answer. "
            "Answer or withdraw it first."
        )
        self.request = request


class TransferClosedError(ValueError):
    """The transfer has been answered already, or nobody answered in time."""


@transaction.atomic
def claim_application(
    *, application: Application, team: Team, actor: User, now: datetime
) -> Application:
    """Let a team own an application that nobody owns, and return it; the first to claim gets it.

    Raises:
        NotAllowedError: when the actor may not register applications for the team.
        OwnedError: when somebody owns it, perhaps since a moment ago.
        RetiredError: when it is retired.
    """
    application = locked_application(application)
    policies.require(actor, policies.REGISTER_APPLICATION, team)
    require_current(application)
    if application.owner is not None:
        raise OwnedError(
            f"{application} is owned by {application.owner} already. "
            "Ask for a transfer to have it for your team."
        )
    hand_over(
        application=application, team=team, change=OwnershipChange.CLAIMED, by=actor, now=now
    )
    audit.record(
        AuditEvent.APPLICATION_CLAIMED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"owner": team.label},
    )
    return application


@transaction.atomic
def release_application(
    *, application: Application, reason: str, actor: User, now: datetime
) -> Application:
    """Leave an application without an owner, for anybody to claim, and return it.

    Raises:
        NotAllowedError: when the actor may not change the application.
        NotOwnedError: when nobody owns it.
        TransferPendingError: when a transfer of it waits for an answer.
        ValidationError: when no reason is given.
        RetiredError: when it is retired.
    """
    application = changeable_application(application, actor)
    owner = _owner_of(application)
    require_no_transfer(application)
    reason = require_reason(reason)
    hand_over(
        application=application,
        team=None,
        change=OwnershipChange.RELEASED,
        by=actor,
        now=now,
        reason=reason,
    )
    audit.record(
        AuditEvent.APPLICATION_RELEASED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"owner": owner.label},
        texts={"reason": reason},
    )
    return application


@transaction.atomic
def request_transfer(
    *,
    application: Application,
    to_team: Team,
    side: TransferSide,
    reason: str,
    actor: User,
    now: datetime,
) -> TransferRequest:
    """Ask that an application change hands, for the side that the actor speaks for.

    Raises:
        NotAllowedError: when the actor may not speak for that side.
        NotOwnedError: when nobody owns it: it is claimed instead.
        TransferPendingError: when a transfer of it waits already.
        ValidationError: when no reason is given, or the team owns it already.
        RetiredError: when it is retired.
    """
    application = locked_application(application)
    if side == TransferSide.OFFER:
        policies.require(actor, policies.CHANGE_APPLICATION, application)
    else:
        policies.require(actor, policies.TAKE_APPLICATION, to_team)
    require_current(application)
    owner = _owner_of(application)
    if owner == to_team:
        raise ValidationError(f"{to_team} owns {application} already.", code="owner")
    require_no_transfer(application)
    request = TransferRequest.objects.create(
        application=application,
        from_team=owner,
        to_team=to_team,
        side=side,
        reason=require_reason(reason),
        requested_by=actor,
        requested_at=now,
        expires_at=now + timedelta(days=settings.TRANSFER_EXPIRES_DAYS),
    )
    audit.record(
        AuditEvent.TRANSFER_REQUESTED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data=_hands(request) | {"side": "offer" if request.is_offer else "ask"},
        texts={"reason": request.reason},
    )
    return request


@transaction.atomic
def accept_transfer(*, request: TransferRequest, actor: User, now: datetime) -> TransferRequest:
    """Give the other side's word: the application changes hands at once.

    Raises:
        NotAllowedError: when the actor asked for it, or may not speak for the other side.
        TransferClosedError: when it no longer waits.
        RetiredError: when the application is retired.
    """
    application, request = _locked(request)
    _require_other_side(request, actor)
    _require_pending(request, now)
    require_current(application)
    _decide(request, TransferState.ACCEPTED, by=actor, now=now)
    hand_over(
        application=application,
        team=request.to_team,
        change=OwnershipChange.TRANSFERRED,
        by=actor if request.is_offer else request.requested_by,
        now=now,
        reason=request.reason,
    )
    audit.record(
        AuditEvent.TRANSFER_ACCEPTED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data=_hands(request) | {"requester": request.requested_by.label},
    )
    return request


@transaction.atomic
def decline_transfer(
    *, request: TransferRequest, reason: str, actor: User, now: datetime
) -> TransferRequest:
    """Refuse the other side's word: the owner stays.

    Raises:
        NotAllowedError: when the actor asked for it, or may not speak for the other side.
        TransferClosedError: when it no longer waits.
        ValidationError: when no reason is given.
    """
    application, request = _locked(request)
    _require_other_side(request, actor)
    _require_pending(request, now)
    request.answer = require_reason(reason)
    _decide(request, TransferState.DECLINED, by=actor, now=now)
    audit.record(
        AuditEvent.TRANSFER_DECLINED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data=_hands(request),
        texts={"reason": request.answer},
    )
    return request


@transaction.atomic
def withdraw_transfer(*, request: TransferRequest, actor: User, now: datetime) -> TransferRequest:
    """Take back what the actor's own side asked for.

    Raises:
        NotAllowedError: when the actor may not speak for the side that asked.
        TransferClosedError: when it no longer waits.
    """
    application, request = _locked(request)
    if actor != request.requested_by:
        policies.require(actor, *policies.asking_side(request))
    _require_pending(request, now)
    _decide(request, TransferState.WITHDRAWN, by=actor, now=now)
    audit.record(
        AuditEvent.TRANSFER_WITHDRAWN,
        actor=actor.label,
        subject=application.label,
        now=now,
        data=_hands(request),
    )
    return request


@transaction.atomic
def expire_transfer(*, request: TransferRequest, now: datetime) -> bool:
    """Close a transfer that nobody answered in time; return whether it still had to be closed."""
    application, request = _locked(request)
    if request.state != TransferState.PENDING or request.expires_at > now:
        return False
    _decide(request, TransferState.EXPIRED, by=None, now=now)
    audit.record(
        AuditEvent.TRANSFER_EXPIRED,
        actor=EXPIRY,
        subject=application.label,
        now=now,
        data=_hands(request),
    )
    return True


def require_no_transfer(application: Application) -> None:
    """Do nothing when no transfer of the locked application waits.

    Raises:
        TransferPendingError: otherwise.
    """
    waiting = application.transfer_requests.filter(state=TransferState.PENDING)
    if request := waiting.select_related("application", "to_team").first():
        raise TransferPendingError(request)


def _owner_of(application: Application) -> Team:
    if application.owner is None:
        raise NotOwnedError(f"Nobody owns {application}. Claim it instead.")
    return application.owner


def _locked(request: TransferRequest) -> tuple[Application, TransferRequest]:
    """Lock the application first, as every other change of it does, then read the request."""
    application = locked_application(request.application)
    found = application.transfer_requests.select_related("from_team", "to_team", "requested_by")
    return application, found.get(pk=request.pk)


def _require_other_side(request: TransferRequest, actor: User) -> None:
    if actor == request.requested_by:
        raise NotAllowedError(
            "You asked for this transfer: somebody else of the other side gives its word."
        )
    policies.require(actor, *policies.answering_side(request))


def _require_pending(request: TransferRequest, now: datetime) -> None:
    if request.state != TransferState.PENDING:
        by = f" by {request.decided_by}" if request.decided_by else ""
        raise TransferClosedError(f"This transfer is {request.stage.label.lower()}{by} already.")
    if request.expires_at <= now:
        raise TransferClosedError("This transfer has expired. Ask for it again.")


def _decide(
    request: TransferRequest, state: TransferState, *, by: User | None, now: datetime
) -> None:
    request.state, request.decided_by, request.decided_at = state, by, now
    request.save(update_fields=["state", "decided_by", "decided_at", "answer"])


def _hands(request: TransferRequest) -> dict[str, int | str]:
    return {"before": request.from_team.label, "after": request.to_team.label}
