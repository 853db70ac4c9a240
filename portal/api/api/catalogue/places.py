"""Environments and repositories of an application."""

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.catalogue.base import BY_ID, CatalogueView
from portal.api.api.conditions import answer, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import BodyShape, PageQuery, read_body, read_query
from portal.api.serializers.catalogue import (
    EnvironmentBody,
    EnvironmentPage,
    EnvironmentPatch,
    EnvironmentShape,
    RepositoryPage,
    RepositoryPatch,
    RepositoryShape,
    environment_shape,
    repository_shape,
)
from portal.catalogue import services
from portal.catalogue.models import Application, Environment, Repository


class EnvironmentsView(CatalogueView):
    """The environments of an application."""

    @extend_schema(
        operation_id="environments_list",
        summary="List environments",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(EnvironmentPage, "All of them."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the environments of an application, retired ones included."""
        query = read_query(PageQuery, request)
        found = self.application(slug).environments.all()
        return paged(request, found, order=BY_ID, query=query, shape=environment_shape)

    @extend_schema(
        operation_id="environments_add",
        summary="Add an environment",
        request=EnvironmentBody,
        responses={201: OpenApiResponse(EnvironmentShape, "It is there."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add an environment; its slug follows from the name."""
        application, body = self.application(slug), read_body(EnvironmentBody, request)
        environment = services.add_environment(
            application=application, actor=self.actor, now=timezone.now(), **body
        )
        return answer(request, environment_shape(environment), 201)


class EnvironmentView(CatalogueView):
    """One environment."""

    def environment(self, application: Application, slug: str) -> Environment:
        """Return the environment of the address, or raise `NotFound`."""
        environment = application.environments.filter(slug=slug).first()
        if environment is None:
            raise NotFound(f"{application} has no environment “{slug}”.")
        return environment

    @extend_schema(
        operation_id="environments_read",
        summary="Read an environment",
        responses={200: OpenApiResponse(EnvironmentShape, "The environment."), **problems(404)},
    )
    def get(self, request: Request, slug: str, environment: str) -> Response:
        """Return one environment."""
        found = self.environment(self.application(slug), environment)
        return answer(request, environment_shape(found))

    @extend_schema(
        operation_id="environments_update",
        summary="Change an environment",
        request=EnvironmentPatch,
        responses={200: OpenApiResponse(EnvironmentShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str, environment: str) -> Response:
        """Change what is given of an environment; KPIs follow."""
        body = read_body(EnvironmentPatch, request, partial=True)
        with transaction.atomic():
            found = self.environment(self.application(slug, lock=True), environment)
            require_match(request, environment_shape(found))
            changed = services.change_environment(
                environment=found, actor=self.actor, now=timezone.now(), **body
            )
            return answer(request, environment_shape(changed))


class EnvironmentRetireView(EnvironmentView):
    """Retiring an environment."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="environments_retire",
        summary="Retire an environment",
        request=None,
        responses={200: OpenApiResponse(EnvironmentShape, "It is retired."), **problems(404)},
    )
    def post(self, request: Request, slug: str, environment: str) -> Response:
        """Retire an environment; what was deployed to it stays known."""
        found = self.environment(self.application(slug), environment)
        read_body(BodyShape, request)
        retired = services.retire_environment(
            environment=found, actor=self.actor, now=timezone.now()
        )
        return answer(request, environment_shape(retired))


class EnvironmentReviveView(EnvironmentView):
    """Bringing an environment back."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="environments_revive",
        summary="Revive an environment",
        request=None,
        responses={200: OpenApiResponse(EnvironmentShape, "It is back."), **problems(404)},
    )
    def post(self, request: Request, slug: str, environment: str) -> Response:
        """Bring a retired environment back."""
        found = self.environment(self.application(slug), environment)
        read_body(BodyShape, request)
        revived = services.revive_environment(
            environment=found, actor=self.actor, now=timezone.now()
        )
        return answer(request, environment_shape(revived))


class RepositoriesView(CatalogueView):
    """The repositories of an application."""

    @extend_schema(
        operation_id="repositories_list",
        summary="List repositories",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(RepositoryPage, "All of them."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the git repositories that an application is built from."""
        query = read_query(PageQuery, request)
        found = self.application(slug).repositories.all()
        return paged(request, found, order=BY_ID, query=query, shape=repository_shape)

    @extend_schema(
        operation_id="repositories_add",
        summary="Add a repository",
        request=RepositoryPatch,
        responses={201: OpenApiResponse(RepositoryShape, "It is there."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add a repository, or some paths of one."""
        application, body = self.application(slug), read_body(RepositoryPatch, request)
        repository = services.add_repository(
            application=application, actor=self.actor, now=timezone.now(), **body
        )
        return answer(request, repository_shape(repository), 201)


class RepositoryView(CatalogueView):
    """One repository."""

    def repository(self, application: Application, pk: int) -> Repository:
        """Return the repository of the address, or raise `NotFound`."""
        repository = application.repositories.filter(pk=pk).first()
        if repository is None:
            raise NotFound(f"{application} has no repository {pk}.")
        return repository

    @extend_schema(
        operation_id="repositories_read",
        summary="Read a repository",
        responses={200: OpenApiResponse(RepositoryShape, "The repository."), **problems(404)},
    )
    def get(self, request: Request, slug: str, repository: int) -> Response:
        """Return one repository."""
        found = self.repository(self.application(slug), repository)
        return answer(request, repository_shape(found))

    @extend_schema(
        operation_id="repositories_update",
        summary="Change a repository",
        request=RepositoryPatch,
        responses={200: OpenApiResponse(RepositoryShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str, repository: int) -> Response:
        """Change the address or the paths of a repository."""
        body = read_body(RepositoryPatch, request, partial=True)
        with transaction.atomic():
            found = self.repository(self.application(slug, lock=True), repository)
            require_match(request, repository_shape(found))
            changed = services.change_repository(
                repository=found, actor=self.actor, now=timezone.now(), **body
            )
            return answer(request, repository_shape(changed))
