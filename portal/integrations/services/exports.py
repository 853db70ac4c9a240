"""Exports of events: what leaves the portal is on record."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent


@transaction.atomic
def record_export(*, rows: int, filters: str, actor: User, now: datetime) -> None:
    """Record that somebody takes a list of events away; `filters` says in words which."""
    audit.record(
        AuditEvent.EVENTS_EXPORTED,
        actor=actor.label,
        subject="integrations:events",
        now=now,
        data={"rows": rows, "filters": filters},
    )
