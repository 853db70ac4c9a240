"""Exports: what leaves the portal is on record."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.scorecards.models import Scorecard


@transaction.atomic
def record_export(
    *, scorecard: Scorecard, rows: int, filters: str, actor: User, now: datetime
) -> None:
    """Record that somebody takes a matrix away; `filters` is the query that chose the rows."""
    audit.record(
        AuditEvent.SCORECARD_EXPORTED,
        actor=actor.label,
        subject=scorecard.label,
        now=now,
        data={"rows": rows, "filters": filters},
    )
