"""Retiring an application that is no longer needed, and the way back."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import CURRENT_LIFECYCLES, Application, Lifecycle
from portal.catalogue.selectors.ownership import hard_dependents
from portal.catalogue.services.applications import (
    changeable_application,
    locked_application,
    require_reason,
)
from portal.catalogue.services.ownership import require_no_transfer

NAMED = 5


class DependedOnError(ValueError):
    """Current applications do not work without this one; `dependents` are all of them."""

    def __init__(self, application: Application, dependents: Sequence[Application]) -> None:
        self.dependents = dependents
        names = ", ".join(one.name for one in dependents[:NAMED])
        more = len(dependents) - NAMED
        if more > 0:
            names += f" and {more} more"
        verb = "does" if len(dependents) == 1 else "do"
        super().__init__(f"{names} {verb} not work without {application}.")


class NotRetiredError(ValueError):
    """The application is not retired, so there is nothing to revive."""


@transaction.atomic
def retire_application(
    *,
    application: Application,
    reason: str,
    actor: User,
    now: datetime,
    confirmed: bool = False,
) -> Application:
    """Retire an application and return it: out of the lists, its page and history stay.

    `confirmed` says that the actor knows which applications depend on it hard.

    Raises:
        NotAllowedError: when the actor may not change the application.
        RetiredError: when it is retired already.
        DependedOnError: when current applications depend on it hard and that is not confirmed.
        TransferPendingError: when a transfer of it waits for an answer.
        ValidationError: when no reason is given.
    """
    application = changeable_application(application, actor)
    require_no_transfer(application)
    reason = require_reason(reason)
    dependents = list(hard_dependents(application))
    if dependents and not confirmed:
        raise DependedOnError(application, dependents)
    application.lifecycle, application.retired_at = Lifecycle.RETIRED, now
    application.save(update_fields=["lifecycle", "retired_at"])
    audit.record(
        AuditEvent.APPLICATION_RETIRED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"dependents": len(dependents)},
        texts={"reason": reason},
    )
    return application


@transaction.atomic
def revive_application(
    *, application: Application, lifecycle: Lifecycle, reason: str, actor: User, now: datetime
) -> Application:
    """Bring a retired application back and return it; its owner is asked again in time.

    Raises:
        NotAllowedError: when the actor may not change the application.
        NotRetiredError: when it is not retired.
        ValidationError: when no reason is given, or it would come back retired.
    """
    application = locked_application(application)
    policies.require(actor, policies.CHANGE_APPLICATION, application)
    if not application.is_retired:
        raise NotRetiredError(f"{application} is not retired.")
    if lifecycle not in CURRENT_LIFECYCLES:
        raise ValidationError("Choose how far along its life it is.", code="lifecycle")
    reason = require_reason(reason)
    application.lifecycle, application.retired_at = lifecycle, None
    if application.owner is not None:
        is_theirs = policies.allows(actor, policies.ATTEST_APPLICATION, application)
        application.attested_at, application.attested_by = now, actor if is_theirs else None
    application.save(update_fields=["lifecycle", "retired_at", "attested_at", "attested_by"])
    audit.record(
        AuditEvent.APPLICATION_REVIVED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"lifecycle": lifecycle.label.lower()},
        texts={"reason": reason},
    )
    return application
