"""Swaps: asked and offered, answered and decided; gaps covered; the rules of rest and load."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from oncall.models import Shift, Swap
from oncall.rota import Span
from oncall.selectors import swaps as selectors
from oncall.selectors.load_rules import lines
from oncall.serializers.swaps import (
    AnswerBody,
    CoverBody,
    CoverShape,
    LoadRulesAnswer,
    SwapBody,
    SwapPage,
    SwapQuery,
    SwapShape,
    TakeBody,
    rule_shape,
    swap_shape,
)
from oncall.services import swaps as services
from portal.api.api.base import ApiView
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import BodyShape, read_body, read_query, word
from portal.api.types import Scope
from portal.core.keyset import Order
from portal.core.problems import Fault, ProblemError


class SwapApi(ApiView):
    """An operation on swaps; it needs a person."""

    reads = Scope.ONCALL_READ
    writes = Scope.ONCALL_WRITE
    impossible = (services.SwapError,)

    def swap(self, pk: int) -> Swap:
        """Return the swap of the address, or raise `NotFound`."""
        found = selectors.swaps_visible_to(self.person).filter(pk=pk).first()
        if found is None:
            raise NotFound(f"There is no swap {pk}.")
        return found

    def shift(self, pk: int, pointer: str) -> Shift:
        """Return a shift that is not over, or raise `ProblemError`."""
        found = selectors.shifts_ahead(self.person, now=timezone.now()).filter(pk=pk).first()
        if found is None:
            fault = Fault(f"There is no shift {pk} ahead.", "Use one of a rota.", pointer)
            raise ProblemError(400, f"{fault.detail} {fault.mend}", errors=[fault])
        return found

    def told(self, swap: Swap, status: int = 200) -> Response:
        """Return a swap as it is now."""
        return Response(swap_shape(self.swap(swap.pk)), status)


class SwapsView(SwapApi):
    """Swaps."""

    @extend_schema(
        operation_id="swaps_list",
        summary="List swaps",
        parameters=[SwapQuery],
        responses={200: OpenApiResponse(SwapPage, "The newest first."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the swaps of your teams and your own."""
        query = read_query(SwapQuery, request)
        found = selectors.swaps_visible_to(self.person)
        if query["rota"]:
            found = found.filter(rota__slug=query["rota"])
        if query["state"]:
            found = found.filter(state=query["state"])
        return paged(request, found, order=Order("requested_at"), query=query, shape=swap_shape)

    @extend_schema(
        operation_id="swaps_ask",
        summary="Ask for a swap, or offer to take hours",
        request=SwapBody,
        responses={
            201: OpenApiResponse(SwapShape, "It waits for an answer."),
            **problems(400, 422),
        },
    )
    def post(self, request: Request) -> Response:
        """Ask a colleague or everybody of the team to take hours, or offer to take a colleague's."""
        body, now = read_body(SwapBody, request), timezone.now()
        shift = self.shift(body["shift"], "#/shift")
        about: dict[str, Any] = {
            "rota": shift.rota,
            "role": shift.duty,
            "giver": shift.person,
            "hours": _part(body) or Span(max(shift.starts_at, now), shift.ends_at),
            "reason": body["reason"],
            "actor": self.person,
            "now": now,
        }
        if body["taker"]:
            swap = services.offer_swap(taker=body["taker"], **about)
        else:
            back = self.shift(body["back"], "#/back") if body["back"] else None
            swap = services.ask_swap(
                asked=back.person if back and not body["asked"] else body["asked"],
                back=Span(back.starts_at, back.ends_at) if back else None,
                answer_by=body["answer_by"],
                **about,
            )
        response = self.told(swap, 201)
        response["Location"] = request.build_absolute_uri(f"{swap.pk}/")
        return response


class SwapView(SwapApi):
    """One swap."""

    @extend_schema(
        operation_id="swaps_read",
        summary="Read a swap",
        responses={200: OpenApiResponse(SwapShape, "The swap."), **problems(404)},
    )
    def get(self, _request: Request, pk: int) -> Response:
        """Return one swap."""
        return self.told(self.swap(pk))


class AcceptView(SwapApi):
    """A yes."""

    @extend_schema(
        operation_id="swaps_accept",
        summary="Take what is asked, or accept what is offered",
        request=TakeBody,
        responses={
            200: OpenApiResponse(SwapShape, "What was taken: done, or agreed and with the lead."),
            **problems(400, 404, 422),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take the hours, all or a part of them; the rules are checked once more."""
        swap, body = self.swap(pk), read_body(TakeBody, request)
        taken = services.accept_swap(
            swap=swap,
            taker=body["taker"],
            hours=_part(body),
            reason=body["reason"],
            actor=self.person,
            now=timezone.now(),
        )
        return self.told(taken)


class DeclineView(SwapApi):
    """A no."""

    @extend_schema(
        operation_id="swaps_decline",
        summary="Decline a swap",
        request=AnswerBody,
        responses={200: OpenApiResponse(SwapShape, "Declined."), **problems(400, 404, 422)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say no to what you were asked or offered by name."""
        swap, body = self.swap(pk), read_body(AnswerBody, request)
        return self.told(
            services.decline_swap(swap=swap, actor=self.person, now=timezone.now(), **body)
        )


class WithdrawView(SwapApi):
    """The end of a request."""

    @extend_schema(
        operation_id="swaps_withdraw",
        summary="Withdraw a swap",
        request=None,
        responses={200: OpenApiResponse(SwapShape, "Withdrawn."), **problems(404, 422)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take back what was asked, offered or agreed on, as long as it is not done."""
        swap = self.swap(pk)
        read_body(BodyShape, request)
        return self.told(services.withdraw_swap(swap=swap, actor=self.person, now=timezone.now()))


class ApproveView(SwapApi):
    """The lead's yes."""

    @extend_schema(
        operation_id="swaps_approve",
        summary="Approve a swap",
        request=AnswerBody,
        responses={200: OpenApiResponse(SwapShape, "It is done."), **problems(400, 404, 422)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Let a swap that two people agreed on be done, as the lead."""
        swap, body = self.swap(pk), read_body(AnswerBody, request)
        return self.told(
            services.approve_swap(swap=swap, actor=self.person, now=timezone.now(), **body)
        )


class RefuseView(SwapApi):
    """The lead's no."""

    @extend_schema(
        operation_id="swaps_refuse",
        summary="Refuse a swap",
        request=AnswerBody,
        responses={200: OpenApiResponse(SwapShape, "Refused."), **problems(400, 404, 422)},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Refuse a swap that two people agreed on, with a reason, as the lead."""
        swap, body = self.swap(pk), read_body(AnswerBody, request)
        return self.told(
            services.refuse_swap(swap=swap, actor=self.person, now=timezone.now(), **body)
        )


class CoverView(SwapApi):
    """Cover of a gap."""

    @extend_schema(
        operation_id="gaps_cover",
        summary="Cover a gap",
        request=CoverBody,
        responses={
            200: OpenApiResponse(CoverShape, "They are on call."),
            **problems(400, 404, 422),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        """Come on call where nobody is, for all of a gap or a part of it."""
        person, now = self.person, timezone.now()
        gap = selectors.gaps_ahead(person, now=now).filter(pk=pk).first()
        if gap is None:
            raise NotFound(f"There is no gap {pk} ahead.")
        body = read_body(CoverBody, request)
        covers = body["person"] or person
        made = services.cover_gap(
            gap=gap,
            person=covers,
            hours=_part(body),
            reason=body["reason"],
            actor=person,
            now=now,
        )
        return Response(
            {
                "rota": made.rota.slug,
                "role": word(made.role),
                "person": covers.email,
                "starts_at": made.starts_at,
                "ends_at": made.ends_at,
            }
        )


class RulesView(ApiView):
    """Rules of rest and load."""

    reads = Scope.ONCALL_READ

    @extend_schema(
        operation_id="oncall_rules",
        summary="Rules of rest and load",
        responses={200: OpenApiResponse(LoadRulesAnswer, "All of them, with their limits.")},
    )
    def get(self, _request: Request) -> Response:
        """Return every rule with its why, its limit here, and what follows from breaking it."""
        return Response({"items": [rule_shape(one) for one in lines(None, now=timezone.now())]})


def _part(body: dict[str, Any]) -> Span | None:
    return Span(body["starts_at"], body["ends_at"]) if body["starts_at"] else None
