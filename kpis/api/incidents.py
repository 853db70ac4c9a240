"""Incidents: opened, read, changed, resolved, reopened, and their cause corrected."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.api.facts import about, chosen, within
from kpis.models import Deployment, Incident
from kpis.selectors import facts
from kpis.serializers.facts import (
    AttributeBody,
    IncidentBody,
    IncidentPage,
    IncidentPatch,
    IncidentQuery,
    IncidentShape,
    ResolveBody,
    incident_shape,
)
from kpis.services import incidents as services
from kpis.services.marks import hold
from portal.api.api.base import ApiView
from portal.api.api.conditions import answer, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import BodyShape, read_body, read_query
from portal.api.types import Scope
from portal.catalogue.models import Application, Environment
from portal.catalogue.selectors import applications_visible_to
from portal.catalogue.services.applications import RetiredError
from portal.core.keyset import Order
from portal.core.problems import Fault, ProblemError


class IncidentApi(ApiView):
    """An operation on incidents."""

    reads = Scope.FACTS_READ
    writes = Scope.FACTS_WRITE
    conflicts = (RetiredError,)
    impossible = (services.IncidentError,)

    def incident(self, pk: int) -> Incident:
        """Return the incident of the address, or raise `NotFound`."""
        incident = facts.incidents_visible_to(self.actor).filter(pk=pk).first()
        if incident is None:
            raise NotFound(f"There is no incident {pk}.")
        return incident

    def told(self, request: Request, incident: Incident, status: int = 200) -> Response:
        """Return an incident as it is now, with what it is blamed on."""
        return answer(request, incident_shape(self.incident(incident.pk)), status)

    def environment(self, application: Application, slug: str | None) -> Environment | None:
        """Return an environment of an application, or raise `ProblemError`."""
        if slug is None:
            return None
        found = application.environments.filter(slug=slug).first()
        if found is None:
            raise _missing(f"{application} has no environment “{slug}”.", "#/environment")
        return found

    def deployment(self, pk: int | None, pointer: str) -> Deployment | None:
        """Return a deployment that whoever asks may see, or raise `ProblemError`."""
        if pk is None:
            return None
        found = facts.deployments_visible_to(self.actor).filter(pk=pk).first()
        if found is None:
            raise _missing(f"There is no deployment {pk}.", pointer)
        return found


class IncidentsView(IncidentApi):
    """Incidents."""

    @extend_schema(
        operation_id="incidents_list",
        summary="List incidents",
        parameters=[IncidentQuery],
        responses={200: OpenApiResponse(IncidentPage, "The newest first."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the incidents that began in a span of time."""
        query = read_query(IncidentQuery, request)
        found = about(facts.incidents_visible_to(self.actor), query)
        found = within(found, "opened_at", query, timezone.now())
        found = found.filter(**chosen(query, "severity"))
        if query["resolved"] is not None:
            found = found.filter(resolved_at__isnull=not query["resolved"])
        found = found.prefetch_related("failure_links")
        return paged(request, found, order=Order("opened_at"), query=query, shape=incident_shape)

    @extend_schema(
        operation_id="incidents_open",
        summary="Open an incident",
        request=IncidentBody,
        responses={201: OpenApiResponse(IncidentShape, "It is recorded."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Record that an incident began, and blame it by the rules or by your word."""
        body, now = read_body(IncidentBody, request), timezone.now()
        slug = body.pop("application")
        application = applications_visible_to(self.actor).filter(slug=slug).first()
        if application is None:
            raise _missing(f"There is no application “{slug}”.", "#/application")
        values: dict[str, Any] = {"opened_at": now} | body
        values["environment"] = self.environment(application, body.get("environment"))
        values["caused_by"] = self.deployment(body.get("caused_by"), "#/caused_by")
        incident = services.open_incident(
            application=application, actor=self.actor, now=now, **values
        )
        response = self.told(request, incident, 201)
        response["Location"] = request.build_absolute_uri(f"{incident.pk}/")
        return response


class IncidentView(IncidentApi):
    """One incident."""

    @extend_schema(
        operation_id="incidents_read",
        summary="Read an incident",
        responses={200: OpenApiResponse(IncidentShape, "The incident."), **problems(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one incident and what it is blamed on; its `ETag` is what a change needs."""
        return self.told(request, self.incident(pk))

    @extend_schema(
        operation_id="incidents_update",
        summary="Change an incident",
        request=IncidentPatch,
        responses={200: OpenApiResponse(IncidentShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Correct what is known of an incident; the rules decide anew what it is blamed on."""
        body = read_body(IncidentPatch, request, partial=True)
        with transaction.atomic():
            hold([self.incident(pk).application_id])
            incident = self.incident(pk)
            require_match(request, incident_shape(incident))
            values: dict[str, Any] = {
                "title": incident.title,
                "severity": incident.severity,
                "opened_at": incident.opened_at,
                "environment": incident.environment,
            } | body
            if "environment" in body:
                values["environment"] = self.environment(incident.application, body["environment"])
            services.change_incident(
                incident=incident, actor=self.actor, now=timezone.now(), **values
            )
            return self.told(request, incident)


class ResolveView(IncidentApi):
    """The end of an incident."""

    @extend_schema(
        operation_id="incidents_resolve",
        summary="Resolve an incident",
        request=ResolveBody,
        responses={200: OpenApiResponse(IncidentShape, "It is over."), **problems(400, 404)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Record when an incident ended."""
        incident, now = self.incident(pk), timezone.now()
        values = {"resolved_at": now} | read_body(ResolveBody, request)
        services.resolve_incident(incident=incident, actor=self.actor, now=now, **values)
        return self.told(request, incident)


class ReopenView(IncidentApi):
    """An incident that is not over after all."""

    @extend_schema(
        operation_id="incidents_reopen",
        summary="Reopen an incident",
        request=None,
        responses={200: OpenApiResponse(IncidentShape, "It is open again."), **problems(404)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take back that an incident is over."""
        incident = self.incident(pk)
        read_body(BodyShape, request)
        services.reopen_incident(incident=incident, actor=self.actor, now=timezone.now())
        return self.told(request, incident)


class AttributeView(IncidentApi):
    """A person's word for the cause."""

    @extend_schema(
        operation_id="incidents_attribute",
        summary="Say what caused an incident",
        request=AttributeBody,
        responses={200: OpenApiResponse(IncidentShape, "It is taken."), **problems(400, 404)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take your word for what caused an incident, with a reason; null: no deployment did."""
        incident, body = self.incident(pk), read_body(AttributeBody, request)
        services.attribute_incident(
            incident=incident,
            deployment=self.deployment(body["deployment"], "#/deployment"),
            reason=body["reason"],
            actor=self.actor,
            now=timezone.now(),
        )
        return self.told(request, incident)


def _missing(detail: str, pointer: str) -> ProblemError:
    fault = Fault(detail, "Use one that exists.", pointer)
    return ProblemError(400, f"{detail} {fault.mend}", errors=[fault])
