"""Teams and systems."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.catalogue.base import CatalogueView
from portal.api.api.conditions import answer, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_body, read_query
from portal.api.serializers.teams import (
    SystemBody,
    SystemPage,
    SystemPatch,
    SystemQuery,
    SystemShape,
    TeamBody,
    TeamPage,
    TeamPatch,
    TeamQuery,
    TeamShape,
    system_shape,
    team_shape,
)
from portal.catalogue import services
from portal.catalogue.models import System, Team
from portal.catalogue.selectors import teams_visible_to
from portal.catalogue.selectors.systems import systems_visible_to
from portal.core.keyset import Order

BY_SLUG = Order("slug", descending=False, read=str)


class TeamsView(CatalogueView):
    """The team tree as a list."""

    @extend_schema(
        operation_id="teams_list",
        summary="List teams",
        parameters=[TeamQuery],
        responses={200: OpenApiResponse(TeamPage, "The teams by slug."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the teams, departments and divisions that fit."""
        query = read_query(TeamQuery, request)
        found = teams_visible_to(self.actor).prefetch_related("contacts")
        if text := query["q"].strip():
            found = found.filter(Q(name__icontains=text) | Q(slug__contains=text.lower()))
        if "under" in query:
            found = found.filter(lineage__contains=[query["under"].pk])
        return paged(request, found, order=BY_SLUG, query=query, shape=team_shape)

    @extend_schema(
        operation_id="teams_create",
        summary="Create a team",
        request=TeamBody,
        responses={201: OpenApiResponse(TeamShape, "It is there."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Create a node of the team tree under another, or at the top."""
        body = read_body(TeamBody, request)
        team = services.create_team(actor=self.person, now=timezone.now(), **body)
        return answer(request, team_shape(team), 201)


class TeamPlace(CatalogueView):
    """What stands at the address of a team."""

    def team(self, slug: str, *, lock: bool = False) -> Team:
        """Return the team of the address, or raise `NotFound`."""
        found = teams_visible_to(self.actor)
        if lock:
            found = found.select_for_update(of=("self",))
        team = found.filter(slug=slug).first()
        if team is None:
            raise NotFound(f"There is no team “{slug}”.")
        return team


class TeamView(TeamPlace):
    """One team."""

    @extend_schema(
        operation_id="teams_read",
        summary="Read a team",
        responses={200: OpenApiResponse(TeamShape, "The team."), **problems(404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return one node of the team tree."""
        return answer(request, team_shape(self.team(slug)))

    @extend_schema(
        operation_id="teams_update",
        summary="Change a team",
        request=TeamPatch,
        responses={200: OpenApiResponse(TeamShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change what is given of a team; the slug stays."""
        body = read_body(TeamPatch, request, partial=True)
        if "contacts" in body:
            body["contacts"] = [(one["label"], one["value"]) for one in body["contacts"]]
        with transaction.atomic():
            team = self.team(slug, lock=True)
            require_match(request, team_shape(team))
            changed = services.change_team(
                team=team, actor=self.person, now=timezone.now(), **body
            )
            return answer(request, team_shape(changed))


class SystemsView(CatalogueView):
    """Systems."""

    @extend_schema(
        operation_id="systems_list",
        summary="List systems",
        parameters=[SystemQuery],
        responses={200: OpenApiResponse(SystemPage, "The systems by slug."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the systems that fit."""
        query = read_query(SystemQuery, request)
        found = systems_visible_to(self.actor)
        if text := query["q"].strip():
            found = found.filter(Q(name__icontains=text) | Q(slug__contains=text.lower()))
        return paged(request, found, order=BY_SLUG, query=query, shape=system_shape)

    @extend_schema(
        operation_id="systems_create",
        summary="Create a system",
        request=SystemBody,
        responses={201: OpenApiResponse(SystemShape, "It is there."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Create a system that a team answers for."""
        body = read_body(SystemBody, request)
        system = services.create_system(actor=self.person, now=timezone.now(), **body)
        return answer(request, system_shape(system), 201)


class SystemView(CatalogueView):
    """One system."""

    def system(self, slug: str, *, lock: bool = False) -> System:
        """Return the system of the address, or raise `NotFound`."""
        found = systems_visible_to(self.actor)
        if lock:
            found = found.select_for_update(of=("self",))
        system = found.filter(slug=slug).first()
        if system is None:
            raise NotFound(f"There is no system “{slug}”.")
        return system

    @extend_schema(
        operation_id="systems_read",
        summary="Read a system",
        responses={200: OpenApiResponse(SystemShape, "The system."), **problems(404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return one system."""
        return answer(request, system_shape(self.system(slug)))

    @extend_schema(
        operation_id="systems_update",
        summary="Change a system",
        request=SystemPatch,
        responses={200: OpenApiResponse(SystemShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change what is given of a system."""
        body = read_body(SystemPatch, request, partial=True)
        with transaction.atomic():
            system = self.system(slug, lock=True)
            require_match(request, system_shape(system))
            changed = services.change_system(
                system=system, actor=self.person, now=timezone.now(), **body
            )
            return answer(request, system_shape(changed))
