"""Scorecards, how an application stands, and the matrix of applications by rules."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.base import ApiView
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_query
from portal.api.types import Scope
from portal.catalogue.models import Application
from portal.catalogue.selectors import applications_visible_to
from portal.core.keyset import Order
from portal.core.problems import Fault, ProblemError
from portal.scorecards.models import Scorecard
from portal.scorecards.rules.definitions import Definition
from portal.scorecards.selectors.cards import Card, Line, cards_of
from portal.scorecards.selectors.matrix import Wanted, applications_in, with_results
from portal.scorecards.selectors.scorecards import (
    Distribution,
    distributions,
    scorecards_visible_to,
)
from portal.scorecards.serializers import (
    MatrixAnswer,
    MatrixQuery,
    ScorecardsAnswer,
    StandingsAnswer,
)


class ScorecardsView(ApiView):
    """All scorecards."""

    reads = Scope.CATALOGUE_READ

    @extend_schema(
        operation_id="scorecards",
        summary="Scorecards",
        responses={200: OpenApiResponse(ScorecardsAnswer, "All of them, in their order.")},
    )
    def get(self, request: Request) -> Response:
        """Return every scorecard with its rules and how applications are spread over levels."""
        found = distributions(list(scorecards_visible_to(self.actor)))
        return Response({"items": [_scorecard(request, one) for one in found]})


class StandingsView(ApiView):
    """How one application stands."""

    reads = Scope.CATALOGUE_READ

    @extend_schema(
        operation_id="application_scorecards",
        summary="Scorecards of an application",
        responses={
            200: OpenApiResponse(StandingsAnswer, "How it stands in each that is for it."),
            **problems(404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the levels of an application, what to do next, and every rule with evidence."""
        application = get_object_or_404(applications_visible_to(self.actor), slug=slug)
        items = [_standing(request, card) for card in cards_of(application)]
        return Response({"application": application.slug, "items": items})


class MatrixView(ApiView):
    """Applications by rules."""

    reads = Scope.CATALOGUE_READ

    @extend_schema(
        operation_id="scorecard_matrix",
        summary="Matrix of a scorecard",
        parameters=[MatrixQuery],
        responses={
            200: OpenApiResponse(MatrixAnswer, "A part of the matrix, by address."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the applications that a scorecard judges, each with the state of every rule."""
        scorecard = _find(self, slug)
        definition = scorecard.definition
        query = read_query(MatrixQuery, request)
        wanted = Wanted(
            level=_rank(definition, query["level"]), rule=query["rule"], state=query["state"]
        )
        found = with_results(applications_in(self.actor, scorecard, wanted), scorecard)
        return paged(
            request,
            found,
            order=Order("slug", descending=False, read=str),
            query=query,
            shape=lambda one: _row(definition, one),
        )


def _find(view: ApiView, slug: str) -> Scorecard:
    found = scorecards_visible_to(view.actor).filter(slug=slug).first()
    if found is None:
        raise Http404(f"There is no scorecard {slug}.")
    return found


def _rank(definition: Definition, name: str) -> int | None:
    if not name:
        return None
    names = [definition.level_name(0), *definition.levels]
    if name in names:
        return names.index(name)
    fault = Fault(f"There is no level {name}.", f"Use one of: {', '.join(names)}.", "", "level")
    raise ProblemError(400, f"{fault.detail} {fault.mend}", errors=[fault])


def _name(definition: Definition, level: int) -> str | None:
    return definition.level_name(level) if level else None


def _scorecard(request: Request, one: Distribution) -> dict[str, Any]:
    definition, scorecard = one.definition, one.scorecard
    return {
        "slug": scorecard.slug,
        "title": definition.title,
        "why": definition.why,
        "version": scorecard.current.number if scorecard.current else 0,
        "evaluated_at": scorecard.evaluated_at,
        "levels": [
            {"name": share.name, "applications": share.count} for share in reversed(one.shares)
        ],
        "rules": [
            {
                "id": rule.key,
                "level": definition.level_name(rule.level),
                "title": rule.title,
                "why": rule.why,
                "wanted": rule.wanted,
            }
            for rule in definition.rules
        ],
        "page": request.build_absolute_uri(scorecard.get_absolute_url()),
    }


def _standing(request: Request, card: Card) -> dict[str, Any]:
    return {
        "scorecard": card.scorecard.slug,
        "level": _name(card.definition, card.level),
        "next_level": card.next_name or None,
        "next_steps": [line.rule.key for line in card.steps],
        "evaluated_at": card.standing.evaluated_at,
        "results": [_result(request, card.definition, line) for line in card.lines],
    }


def _result(request: Request, definition: Definition, line: Line) -> dict[str, Any]:
    return {
        "rule": line.rule.key,
        "level": definition.level_name(line.rule.level),
        "state": line.state.value,
        "found": line.words,
        "wanted": line.wanted,
        "since": line.since,
        "mend": request.build_absolute_uri(line.mend_url),
    }


def _row(definition: Definition, application: Application) -> dict[str, Any]:
    level = min(application.level, len(definition.levels))  # type: ignore[attr-defined]
    return {
        "application": application.slug,
        "owner": application.owner.slug if application.owner else None,
        "level": _name(definition, level),
        "results": {one.rule: one.state for one in application.ruleresult_set.all()},
    }
