"""What an application depends on, and what depends on it."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.catalogue.base import BY_ID, CatalogueView
from portal.api.api.conditions import answer, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import PageQuery, read_body, read_query
from portal.api.serializers.catalogue import (
    DependencyBody,
    DependencyPage,
    DependencyPatch,
    DependencyShape,
    dependency_shape,
)
from portal.catalogue import services
from portal.catalogue.models import Application, Dependency
from portal.catalogue.selectors import slug_holder
from portal.core.problems import Fault, ProblemError


class DependenciesView(CatalogueView):
    """What an application needs."""

    @extend_schema(
        operation_id="dependencies_list",
        summary="List what an application needs",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(DependencyPage, "All of it."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the applications that this one depends on."""
        query = read_query(PageQuery, request)
        found = with_ends(self.application(slug).dependencies.all())
        return paged(request, found, order=BY_ID, query=query, shape=dependency_shape)

    @extend_schema(
        operation_id="dependencies_add",
        summary="Add a dependency",
        request=DependencyBody,
        responses={201: OpenApiResponse(DependencyShape, "It is there."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Note that an application depends on another."""
        application, body = self.application(slug), read_body(DependencyBody, request)
        needed = slug_holder(body.pop("application"))
        if needed is None:
            fault = Fault("No application has that slug.", "Register it first.", "#/application")
            raise ProblemError(400, f"{fault.detail} {fault.mend}", errors=[fault])
        dependency = services.add_dependency(
            application=application, needed=needed, actor=self.actor, now=timezone.now(), **body
        )
        return answer(request, dependency_shape(dependency), 201)


class DependentsView(CatalogueView):
    """What needs an application."""

    @extend_schema(
        operation_id="dependents_list",
        summary="List what needs an application",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(DependencyPage, "All of it."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the applications that depend on this one."""
        query = read_query(PageQuery, request)
        found = with_ends(self.application(slug).dependents.all())
        return paged(request, found, order=BY_ID, query=query, shape=dependency_shape)


class DependencyView(CatalogueView):
    """One dependency."""

    def dependency(self, application: Application, needed: str) -> Dependency:
        """Return the dependency of the address, or raise `NotFound`."""
        found = with_ends(application.dependencies.filter(to_application__slug=needed)).first()
        if found is None:
            raise NotFound(f"{application} is not known to depend on “{needed}”.")
        return found

    @extend_schema(
        operation_id="dependencies_read",
        summary="Read a dependency",
        responses={200: OpenApiResponse(DependencyShape, "The dependency."), **problems(404)},
    )
    def get(self, request: Request, slug: str, needed: str) -> Response:
        """Return one dependency."""
        found = self.dependency(self.application(slug), needed)
        return answer(request, dependency_shape(found))

    @extend_schema(
        operation_id="dependencies_update",
        summary="Change a dependency",
        request=DependencyPatch,
        responses={200: OpenApiResponse(DependencyShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str, needed: str) -> Response:
        """Change the kind or the note of a dependency."""
        body = read_body(DependencyPatch, request, partial=True)
        with transaction.atomic():
            found = self.dependency(self.application(slug, lock=True), needed)
            require_match(request, dependency_shape(found))
            changed = services.change_dependency(
                dependency=found, actor=self.actor, now=timezone.now(), **body
            )
            return answer(
                request, dependency_shape(self.dependency(changed.from_application, needed))
            )

    @extend_schema(
        operation_id="dependencies_remove",
        summary="Remove a dependency",
        responses={204: OpenApiResponse(description="It is gone."), **problems(404)},
    )
    def delete(self, request: Request, slug: str, needed: str) -> Response:  # noqa: ARG002
        """Note that an application no longer depends on another."""
        found = self.dependency(self.application(slug), needed)
        services.remove_dependency(dependency=found, actor=self.actor, now=timezone.now())
        return Response(status=204)


def with_ends(dependencies: QuerySet[Dependency]) -> QuerySet[Dependency]:
    """Return the dependencies with both applications, in the same query."""
    return dependencies.select_related("from_application", "to_application")
