"""Who owns an application: its history, the owner's word, claims, releases and transfers."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.catalogue.base import BY_ID, CatalogueView
from portal.api.api.conditions import answer
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import BodyShape, PageQuery, ReasonBody, read_body, read_query
from portal.api.serializers.catalogue import ApplicationShape, application_shape
from portal.api.serializers.ownership import (
    ClaimBody,
    OwnershipPage,
    TransferBody,
    TransferPage,
    TransferShape,
    ownership_shape,
    transfer_shape,
)
from portal.catalogue import services
from portal.catalogue.models import TransferRequest
from portal.core.keyset import Order

NEWEST = Order("since")


class OwnershipView(CatalogueView):
    """The history of ownership."""

    @extend_schema(
        operation_id="ownership_list",
        summary="List who owned an application",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(OwnershipPage, "The latest first."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return which team owned an application when, and how it came to."""
        query = read_query(PageQuery, request)
        found = self.application(slug).ownership_periods.select_related("team")
        return paged(request, found, order=NEWEST, query=query, shape=ownership_shape)


class AttestView(CatalogueView):
    """The owner's word."""

    @extend_schema(
        operation_id="applications_attest",
        summary="Give the owner's word",
        request=None,
        responses={200: OpenApiResponse(ApplicationShape, "It is taken."), **problems(404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say that an application is still yours; it is asked for every 180 days."""
        application = self.application(slug)
        read_body(BodyShape, request)
        attested = services.attest_application(
            application=application, actor=self.person, now=timezone.now()
        )
        return answer(request, application_shape(attested))


class ClaimView(CatalogueView):
    """Claiming what nobody owns."""

    @extend_schema(
        operation_id="applications_claim",
        summary="Claim an application",
        request=ClaimBody,
        responses={200: OpenApiResponse(ApplicationShape, "It is yours."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take an application that nobody owns for a team of yours."""
        application, body = self.application(slug), read_body(ClaimBody, request)
        claimed = services.claim_application(
            application=application, actor=self.person, now=timezone.now(), **body
        )
        return answer(request, application_shape(claimed))


class ReleaseView(CatalogueView):
    """Giving an application up."""

    @extend_schema(
        operation_id="applications_release",
        summary="Release an application",
        request=ReasonBody,
        responses={
            200: OpenApiResponse(ApplicationShape, "Anybody may claim it."),
            **problems(400, 404),
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Leave an application without an owner, with a reason, for anybody to claim."""
        application, body = self.application(slug), read_body(ReasonBody, request)
        released = services.release_application(
            application=application, actor=self.person, now=timezone.now(), **body
        )
        return answer(request, application_shape(released))


class TransfersView(CatalogueView):
    """Transfers of an application."""

    @extend_schema(
        operation_id="transfers_list",
        summary="List transfers",
        parameters=[PageQuery],
        responses={200: OpenApiResponse(TransferPage, "All of them."), **problems(400, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the transfers that were asked for, and how they ended."""
        query = read_query(PageQuery, request)
        found = self.application(slug).transfer_requests.select_related(
            "application", "from_team", "to_team"
        )
        return paged(request, found, order=BY_ID, query=query, shape=transfer_shape)

    @extend_schema(
        operation_id="transfers_request",
        summary="Ask for a transfer",
        request=TransferBody,
        responses={201: OpenApiResponse(TransferShape, "It waits."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask that an application change hands; somebody of the other side answers."""
        application, body = self.application(slug), read_body(TransferBody, request)
        transfer = services.request_transfer(
            application=application, actor=self.person, now=timezone.now(), **body
        )
        return answer(request, transfer_shape(transfer), 201)


class TransferView(CatalogueView):
    """One transfer."""

    def transfer(self, slug: str, pk: int) -> TransferRequest:
        """Return the transfer of the address, or raise `NotFound`."""
        application = self.application(slug)
        found = application.transfer_requests.select_related(
            "application", "from_team", "to_team", "requested_by"
        )
        transfer = found.filter(pk=pk).first()
        if transfer is None:
            raise NotFound(f"{application} has no transfer {pk}.")
        return transfer

    @extend_schema(
        operation_id="transfers_read",
        summary="Read a transfer",
        responses={200: OpenApiResponse(TransferShape, "The transfer."), **problems(404)},
    )
    def get(self, request: Request, slug: str, transfer: int) -> Response:
        """Return one transfer."""
        return answer(request, transfer_shape(self.transfer(slug, transfer)))


class AcceptView(TransferView):
    """The other side's yes."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="transfers_accept",
        summary="Accept a transfer",
        request=None,
        responses={200: OpenApiResponse(TransferShape, "It changed hands."), **problems(404)},
    )
    def post(self, request: Request, slug: str, transfer: int) -> Response:
        """Give the other side's word: the application changes hands at once."""
        found = self.transfer(slug, transfer)
        read_body(BodyShape, request)
        decided = services.accept_transfer(request=found, actor=self.person, now=timezone.now())
        return answer(request, transfer_shape(decided))


class DeclineView(TransferView):
    """The other side's no."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="transfers_decline",
        summary="Decline a transfer",
        request=ReasonBody,
        responses={200: OpenApiResponse(TransferShape, "The owner stays."), **problems(400, 404)},
    )
    def post(self, request: Request, slug: str, transfer: int) -> Response:
        """Refuse the other side's word, with a reason: the owner stays."""
        found, body = self.transfer(slug, transfer), read_body(ReasonBody, request)
        decided = services.decline_transfer(
            request=found, actor=self.person, now=timezone.now(), **body
        )
        return answer(request, transfer_shape(decided))


class WithdrawView(TransferView):
    """Taking a transfer back."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="transfers_withdraw",
        summary="Withdraw a transfer",
        request=None,
        responses={200: OpenApiResponse(TransferShape, "It is taken back."), **problems(404)},
    )
    def post(self, request: Request, slug: str, transfer: int) -> Response:
        """Take back what your own side asked for."""
        found = self.transfer(slug, transfer)
        read_body(BodyShape, request)
        decided = services.withdraw_transfer(request=found, actor=self.person, now=timezone.now())
        return answer(request, transfer_shape(decided))
