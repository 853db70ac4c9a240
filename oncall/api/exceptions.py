"""Overrides, leave and gaps."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from oncall import policies
from oncall.models import Leave, Rota
from oncall.selectors.flaws import Scope as Wanted
from oncall.selectors.flaws import gaps_ahead, gaps_visible_to
from oncall.selectors.leave import leave_visible_to
from oncall.selectors.overrides import overrides_of, overrides_visible_to
from oncall.selectors.rotas import rotas_visible_to
from oncall.serializers.exceptions import (
    AcceptBody,
    GapPage,
    GapQuery,
    GapShape,
    LeaveBody,
    LeavePage,
    LeaveShape,
    OverrideBody,
    OverridePage,
    OverrideShape,
    gap_shape,
    leave_shape,
    override_shape,
)
from oncall.services import gaps, leave, overrides
from oncall.services.rotas import RetiredRotaError
from portal.api.api.base import ApiView
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import PageQuery, read_body, read_query
from portal.api.types import Scope
from portal.core.keyset import Order


class ExceptionApi(ApiView):
    """An operation on what makes the plan differ."""

    reads = Scope.ONCALL_READ
    writes = Scope.ONCALL_WRITE
    conflicts = (RetiredRotaError, gaps.GapError)
    impossible = (overrides.OverrideError, leave.LeaveError)

    def rota(self, slug: str) -> Rota:
        """Return the rota of the address, or raise `NotFound`."""
        found = rotas_visible_to(self.actor).filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no rota “{slug}”.")
        return found


class OverridesView(ExceptionApi):
    """Overrides of a rota."""

    @extend_schema(
        operation_id="overrides_list",
        summary="List overrides",
        parameters=[PageQuery],
        responses={
            200: OpenApiResponse(OverridePage, "The latest first, taken back ones too."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the overrides of a rota."""
        query = read_query(PageQuery, request)
        return paged(
            request,
            overrides_of(self.actor, self.rota(slug)),
            order=Order("starts_at"),
            query=query,
            shape=override_shape,
        )

    @extend_schema(
        operation_id="overrides_make",
        summary="Make an override",
        request=OverrideBody,
        responses={
            201: OpenApiResponse(OverrideShape, "It counts."),
            **problems(400, 404, 409, 422),
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Let somebody come on call, stand down, or take another's place, for a while."""
        person, rota = self.person, self.rota(slug)
        body = read_body(OverrideBody, request)
        made, _ = overrides.make_override(rota=rota, actor=person, now=timezone.now(), **body)
        return Response(override_shape(made), status=201)


class OverrideCancelView(ExceptionApi):
    """Taking an override back."""

    @extend_schema(
        operation_id="overrides_cancel",
        summary="Take an override back",
        request=None,
        responses={
            200: OpenApiResponse(OverrideShape, "It counts no more."),
            **problems(404, 422),
        },
    )
    def post(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take an override back; of one that has begun, what was stays."""
        person = self.person
        found = overrides_visible_to(person).filter(pk=pk)
        override = found.first()
        if override is None:
            raise NotFound(f"There is no override {pk}.")
        overrides.cancel_override(override=override, actor=person, now=timezone.now())
        return Response(override_shape(found.get()))


class LeaveView(ExceptionApi):
    """Leave of whoever asks."""

    @extend_schema(
        operation_id="leave_list",
        summary="List own leave",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(LeavePage, "The latest first."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the leave of the owner of the token, without what was taken back."""
        person, query = self.person, read_query(PageQuery, request)
        return paged(
            request,
            leave_visible_to(person).filter(person=person),
            order=Order("starts_at"),
            query=query,
            shape=leave_shape,
        )

    @extend_schema(
        operation_id="leave_add",
        summary="Tell of leave",
        request=LeaveBody,
        responses={201: OpenApiResponse(LeaveShape, "It is told."), **problems(400, 422)},
    )
    def post(self, request: Request) -> Response:
        """Note that the owner of the token is away, and on call in no rota."""
        person, body = self.person, read_body(LeaveBody, request)
        told, _ = leave.add_leave(person=person, actor=person, now=timezone.now(), **body)
        return Response(leave_shape(told), status=201)


class LeaveCancelView(ExceptionApi):
    """Taking leave back."""

    @extend_schema(
        operation_id="leave_cancel",
        summary="Take leave back",
        request=None,
        responses={204: OpenApiResponse(None, "It is taken back."), **problems(404, 422)},
    )
    def post(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """Take leave back, or end it now: one's own, or of people one leads."""
        person = self.person
        found: Leave | None = leave_visible_to(person).filter(pk=pk).first()
        if found is None or not policies.allows(person, policies.CHANGE_LEAVE, found):
            raise NotFound(f"There is no leave {pk}.")
        leave.cancel_leave(leave=found, actor=person, now=timezone.now())
        return Response(status=204)


class GapsView(ExceptionApi):
    """Gaps of the next 90 days."""

    @extend_schema(
        operation_id="gaps_list",
        summary="List gaps",
        parameters=[GapQuery],
        responses={200: OpenApiResponse(GapPage, "The next first."), **problems(400, 404)},
    )
    def get(self, request: Request) -> Response:
        """Return when nobody is on call although somebody should be, in the next 90 days."""
        person, query = self.person, read_query(GapQuery, request)
        rota = self.rota(query["rota"]) if query.get("rota") else None
        wanted = Wanted(
            person, rota, query.get("team"), is_all=True, with_accepted=query["accepted"]
        )
        return paged(
            request,
            gaps_ahead(wanted, now=timezone.now()),
            order=Order("starts_at", descending=False),
            query=query,
            shape=gap_shape,
        )


class GapAcceptView(ExceptionApi):
    """Accepting a gap."""

    @extend_schema(
        operation_id="gaps_accept",
        summary="Accept a gap",
        request=AcceptBody,
        responses={
            200: OpenApiResponse(GapShape, "It alarms nobody any more, unless it grows."),
            **problems(400, 404, 409),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        """Accept that nobody is on call in a gap, and say why."""
        person = self.person
        gap = gaps_visible_to(person).filter(pk=pk).first()
        if gap is None:
            raise NotFound(f"There is no gap {pk}.")
        body = read_body(AcceptBody, request)
        accepted = gaps.accept_gap(gap=gap, actor=person, now=timezone.now(), **body)
        return Response(gap_shape(accepted))
