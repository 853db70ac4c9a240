"""The scoreboard of ownership: what leaves the portal is on record."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent


@transaction.atomic
def record_scoreboard_export(*, rows: int, filters: str, actor: User, now: datetime) -> None:
    """Record that somebody takes the scoreboard away; `filters` is the query that chose the rows."""
    audit.record(
        AuditEvent.OWNERSHIP_EXPORTED,
        actor=actor.label,
        subject="oncall:ownership",
        now=now,
        data={"rows": rows, "filters": filters},
    )
