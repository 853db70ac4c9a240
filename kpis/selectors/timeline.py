"""The latest deployments and incidents of one application, on one line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse

from kpis.models import Deployment, DeploymentKind, DeploymentStatus, Incident, Severity
from kpis.selectors.scopes import Scope
from portal.core.words import duration

LATEST = 12
# More marks than these on a chart hide each other and the bars.
MARKS = 150


@dataclass(frozen=True, slots=True)
class Event:
    """One deployment or incident: its name, its state, and the address of its page."""

    at: datetime
    name: str
    state: DeploymentStatus | Severity
    note: str
    url: str
    is_incident: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """Deployments and incidents between two instants, the latest of them when there are many."""

    deployments: Sequence[Deployment]
    incidents: Sequence[Incident]


def timeline(scope: Scope, *, limit: int = LATEST) -> list[Event]:
    """Return the latest events of an application, the newest first, in one read."""
    deployments = (
        Deployment.objects.filter(
            application=scope.id, environment__is_production=True, finished_at__isnull=False
        )
        .annotate(
            at=F("finished_at"),
            called=Coalesce(NullIf("version", Value("")), "external_id"),
            outcome=F("status"),
            rank=Value(0),
            sort=F("kind"),
            hurt=F("failed"),
            ended_at=F("recovered_at"),
        )
        .order_by("-finished_at")[:limit]
    )
    incidents = (
        Incident.objects.filter(application=scope.id)
        .annotate(
            at=F("opened_at"),
            called=F("title"),
            outcome=Value(""),
            rank=F("severity"),
            sort=Value(""),
            hurt=Value(value=True),
            ended_at=F("resolved_at"),
        )
        .order_by("-opened_at")[:limit]
    )
    columns = ("pk", "at", "called", "outcome", "rank", "sort", "hurt", "ended_at")
    found = deployments.values_list(*columns).union(incidents.values_list(*columns), all=True)
    rows = sorted((_Row(*row) for row in found), key=lambda row: row.at, reverse=True)
    return [_event(row) for row in rows[:limit]]


class _Row(NamedTuple):
    pk: int
    at: datetime
    name: str
    state: str
    level: int
    kind: str
    hurt: bool
    ended_at: datetime | None


def _event(row: _Row) -> Event:
    return Event(
        at=row.at,
        name=row.name,
        state=Severity(row.level) if row.level else DeploymentStatus(row.state),
        note=_note(row),
        url=reverse("incident" if row.level else "deployment", args=[row.pk]),
        is_incident=bool(row.level),
    )


def _note(row: _Row) -> str:
    lasted = duration((row.ended_at - row.at).total_seconds()) if row.ended_at else ""
    if row.level:
        return f"resolved after {lasted}" if lasted else "not resolved"
    said = [] if row.kind == DeploymentKind.PLANNED else [DeploymentKind(row.kind).label.lower()]
    if row.hurt:
        said.append(
            f"led to a failure, recovered after {lasted}" if lasted else "led to a failure"
        )
    return ", ".join(said)


def marks(scope: Scope, since: datetime, until: datetime) -> Marks:
    """Return what happened to an application between two instants, for the axis of a chart."""
    return Marks(
        deployments=list(
            Deployment.objects.filter(
                application=scope.id,
                environment__is_production=True,
                finished_at__gte=since,
                finished_at__lt=until,
            ).order_by("-finished_at")[:MARKS]
        ),
        incidents=list(
            Incident.objects.filter(
                application=scope.id, opened_at__gte=since, opened_at__lt=until
            ).order_by("-opened_at")[:MARKS]
        ),
    )
