"""Attestation: owners say from time to time that an application is still theirs."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue import policies
from portal.catalogue.models import Application, Attestation, EscalationStep
from portal.catalogue.selectors import attestation as selectors
from portal.catalogue.services.applications import locked_application, require_current

ACTOR = "system:attestation"


@transaction.atomic
def attest_application(*, application: Application, actor: User, now: datetime) -> Application:
    """Take the owner's word that the application is still theirs, and return it.

    Raises:
        NotAllowedError: when the actor is not of the owner team and leads nothing above it.
        RetiredError: when it is retired.
    """
    application = locked_application(application)
    policies.require(actor, policies.ATTEST_APPLICATION, application)
    require_current(application)
    application.attested_at, application.attested_by = now, actor
    application.save(update_fields=["attested_at", "attested_by"])
    audit.record(
        AuditEvent.APPLICATION_ATTESTED,
        actor=actor.label,
        subject=application.label,
        now=now,
        data={"owner": application.owner.label if application.owner else "nobody"},
    )
    return application


@transaction.atomic
def escalate_attestation(
    *, application: Application, step: Attestation, now: datetime
) -> EscalationStep | None:
    """Put on record that an attestation reached a step; None when it is so already, or not yet."""
    application = locked_application(application)
    begun_at = application.attested_at or application.registered_at
    due_at = selectors.due_at(application)
    if (
        application.owner is None
        or application.is_retired
        or step not in selectors.steps_reached(application, now)
    ):
        return None
    told, is_new = EscalationStep.objects.get_or_create(
        application=application, attested_at=begun_at, step=step, defaults={"told_at": now}
    )
    if not is_new:
        return None
    audit.record(
        AuditEvent.ATTESTATION_ESCALATED,
        actor=ACTOR,
        subject=application.label,
        now=now,
        data={
            "owner": application.owner.label,
            "due_on": f"{due_at:%Y-%m-%d}",
            "step": step.label.lower(),
        },
    )
    return told
