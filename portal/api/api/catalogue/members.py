"""The people of a team."""

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.catalogue.base import BY_ID
from portal.api.api.catalogue.teams import TeamPlace
from portal.api.api.conditions import answer, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import PageQuery, read_body, read_query
from portal.api.serializers.teams import (
    MemberBody,
    MemberPage,
    MemberPatch,
    MemberShape,
    member_shape,
)
from portal.catalogue import services
from portal.catalogue.models import Membership, Team
from portal.catalogue.selectors import memberships


class MembersView(TeamPlace):
    """The people of a team."""

    @extend_schema(
        operation_id="members_list",
        summary="List the members of a team",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(MemberPage, "The active members."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return who is in the team itself, those who joined first first."""
        query = read_query(PageQuery, request)
        found = memberships().filter(team=self.team(slug))
        return paged(request, found, order=BY_ID, query=query, shape=member_shape)

    @extend_schema(
        operation_id="members_add",
        summary="Add a member to a team",
        request=MemberBody,
        responses={201: OpenApiResponse(MemberShape, "They are in."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Put a person into a team, as member or lead."""
        team, body = self.team(slug), read_body(MemberBody, request)
        added = services.add_member(
            team=team,
            person=body["email"],
            role=body["role"],
            actor=self.person,
            now=timezone.now(),
        )
        return answer(request, member_shape(added), 201)


class MemberView(TeamPlace):
    """One member of a team."""

    def member(self, team: Team, person: int) -> Membership:
        """Return the membership of the address, or raise `NotFound`."""
        found = memberships().filter(team=team, user=person).first()
        if found is None:
            raise NotFound(f"Nobody in {team} has that id.")
        return found

    @extend_schema(
        operation_id="members_read",
        summary="Read a member of a team",
        responses={200: OpenApiResponse(MemberShape, "The member."), **problems(404)},
    )
    def get(self, request: Request, slug: str, person: int) -> Response:
        """Return one member."""
        return answer(request, member_shape(self.member(self.team(slug), person)))

    @extend_schema(
        operation_id="members_update",
        summary="Make a member lead, or a lead member",
        request=MemberPatch,
        responses={200: OpenApiResponse(MemberShape, "As they are now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str, person: int) -> Response:
        """Change what a person is in a team."""
        body = read_body(MemberPatch, request)
        with transaction.atomic():
            team = self.team(slug, lock=True)
            member = self.member(team, person)
            require_match(request, member_shape(member))
            changed = services.change_member(
                team=team, person=member.user, actor=self.person, now=timezone.now(), **body
            )
            return answer(request, member_shape(changed))

    @extend_schema(
        operation_id="members_remove",
        summary="Remove a member from a team",
        responses={204: OpenApiResponse(description="They are out."), **problems(404)},
    )
    def delete(self, request: Request, slug: str, person: int) -> Response:  # noqa: ARG002
        """Take a person out of a team."""
        team = self.team(slug)
        member = self.member(team, person)
        services.remove_member(
            team=team, person=member.user, actor=self.person, now=timezone.now()
        )
        return Response(status=204)
