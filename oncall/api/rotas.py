"""Rotas: listed, made, read, changed, retired; their shifts, and those of one not stored."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from oncall import policies
from oncall.models import Rota
from oncall.rota import LayerDraft, Span
from oncall.rota import Shift as Stretch
from oncall.selectors import rotas as selectors
from oncall.selectors.duty import shifts_of
from oncall.selectors.trying import forecast, tried
from oncall.serializers.rotas import (
    LONGEST_SPAN,
    USUAL_SPAN,
    DefinedAnswer,
    DefinitionBody,
    PreviewAnswer,
    PreviewBody,
    RotaBody,
    RotaPage,
    RotaPatch,
    RotaQuery,
    RotaShape,
    RotaState,
    ShiftPage,
    ShiftQuery,
    addresses_in,
    drafts_of,
    faults_of,
    gap_shapes,
    rota_shape,
    shift_shape,
    stretch_shapes,
    summary_shape,
)
from oncall.services import rotas as services
from portal.accounts.models import User
from portal.api.api.base import ApiView
from portal.api.api.conditions import answer, etag_of, require_match
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import ReasonBody, read_body, read_query
from portal.api.types import Scope
from portal.core.keyset import Order
from portal.core.problems import Fault, ProblemError

BY_NAME = Order("name", descending=False, read=str)
BY_START = Order("starts_at", descending=False)
STATES = {
    RotaState.CURRENT: Q(retired_at=None),
    RotaState.RETIRED: Q(retired_at__isnull=False),
    RotaState.ANY: Q(),
}
Layers = Iterable[Mapping[str, Any]]


class RotaApi(ApiView):
    """An operation on rotas; it needs a person."""

    reads = Scope.ONCALL_READ
    writes = Scope.ONCALL_WRITE
    conflicts = (
        services.CentralError,
        services.RetiredRotaError,
        services.RotaSlugError,
        services.StaleError,
    )

    def handle_exception(self, exc: Exception) -> Response:
        """Return the problem that an error is, what is wrong with a definition at its place."""
        if isinstance(exc, services.DefinitionError):
            exc = ProblemError(422, str(exc), errors=faults_of(exc.faults))
        elif isinstance(exc, services.StartError):
            detail, _, mend = str(exc).partition(". ")
            exc = ProblemError(422, str(exc), errors=[Fault(f"{detail}.", mend, "#/starts_at")])
        return super().handle_exception(exc)

    def rota(self, slug: str, *, lock: bool = False) -> Rota:
        """Return the rota of the address; locked, until the transaction ends.

        Raises:
            NotFound: there is none that whoever asks may see.
        """
        found = selectors.rotas_visible_to(self.person)
        if lock:
            found = found.select_for_update(of=("self",))
        rota = found.filter(slug=slug).first()
        if rota is None:
            raise NotFound(f"There is no rota “{slug}”.")
        return rota


class RotasView(RotaApi):
    """All rotas."""

    @extend_schema(
        operation_id="rotas_list",
        summary="List rotas",
        parameters=[RotaQuery],
        responses={200: OpenApiResponse(RotaPage, "Those that fit, by name."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return the rotas that fit; retired ones only when they are asked for."""
        person, query = self.person, read_query(RotaQuery, request)
        found = selectors.rotas_visible_to(person).filter(STATES[query["state"]])
        if "team" in query:
            found = found.filter(team__lineage__contains=[query["team"].pk])
        return paged(request, found, order=BY_NAME, query=query, shape=summary_shape)

    @extend_schema(
        operation_id="rotas_make",
        summary="Make a rota",
        request=RotaBody,
        responses={
            201: OpenApiResponse(RotaShape, "It is there, and its shifts are worked out."),
            **problems(400),
        },
    )
    def post(self, request: Request) -> Response:
        """Make a rota for a team that you lead, with who takes turns in it, people by address."""
        person, now = self.person, timezone.now()
        body = read_body(RotaBody, request)
        layers = _drafts(body.pop("layers"))
        rota = services.create_rota(layers=layers, actor=person, now=now, **body)
        response = answer(request, _shape(rota, now), 201)
        response["Location"] = request.build_absolute_uri(f"{rota.slug}/")
        return response


class RotaView(RotaApi):
    """One rota."""

    @extend_schema(
        operation_id="rotas_read",
        summary="Read a rota",
        responses={
            200: OpenApiResponse(RotaShape, "What counts now, and what is planned after it."),
            **problems(404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a rota with its layers, retired or not; its `ETag` is what a change needs."""
        return answer(request, _shape(self.rota(slug), timezone.now()))

    @extend_schema(
        operation_id="rotas_update",
        summary="Change a rota",
        request=RotaPatch,
        responses={200: OpenApiResponse(RotaShape, "As it is now."), **problems(400, 404)},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change what is given of the settings of a rota; its shifts are worked out anew."""
        person, now = self.person, timezone.now()
        body = read_body(RotaPatch, request, partial=True)
        with transaction.atomic():
            rota = self.rota(slug, lock=True)
            require_match(request, _shape(rota, now))
            try:
                changed = services.change_rota(
                    rota=rota, seen=rota.revision, actor=person, now=now, **body
                )
            except services.DefinitionError as error:
                # The layers are not in this body: what does not fit them is.
                fault = Fault(str(error), "Change the layers first.", "#/resolution")
                raise ProblemError(422, f"{fault.detail} {fault.mend}", errors=[fault]) from error
            return answer(request, _shape(changed, now))


class DefinitionView(RotaApi):
    """Who takes turns in a rota."""

    @extend_schema(
        operation_id="rotas_define",
        summary="Change who takes turns",
        request=DefinitionBody,
        responses={
            200: OpenApiResponse(
                DefinedAnswer, "It counts; the `ETag` is that of the rota as it is now."
            ),
            **problems(400, 404),
        },
    )
    def put(self, request: Request, slug: str) -> Response:
        """Let other layers count from an instant on; what has been before stays on record.

        What was planned to begin then or later no longer counts. Those whose shifts change are
        told.
        """
        person, now = self.person, timezone.now()
        body = read_body(DefinitionBody, request)
        layers = _drafts(body.pop("layers"))
        with transaction.atomic():
            rota = self.rota(slug, lock=True)
            require_match(request, _shape(rota, now))
            changed = services.change_definition(
                rota=rota, layers=layers, seen=rota.revision, actor=person, now=now, **body
            )
            shape = _shape(self.rota(slug), now)
        people = _people((*changed.came, *changed.went))
        return Response(
            {
                "rota": shape,
                "came": stretch_shapes(changed.came, people),
                "went": stretch_shapes(changed.went, people),
            },
            headers={"ETag": etag_of(shape)},
        )


class PreviewView(RotaApi):
    """A rota before it is made."""

    # Nothing is stored.
    writes = Scope.ONCALL_READ

    @extend_schema(
        operation_id="rotas_preview",
        summary="Preview a rota",
        request=PreviewBody,
        responses={
            200: OpenApiResponse(PreviewAnswer, "Who would be on call, and when nobody."),
            **problems(400),
        },
    )
    def post(self, request: Request) -> Response:
        """Return the shifts and gaps that a rota of a team you lead would have; store nothing."""
        person, now = self.person, timezone.now()
        body = read_body(PreviewBody, request)
        team, starts_at = body.pop("team"), body.pop("starts_at")
        period = Span(starts_at, starts_at + timedelta(weeks=body.pop("weeks")))
        layers = _drafts(body.pop("layers"))
        policies.require(person, policies.CREATE_ROTA, team)
        rota = Rota(team=team, **{"zone": team.zone, **body})
        services.check_definition(rota=rota, layers=layers, starts_at=starts_at, now=now)
        shifts, gaps = forecast(tried(rota, layers, starts_at=starts_at), period)
        return Response(
            {
                "starts_at": period.start,
                "ends_at": period.end,
                "shifts": stretch_shapes(shifts, _people(shifts)),
                "gaps": gap_shapes(gaps),
            }
        )


class ShiftsView(RotaApi):
    """Shifts of a rota."""

    @extend_schema(
        operation_id="rotas_shifts",
        summary="List shifts",
        parameters=[ShiftQuery],
        responses={
            200: OpenApiResponse(ShiftPage, "The first first; records and plans alike."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the shifts of a rota with instants in a period of at most 100 days."""
        rota, query = self.rota(slug), read_query(ShiftQuery, request)
        period = _period(query, timezone.now())
        found = shifts_of(rota, period)
        response = paged(request, found, order=BY_START, query=query, shape=shift_shape)
        response.data["known_until"] = rota.computed_until
        return response


class RetireView(RotaApi):
    """The end of a rota."""

    @extend_schema(
        operation_id="rotas_retire",
        summary="Retire a rota",
        request=ReasonBody,
        responses={200: OpenApiResponse(RotaShape, "It is retired."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Retire a rota, with a reason: its shifts end now, what was stays on record."""
        person, now = self.person, timezone.now()
        rota, body = self.rota(slug), read_body(ReasonBody, request)
        retired = services.retire_rota(rota=rota, actor=person, now=now, **body)
        return answer(request, _shape(retired, now))


def _shape(rota: Rota, now: datetime) -> dict[str, Any]:
    return rota_shape(rota, selectors.versions_from(rota, now))


def _drafts(layers: Layers) -> list[LayerDraft]:
    """Return the layers of a body; whoever is in them has an account.

    Raises:
        ProblemError: somebody has none, or left (400).
    """
    layers = list(layers)
    places = list(addresses_in(layers))
    people = selectors.people_by_address(address for _, address in places)
    faults = [
        Fault(
            f"Nobody at work here has the address “{address}”.",
            "Use that of somebody who has an account.",
            place,
        )
        for place, address in places
        if address not in people
    ]
    if faults:
        raise ProblemError(400, " ".join(fault.detail for fault in faults), errors=faults)
    return drafts_of(layers, people)


def _people(stretches: Iterable[Stretch]) -> dict[int, User]:
    return selectors.people_by_id({int(one.person) for one in stretches})


def _period(query: Mapping[str, Any], now: datetime) -> Span:
    """Return the period that is asked for.

    Raises:
        ProblemError: it ends before it begins, or is longer than 100 days (400).
    """
    start = query.get("from", now)
    end = query.get("to", start + USUAL_SPAN)
    if start < end <= start + LONGEST_SPAN:
        return Span(start, end)
    fault = Fault(
        "to is not after from, or more than 100 days after it.",
        "Ask for a shorter period, and for the next one after that.",
        parameter="to",
    )
    raise ProblemError(400, f"{fault.detail} {fault.mend}", errors=[fault])
