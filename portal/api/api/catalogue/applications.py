"""Applications: listed, registered, read, changed, retired and revived."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.catalogue.base import CatalogueView
from portal.api.api.conditions import answer, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_body, read_query
from portal.api.serializers.catalogue import (
    ApplicationBody,
    ApplicationPage,
    ApplicationPatch,
    ApplicationQuery,
    ApplicationShape,
    RetireBody,
    ReviveBody,
    application_shape,
)
from portal.catalogue import services
from portal.catalogue.models import Application
from portal.core.keyset import Order

ORDERS = {
    "slug": Order("slug", descending=False, read=str),
    "newest": Order("registered_at"),
    "oldest": Order("registered_at", descending=False),
}
RETIRED = {"no": Q(retired_at=None), "yes": Q(retired_at__isnull=False), "any": Q()}


class ApplicationsView(CatalogueView):
    """All applications."""

    @extend_schema(
        operation_id="applications_list",
        summary="List applications",
        parameters=[ApplicationQuery],
        responses={200: OpenApiResponse(ApplicationPage, "Those that fit."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the applications that fit; retired ones only when they are asked for."""
        query = read_query(ApplicationQuery, request)
        found = narrowed(self.applications(), query).prefetch_related("links")
        order = ORDERS[query["sort"]]
        return paged(request, found, order=order, query=query, shape=application_shape)

    @extend_schema(
        operation_id="applications_register",
        summary="Register an application",
        request=ApplicationBody,
        responses={201: OpenApiResponse(ApplicationShape, "It is there."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Register an application, with its production environment, for a team of yours."""
        body = _with_links(read_body(ApplicationBody, request))
        application = services.register_application(actor=self.person, now=timezone.now(), **body)
        response = answer(request, application_shape(application), 201)
        response["Location"] = request.build_absolute_uri(f"{application.slug}/")
        return response


class ApplicationView(CatalogueView):
    """One application."""

    @extend_schema(
        operation_id="applications_read",
        summary="Read an application",
        responses={200: OpenApiResponse(ApplicationShape, "The application."), **problems(404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return one application, retired or not; its `ETag` is what a change needs."""
        return answer(request, application_shape(self.application(slug)))

    @extend_schema(
        operation_id="applications_update",
        summary="Change an application",
        request=ApplicationPatch,
        responses={200: OpenApiResponse(ApplicationShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change what is given of an application; lists are replaced as a whole."""
        body = _with_links(read_body(ApplicationPatch, request, partial=True))
        with transaction.atomic():
            application = self.application(slug, lock=True)
            require_match(request, application_shape(application))
            changed = services.change_application(
                application=application, actor=self.actor, now=timezone.now(), **body
            )
            return answer(request, application_shape(changed))


class RetireView(CatalogueView):
    """Retiring an application."""

    @extend_schema(
        operation_id="applications_retire",
        summary="Retire an application",
        request=RetireBody,
        responses={200: OpenApiResponse(ApplicationShape, "It is retired."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Retire an application, with a reason: it leaves the lists, its history stays."""
        application, body = self.application(slug), read_body(RetireBody, request)
        retired = services.retire_application(
            application=application, actor=self.person, now=timezone.now(), **body
        )
        return answer(request, application_shape(retired))


class ReviveView(CatalogueView):
    """Bringing an application back."""

    @extend_schema(
        operation_id="applications_revive",
        summary="Revive an application",
        request=ReviveBody,
        responses={200: OpenApiResponse(ApplicationShape, "It is back."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Bring a retired application back, with a reason."""
        application, body = self.application(slug), read_body(ReviveBody, request)
        revived = services.revive_application(
            application=application, actor=self.person, now=timezone.now(), **body
        )
        return answer(request, application_shape(revived))


def narrowed(applications: QuerySet[Application], query: dict[str, Any]) -> QuerySet[Application]:
    """Return the applications that a query asks for."""
    wanted = RETIRED["any" if query.get("lifecycle") == "RETIRED" else query["retired"]]
    if text := query["q"].strip():
        wanted &= Q(name__icontains=text) | Q(slug__contains=text.lower())
    if "team" in query:
        wanted &= Q(owner__lineage__contains=[query["team"].pk])
    if "data_class" in query:
        wanted &= Q(data_classes__contains=[query["data_class"]])
    if "tag" in query:
        wanted &= Q(tags__contains=[query["tag"]])
    if query["owned"] is not None:
        wanted &= Q(owner__isnull=not query["owned"])
    for name in ("system", "tier", "lifecycle"):
        if name in query:
            wanted &= Q(**{name: query[name]})
    return applications.filter(wanted)


def _with_links(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with its links as the services take them."""
    if "links" in body:
        body["links"] = [(link["title"], link["url"]) for link in body["links"]]
    return body
