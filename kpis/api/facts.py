"""Deployments and changes, as they were told."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.models import DeploymentStatus
from kpis.selectors import facts
from kpis.serializers.facts import (
    ChangePage,
    ChangeQuery,
    DeploymentDetail,
    DeploymentPage,
    DeploymentQuery,
    blame_shape,
    change_shape,
    commit_shape,
    deployment_shape,
)
from portal.api.api.base import ApiView
from portal.api.api.conditions import answer
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_query
from portal.api.types import Scope
from portal.core.keyset import Order

Fact = TypeVar("Fact", bound=Model)

USUAL_SPAN = timedelta(days=90)
BY_ID = Order("pk", read=int)


class DeploymentsView(ApiView):
    """Deployments."""

    reads = Scope.FACTS_READ

    @extend_schema(
        operation_id="deployments_list",
        summary="List deployments",
        parameters=[DeploymentQuery],
        responses={200: OpenApiResponse(DeploymentPage, "The newest first."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the deployments that finished in a span of time; running ones have no such time.

        With `status=running` those that are running now are listed, whenever they began.
        """
        query = read_query(DeploymentQuery, request)
        found = facts.deployments_visible_to(self.actor)
        order = Order("finished_at")
        if query.get("status") == DeploymentStatus.RUNNING:
            found, order = about(found, query).filter(finished_at=None), BY_ID
        else:
            found = within(about(found, query), "finished_at", query, timezone.now())
        found = found.filter(**chosen(query, "status", "kind"), **stated(query, "failed"))
        return paged(request, found, order=order, query=query, shape=deployment_shape)


class DeploymentView(ApiView):
    """One deployment."""

    reads = Scope.FACTS_READ

    @extend_schema(
        operation_id="deployments_read",
        summary="Read a deployment",
        responses={200: OpenApiResponse(DeploymentDetail, "The deployment."), **problems(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one deployment with its commits and what is blamed on it."""
        found = facts.deployments_visible_to(self.actor).filter(pk=pk).first()
        if found is None:
            raise NotFound(f"There is no deployment {pk}.")
        shape = deployment_shape(found) | {
            "commits": [commit_shape(one) for one in facts.commits(found)],
            "blames": [blame_shape(one) for one in facts.failure_links(found)],
        }
        return answer(request, shape)


class ChangesView(ApiView):
    """Changes."""

    reads = Scope.FACTS_READ

    @extend_schema(
        operation_id="changes_list",
        summary="List changes",
        parameters=[ChangeQuery],
        responses={200: OpenApiResponse(ChangePage, "The newest first."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the changes that were first live in an environment in a span of time."""
        query = read_query(ChangeQuery, request)
        found = about(facts.changes_visible_to(self.actor), query)
        found = within(found, "live_at", query, timezone.now()).filter(**stated(query, "credited"))
        return paged(request, found, order=Order("live_at"), query=query, shape=change_shape)


def about(found: QuerySet[Fact], query: dict[str, Any]) -> QuerySet[Fact]:
    """Return the facts of the application, team and environment that are asked for."""
    wanted = Q()
    if "application" in query:
        wanted &= Q(application__slug=query["application"])
    if "team" in query:
        wanted &= Q(application__owner__lineage__contains=[query["team"].pk])
    if "environment" in query:
        wanted &= Q(environment__slug=query["environment"])
    if query.get("production") is not None:
        wanted &= Q(environment__is_production=query["production"])
    return found.filter(wanted)


def within(
    found: QuerySet[Fact], column: str, query: dict[str, Any], now: datetime
) -> QuerySet[Fact]:
    """Return the facts of the span of time that is asked for, half-open."""
    since = query.get("since", query.get("until", now) - USUAL_SPAN)
    wanted = {f"{column}__gte": since}
    if "until" in query:
        wanted[f"{column}__lt"] = query["until"]
    return found.filter(**wanted)


def chosen(query: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the parameters of these names that are given."""
    return {name: query[name] for name in names if name in query}


def stated(query: dict[str, Any], *names: str) -> dict[str, bool]:
    """Return the parameters of these names that say yes or no."""
    return {name: query[name] for name in names if query.get(name) is not None}
