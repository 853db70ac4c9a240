"""Exports of facts: what leaves the portal is on record."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent


@transaction.atomic
def record_export(
    *, scope: str, facts: str, rows: int, filters: str, actor: User, now: datetime
) -> None:
    """Record that somebody takes rows away.

    `scope` is a label such as `team:payments`, `facts` is deployments, changes or incidents, and
    `filters` says in words which of them.
    """
    audit.record(
        AuditEvent.FACTS_EXPORTED,
        actor=actor.label,
        subject=scope,
        now=now,
        data={"facts": facts, "rows": rows, "filters": filters},
    )
