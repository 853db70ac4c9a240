"""Exports of on-call: what leaves the portal is on record."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Team


@transaction.atomic
def record_fairness_export(
    *, team: Team, rows: int, period: str, actor: User, now: datetime
) -> None:
    """Record that somebody takes away who carries how much of a team's on-call."""
    audit.record(
        AuditEvent.FAIRNESS_EXPORTED,
        actor=actor.label,
        subject=team.label,
        now=now,
        data={"rows": rows, "period": period},
    )


@transaction.atomic
def record_rotas_export(*, rows: int, filters: str, actor: User, now: datetime) -> None:
    """Record that somebody takes the list of rotas away; `filters` chose its rows."""
    audit.record(
        AuditEvent.ROTAS_EXPORTED,
        actor=actor.label,
        subject="oncall:rotas",
        now=now,
        data={"rows": rows, "filters": filters},
    )
