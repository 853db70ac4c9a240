"""Full rebuild: everything is marked, and the same recompute does the rest."""

from datetime import datetime

from django.db import transaction

from kpis.adapters import bulk
from kpis.models import ScopeMember, ScopeRevision
from kpis.services import marks
from kpis.services.scopes import refresh_scopes
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application
from portal.core import jobs

# Summaries may lie on days on which no fact does any more.
_STORED = "SELECT min(starts_on) - 1, max(starts_on) + 2 FROM kpis_rollup WHERE grain = 'day'"


@transaction.atomic
def rebuild(*, application: Application | None = None, actor: str, now: datetime) -> int:
    """Mark all days of all scopes, or of those an application counts in.

    Return how many scopes that are. Whoever recomputes next does the work, in as many
    processes as there are; what was there before stays visible until it is replaced.
    """
    refresh_scopes()
    ((stored_from, stored_until),) = bulk.fetch(_STORED, {})
    hull = marks.hull()
    edges = [day for day in (stored_from, stored_until, *(hull or ())) if day]
    if application is None:
        scopes = list(ScopeRevision.objects.values_list("scope_kind", "scope_id"))
    else:
        members = ScopeMember.objects.filter(application=application)
        scopes = list(members.values_list("scope_kind", "scope_id"))
    days = (max(edges) - min(edges)).days if edges else 0
    if edges:
        marks.insert((scope, (min(edges), max(edges))) for scope in scopes)
    audit.record(
        AuditEvent.KPIS_REBUILT,
        actor=actor,
        subject=application.label if application else "company",
        now=now,
        data={"days": days},
    )
    jobs.enqueue("kpis.tasks.recompute")
    return len(scopes)
