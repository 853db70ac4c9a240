"""Claims and readiness: read them, tell evidence, give a word."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from oncall.models import Claim
from oncall.selectors import claims as selectors
from oncall.serializers.claims import (
    ClaimPage,
    ClaimQuery,
    ClaimShape,
    EvidenceBody,
    EvidenceShape,
    WordBody,
    claim_shape,
    evidence_shape,
    summary_shape,
)
from oncall.services import readiness
from oncall.services.claim_steps import ClaimError
from oncall.services.claims import give_word
from oncall.services.readiness import EvidenceError
from portal.api.api.base import ApiView
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_body, read_query
from portal.api.types import Scope
from portal.catalogue.selectors import applications_visible_to
from portal.core.keyset import Order


class ClaimsApiView(ApiView):
    """An operation on claims; what cannot be as things stand is a conflict."""

    reads = Scope.ONCALL_READ
    writes = Scope.ONCALL_WRITE
    impossible = (EvidenceError,)
    conflicts = (ClaimError,)


class ClaimsView(ClaimsApiView):
    """All live claims."""

    @extend_schema(
        operation_id="claims",
        summary="Claims of nights",
        parameters=[ClaimQuery],
        responses={
            200: OpenApiResponse(ClaimPage, "A part of the live claims, the newest first."),
            **problems(400),
        },
    )
    def get(self, request: Request) -> Response:
        """Return the live claims: which team takes on the nights of which application."""
        query = read_query(ClaimQuery, request)
        found: QuerySet[Claim] = selectors.claims_visible_to(self.actor).filter(ended_at=None)
        if query["state"]:
            found = found.filter(state=query["state"])
        return paged(request, found, order=Order("begun_at"), query=query, shape=summary_shape)


class ClaimView(ClaimsApiView):
    """The live claim of an application."""

    @extend_schema(
        operation_id="claim",
        summary="Claim of an application",
        responses={
            200: OpenApiResponse(ClaimShape, "The live claim with readiness and words."),
            **problems(404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return where the nights of an application stand; 404 while central support answers."""
        claim = _find(self, slug)
        return Response(_shown(request, claim))


class EvidenceView(ClaimsApiView):
    """What people tell of an application."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="claim_evidence",
        summary="Tell evidence",
        request=EvidenceBody,
        responses={
            201: OpenApiResponse(EvidenceShape, "It is told, and readiness is judged anew."),
            **problems(400, 404),
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Tell that something was done which the portal cannot see; good for 90 days."""
        application = get_object_or_404(
            applications_visible_to(self.actor).select_related("owner"), slug=slug
        )
        body = read_body(EvidenceBody, request)
        told = readiness.tell_evidence(
            application=application, actor=self.person, now=timezone.now(), **body
        )
        return Response(evidence_shape(told), status=201)


class WordView(ClaimsApiView):
    """The word of a side."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="claim_word",
        summary="Give a word",
        request=WordBody,
        responses={
            200: OpenApiResponse(ClaimShape, "The word is given; with both the claim goes on."),
            **problems(400, 404),
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Give the word of your side that the claim goes on; it takes two people."""
        claim = _find(self, slug)
        body = read_body(WordBody, request)
        moved = give_word(claim=claim, actor=self.person, now=timezone.now(), **body)
        return Response(_shown(request, moved))


def _find(view: ApiView, slug: str) -> Claim:
    found = selectors.claims_visible_to(view.actor).order_by("-begun_at", "-pk")
    return get_object_or_404(found.filter(ended_at=None), application__slug=slug)


def _shown(request: Request, claim: Claim) -> dict[str, Any]:
    return claim_shape(
        claim,
        words=selectors.words_now(claim) if claim.is_live else [],
        lines=selectors.readiness_of(claim, now=timezone.now()),
        address=request.build_absolute_uri,
    )
