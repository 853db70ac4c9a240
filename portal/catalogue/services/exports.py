"""Exports of lists: what leaves the portal is on record."""

from datetime import datetime
from typing import Literal

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent


@transaction.atomic
def record_export(
    *, of: Literal["applications", "teams"], rows: int, filters: str, actor: User, now: datetime
) -> None:
    """Record that somebody takes a list away; `filters` is the query string that chose the rows."""
    audit.record(
        AuditEvent.CATALOGUE_EXPORTED,
        actor=actor.label,
        subject=f"catalogue:{of}",
        now=now,
        data={"rows": rows, "filters": filters},
    )
