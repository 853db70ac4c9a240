"""The log of deliveries: listed, and one tried again."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.base import ApiView
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_query
from portal.api.types import Scope
from portal.core.keyset import Order
from portal.notifications.selectors.deliveries import (
    deliveries_retried_by,
    deliveries_visible_to,
    with_failures,
)
from portal.notifications.serializers import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryShape,
    delivery_shape,
)
from portal.notifications.services.log import NotRetriedError, retry_delivery


class DeliveriesView(ApiView):
    """The log of deliveries."""

    reads = Scope.NOTIFICATIONS_READ

    @extend_schema(
        operation_id="deliveries_list",
        summary="List deliveries",
        parameters=[DeliveryQuery],
        responses={200: OpenApiResponse(DeliveryPage, "A part of the log."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return what went out to you, or to anybody for operations and auditors."""
        query = read_query(DeliveryQuery, request)
        found = with_failures(deliveries_visible_to(self.person))
        if query["state"]:
            found = found.filter(state=query["state"])
        return paged(request, found, order=Order("created_at"), query=query, shape=delivery_shape)


class RetryView(ApiView):
    """Trying one delivery again."""

    writes = Scope.NOTIFICATIONS_WRITE
    impossible = (NotRetriedError,)

    @extend_schema(
        operation_id="deliveries_retry",
        summary="Try a delivery again",
        request=None,
        responses={202: OpenApiResponse(DeliveryShape, "It is due now."), **problems(404)},
    )
    def post(self, request: Request, delivery: int) -> Response:  # noqa: ARG002
        """Let a delivery that failed be tried once more."""
        mine = with_failures(deliveries_retried_by(self.person)).filter(pk=delivery)
        found = mine.first()
        if found is None:
            raise Http404("You have no delivery with that id.")
        retry_delivery(delivery=found, actor=self.person, now=timezone.now())
        return Response(delivery_shape(mine.get()), status=202)
