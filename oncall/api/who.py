"""Who is on call: everywhere, for one application, for one rota."""

import json
from hashlib import sha256
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from oncall.adapters.everywhere import answering
from oncall.selectors import who
from oncall.selectors.rotas import rotas_visible_to
from oncall.selectors.who import Answer, ApplicationAnswer, Duty
from oncall.serializers.who import AnswerShape, ApplicationAnswerShape, AtQuery, EverywhereShape
from portal.api.api.base import ApiView
from portal.api.api.conditions import answer
from portal.api.api.schema import problems
from portal.api.serializers import read_query
from portal.api.types import Scope
from portal.catalogue.selectors import applications_visible_to


class EverywhereView(ApiView):
    """Everywhere at once."""

    reads = Scope.ONCALL_READ

    @extend_schema(
        operation_id="on_call",
        summary="Who is on call everywhere",
        parameters=[AtQuery],
        responses={
            200: OpenApiResponse(EverywhereShape, "All of it in one answer, with an ETag."),
            304: OpenApiResponse(None, "Nothing has changed since the ETag of `If-None-Match`."),
            **problems(400),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return every rota with who is on call and next within nine days, and what it answers for.

        Who comes after the next is told of single rotas only.

        It needs a person: the pipeline of an application asks for its own.
        """
        _ = self.person  # a pipeline is refused
        now = timezone.now()
        at = read_query(AtQuery, request).get("at", now)
        rotas = json.dumps([_answer(one) for one in who.everywhere(at, now)])
        by_rota, rest = answering(at)
        body = f'{{"rotas":{rotas},"applications":{by_rota},"unanswered":{rest}}}'.encode()
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        unchanged = get_conditional_response(request._request, etag=etag)  # noqa: SLF001
        if unchanged:
            return unchanged
        return HttpResponse(body, content_type="application/json", headers={"ETag": etag})


class ApplicationView(ApiView):
    """One application."""

    reads = Scope.ONCALL_READ

    @extend_schema(
        operation_id="application_on_call",
        summary="Who is on call for an application",
        parameters=[AtQuery],
        responses={
            200: OpenApiResponse(ApplicationAnswerShape, "Who answers, why, and who is next."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return who answers for an application, out of hours or at work, and who does next."""
        application = get_object_or_404(applications_visible_to(self.actor), slug=slug)
        now = timezone.now()
        at = read_query(AtQuery, request).get("at", now)
        return answer(request, _application(who.who_is_on_call(application, at, now)))


class RotaView(ApiView):
    """One rota."""

    reads = Scope.ONCALL_READ

    @extend_schema(
        operation_id="rota_on_call",
        summary="Who is on call in a rota",
        parameters=[AtQuery],
        responses={
            200: OpenApiResponse(AnswerShape, "Who is on call, and who is next."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return who is on call in a rota, and who is next; it needs a person."""
        _ = self.person  # a pipeline is refused
        rota = get_object_or_404(rotas_visible_to(self.actor), slug=slug)
        now = timezone.now()
        at = read_query(AtQuery, request).get("at", now)
        return answer(request, _answer(who.answer_of(rota, at, now)))


def _application(one: ApplicationAnswer) -> dict[str, Any]:
    return {
        "application": one.application.slug,
        "standing": one.standing.value,
        "why": one.why,
        "team": one.team.slug if one.team else None,
        "is_central": one.is_central,
        "answer": _answer(one.answer) if one.answer else None,
    }


def _answer(one: Answer) -> dict[str, Any]:
    rota = one.rota
    return {
        "rota": rota.slug,
        "name": rota.name,
        "team": rota.team.slug,
        "response_minutes": rota.response_minutes,
        "standing": one.standing.value,
        "now": [_duty(duty) for duty in one.now],
        "next": _duty(one.next) if one.next else None,
        "after": _duty(one.after) if one.after else None,
        "known_until": one.known_until.isoformat() if one.known_until else None,
        "is_waiting": one.is_waiting,
    }


def _duty(duty: Duty) -> dict[str, Any]:
    return {
        "role": duty.role.value,
        "name": duty.name,
        "email": duty.email,
        "starts_at": duty.starts_at.isoformat(),
        "until": duty.until.isoformat(),
    }
