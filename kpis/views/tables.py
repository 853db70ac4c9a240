"""The three kinds of fact as tables: where rows come from, and what an export writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic

from django.db.models import QuerySet

from kpis.filters import ChangeFilters, DeploymentFilters, IncidentFilters, RowFilters
from kpis.metrics.definitions import (
    CHANGE_FAIL_RATE,
    DEPLOYMENT_FREQUENCY,
    LEAD_TIME,
    MERGE_TO_PRODUCTION,
    RECOVERY_TIME,
    REWORK_RATE,
    Kpi,
)
from kpis.metrics.periods import Period
from kpis.models import ChangeInDeployment, Deployment, Incident
from kpis.selectors import rows
from kpis.selectors.rows import Fact
from kpis.selectors.scopes import Scope
from portal.core.export import Cell


@dataclass(frozen=True, slots=True)
class Table(Generic[Fact]):
    """One kind of fact as a table: where its rows come from and what an export writes."""

    facts: str
    find: Callable[[Scope, Period], QuerySet[Fact, Any]]
    with_details: Callable[[QuerySet[Fact, Any]], QuerySet[Fact, Any]]
    filters: type[RowFilters[Fact]]
    kpis: tuple[Kpi, ...]
    columns: Mapping[str, Callable[[Fact], Cell]]


DEPLOYMENTS: Table[Deployment] = Table(
    facts="deployments",
    find=rows.deployments,
    with_details=rows.for_deployment_table,
    filters=DeploymentFilters,
    kpis=(DEPLOYMENT_FREQUENCY, CHANGE_FAIL_RATE, RECOVERY_TIME, REWORK_RATE),
    columns={
        "application": lambda row: row.application.slug,
        "version": lambda row: row.version,
        "finished_at": lambda row: row.finished_at,
        "status": lambda row: row.status,
        "kind": lambda row: row.kind,
        "is_baseline": lambda row: row.is_baseline,
        "changes": attrgetter("contained"),
        "unplanned": lambda row: row.unplanned,
        "failed": lambda row: row.failed,
        "failure_rules": lambda row: " ".join(
            sorted({link.rule for link in row.failure_links.all()})
        ),
        "recovered_at": lambda row: row.recovered_at,
        "deployer": lambda row: row.deployer,
        "url": lambda row: row.url,
    },
)
CHANGES: Table[ChangeInDeployment] = Table(
    facts="changes",
    find=rows.changes,
    with_details=rows.for_change_table,
    filters=ChangeFilters,
    kpis=(LEAD_TIME, MERGE_TO_PRODUCTION),
    columns={
        "application": lambda row: row.application.slug,
        "sha": lambda row: row.change.sha,
        "title": lambda row: row.change.title,
        "author": lambda row: row.change.author,
        "is_bot": lambda row: row.is_bot,
        "authored_at": lambda row: row.change.authored_at,
        "merged_at": lambda row: row.change.merged_at,
        "live_at": lambda row: row.live_at,
        "counted": lambda row: row.credited,
        "lead_seconds": lambda row: row.lead_seconds,
        "merge_to_production_seconds": lambda row: row.merge_seconds,
        "deployment": lambda row: row.deployment.version,
        "url": lambda row: row.change.url,
    },
)
INCIDENTS: Table[Incident] = Table(
    facts="incidents",
    find=rows.incidents,
    with_details=rows.for_incident_table,
    filters=IncidentFilters,
    kpis=(CHANGE_FAIL_RATE, RECOVERY_TIME),
    columns={
        "application": lambda row: row.application.slug,
        "title": lambda row: row.title,
        "severity": lambda row: row.severity,
        "opened_at": lambda row: row.opened_at,
        "resolved_at": lambda row: row.resolved_at,
        "caused_by_change": lambda row: row.caused_by_change,
        "deployment": lambda row: " ".join(
            link.deployment.version for link in row.failure_links.all()
        ),
        "rule": lambda row: " ".join(link.rule for link in row.failure_links.all()),
        "confidence": lambda row: next(
            (link.confidence for link in row.failure_links.all()), None
        ),
        "url": lambda row: row.url,
    },
)
