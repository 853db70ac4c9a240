"""The rows behind every number: exactly the facts that a roll-up counted, and no others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, F, IntegerField, Model, OuterRef, Prefetch, Q, QuerySet
from django.db.models import Subquery as Sub
from django.db.models.functions import Cast, Coalesce, Extract

from kpis.metrics.periods import Period
from kpis.metrics.summaries import FAST_SECONDS
from kpis.models import (
    ChangeInDeployment,
    Deployment,
    DeploymentStatus,
    FailureLink,
    Incident,
    Rollup,
    ScopeKind,
    ScopeMember,
)
from kpis.selectors.scopes import Scope
from portal.core.keyset import Order

Fact = TypeVar("Fact", bound=Model)

FINISHED = (DeploymentStatus.SUCCEEDED, DeploymentStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Population:
    """Facts with something in common; `count` reads off the roll-up how many there are."""

    key: str
    label: str
    condition: Q
    count: Callable[[Rollup], int] | None = None


@dataclass(frozen=True, slots=True)
class Sorting:
    """An order in which rows can be read."""

    key: str
    label: str
    order: Order


# --- Deployments ------------------------------------------------------------------------------

DEPLOYMENT_POPULATIONS = (
    Population("all", "Finished", Q(), lambda row: row.finished),
    Population(
        "succeeded",
        "Succeeded",
        Q(status=DeploymentStatus.SUCCEEDED),
        lambda row: row.deployments,
    ),
    Population("failed", "Blamed for a failure", Q(failed=True), lambda row: row.failures),
    Population(
        "recovered",
        "Recovered",
        Q(failed=True, recovered_at__gte=F("finished_at")),
        lambda row: row.recovery_n,
    ),
    Population(
        "unplanned",
        "Unplanned",
        Q(unplanned=True, status=DeploymentStatus.SUCCEEDED),
        lambda row: row.rework,
    ),
    Population(
        "unsuccessful",
        "Did not succeed",
        Q(status=DeploymentStatus.FAILED),
        lambda row: row.finished - row.deployments,
    ),
)
DEPLOYMENT_SORTINGS = (
    Sorting("newest", "Newest first", Order("finished_at")),
    Sorting("oldest", "Oldest first", Order("finished_at", descending=False)),
    Sorting("recovery", "Longest recovery first", Order("recovery_key", read=int)),
)


def deployments(scope: Scope, period: Period) -> QuerySet[Deployment]:
    """Return the finished production deployments of a scope's period, without an order."""
    start, end = period.bounds(scope.zone)
    found = Deployment.objects.filter(
        environment__is_production=True,
        status__in=FINISHED,
        finished_at__gte=start,
        finished_at__lt=end,
    )
    return _within(scope, found).annotate(
        recovery_key=Coalesce(_seconds("finished_at", "recovered_at"), -1)
    )


def for_deployment_table(found: QuerySet[Deployment]) -> QuerySet[Deployment]:
    """Return the deployments with the links that blame them: one more query."""
    contained = (
        ChangeInDeployment.objects.filter(deployment=OuterRef("pk"))
        .order_by()
        .values("deployment")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return (
        found.select_related("application")
        .prefetch_related(_failures())
        .annotate(contained=Coalesce(Sub(contained, output_field=IntegerField()), 0))
    )


def _failures() -> "Prefetch[str]":
    links = FailureLink.objects.filter(is_current=True).select_related("incident", "remedy")
    return Prefetch("failure_links", links.order_by("decided_at", "pk"))


# --- Changes ----------------------------------------------------------------------------------

_CREDITED = Q(credited=True)
# A wait that would be negative is as unknown as none.
_MERGED = _CREDITED & Q(merge_seconds__gte=0)

CHANGE_POPULATIONS = (
    Population("all", "First live", _CREDITED, lambda row: row.changes),
    Population("merged", "Merge known", _MERGED, lambda row: row.merged),
    Population(
        "fast",
        "Within 15 minutes",
        _MERGED & Q(merge_seconds__lte=FAST_SECONDS),
        lambda row: row.fast,
    ),
    Population(
        "slow",
        "Later than 15 minutes",
        _MERGED & Q(merge_seconds__gt=FAST_SECONDS),
        lambda row: row.merged - row.fast,
    ),
    Population(
        "unmerged",
        "Merge not known",
        _CREDITED & (Q(merge_seconds=None) | Q(merge_seconds__lt=0)),
        lambda row: row.changes - row.merged,
    ),
    Population("bots", "By bots", _CREDITED & Q(is_bot=True), lambda row: row.bot_changes),
    Population("uncredited", "Not counted", Q(credited=False)),
)
CHANGE_SORTINGS = (
    Sorting("newest", "Newest first", Order("live_at")),
    Sorting("oldest", "Oldest first", Order("live_at", descending=False)),
    Sorting("lead", "Longest lead time first", Order("lead_key", read=int)),
    Sorting("merge", "Longest wait after the merge first", Order("merge_key", read=int)),
)


def changes(scope: Scope, period: Period) -> QuerySet[ChangeInDeployment]:
    """Return what first went live in production in a scope's period, uncounted ones included."""
    start, end = period.bounds(scope.zone)
    found = ChangeInDeployment.objects.filter(
        environment__is_production=True, live_at__gte=start, live_at__lt=end
    )
    return _within(scope, found).annotate(
        lead_key=Coalesce(F("lead_seconds"), -1), merge_key=Coalesce(F("merge_seconds"), -1)
    )


def for_change_table(found: QuerySet[ChangeInDeployment]) -> QuerySet[ChangeInDeployment]:
    """Return the changes with what a row of their table shows, in the same query."""
    return found.select_related("change", "deployment", "application")


# --- Incidents --------------------------------------------------------------------------------

_BLAMED = Q(pk__in=FailureLink.objects.filter(is_current=True).values("incident"))

INCIDENT_POPULATIONS = (
    Population("all", "Opened", Q(), lambda row: row.incidents),
    Population("open", "Not resolved", Q(resolved_at=None)),
    Population("blamed", "Caused by a deployment", _BLAMED),
    Population("not-a-change", "Not caused by a change", Q(caused_by_change=False)),
    Population("unattributed", "Cause not known", Q(caused_by_change=True) & ~_BLAMED),
)
INCIDENT_SORTINGS = (
    Sorting("newest", "Newest first", Order("opened_at")),
    Sorting("oldest", "Oldest first", Order("opened_at", descending=False)),
    Sorting("severity", "Worst first", Order("severity", descending=False, read=int)),
    Sorting("restore", "Longest first", Order("restore_key", read=int)),
)


def incidents(scope: Scope, period: Period) -> QuerySet[Incident]:
    """Return the incidents that opened in a scope's period, without an order."""
    start, end = period.bounds(scope.zone)
    found = Incident.objects.filter(
        Q(environment=None) | Q(environment__is_production=True),
        opened_at__gte=start,
        opened_at__lt=end,
    )
    return _within(scope, found).annotate(
        restore_key=Coalesce(_seconds("opened_at", "resolved_at"), -1)
    )


def for_incident_table(found: QuerySet[Incident]) -> QuerySet[Incident]:
    """Return the incidents with the links that they blame with: one more query."""
    links = FailureLink.objects.filter(is_current=True).select_related("deployment")
    return found.select_related("application").prefetch_related(Prefetch("failure_links", links))


# --- What they share --------------------------------------------------------------------------


def _within(scope: Scope, facts: QuerySet[Fact]) -> QuerySet[Fact]:
    match scope.kind:
        case ScopeKind.APPLICATION:
            return facts.filter(application=scope.id)
        case ScopeKind.TEAM:
            members = ScopeMember.objects.filter(scope_kind=scope.kind, scope_id=scope.id)
            return facts.filter(application__in=members.values("application_id"))
        case _:
            return facts


def _seconds(start: str, end: str) -> Cast:
    """Return the whole seconds between two columns; null when either is."""
    return Cast(Extract(F(end) - F(start), "epoch"), IntegerField())


def rollup(scope: Scope, period: Period) -> Rollup | None:
    """Return what was counted for a scope's period, or None when nothing was."""
    return Rollup.objects.filter(
        scope_kind=scope.kind,
        scope_id=scope.id,
        grain=period.grain,
        starts_on=period.starts_on,
    ).first()


def latest_period(scope: Scope, grain: str) -> Period | None:
    """Return the latest period of a scope in which something was counted, if any."""
    starts_on = (
        Rollup.objects.filter(scope_kind=scope.kind, scope_id=scope.id, grain=grain)
        .order_by("-starts_on")
        .values_list("starts_on", flat=True)
        .first()
    )
    return Period(grain, starts_on) if starts_on else None
