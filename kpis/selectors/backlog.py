"""How much recomputing waits, for the portal's metrics."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max

from kpis.models import Mark, ScopeRevision
from portal.core.metrics import Gauge


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield how many marks wait to be recomputed and when roll-ups were computed last."""
    marks = Mark.objects.count()
    yield Gauge("quarterdeck_kpi_marks_pending", "Changed days that wait to be recomputed", marks)
    latest = ScopeRevision.objects.aggregate(latest=Max("computed_at"))["latest"]
    if latest is not None:
        yield Gauge(
            "quarterdeck_kpi_computed_age_seconds",
            "Time since roll-ups were computed last",
            (now - latest).total_seconds(),
        )
