"""One's own contact ways: listed, added, tested, verified, removed."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.base import ApiView
from portal.api.api.schema import problems
from portal.api.serializers import read_body
from portal.api.types import Scope
from portal.core.problems import Fault, ProblemError
from portal.notifications.models import ContactWay, WayKind
from portal.notifications.selectors.ways import ways_of
from portal.notifications.serializers import CodeBody, WayBody, WaysAnswer, WayShape, way_shape
from portal.notifications.services import ways as services


class WayView(ApiView):
    """Your contact ways."""

    reads = Scope.NOTIFICATIONS_READ
    writes = Scope.NOTIFICATIONS_WRITE
    impossible = (services.WayError,)

    def way(self, pk: int) -> ContactWay:
        """Return the way of the address, or raise `Http404`."""
        found = ways_of(self.person).filter(pk=pk).first()
        if found is None:
            raise Http404("You have no contact way with that id.")
        return found

    def shape(self, pk: int, now: datetime, status: int = 200) -> Response:
        """Return the way as it is now."""
        way = self.way(pk)
        return Response(way_shape(way, way.state(now)), status=status)


class WaysView(WayView):
    """All your contact ways."""

    @extend_schema(
        operation_id="contact_ways_list",
        summary="List your contact ways",
        responses={200: OpenApiResponse(WaysAnswer, "In the order in which they are tried.")},
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Return your contact ways and how their tests stand."""
        now = timezone.now()
        return Response(
            {"items": [way_shape(one, one.state(now)) for one in ways_of(self.person)]}
        )

    @extend_schema(
        operation_id="contact_ways_add",
        summary="Add a contact way",
        request=WayBody,
        responses={
            201: OpenApiResponse(WayShape, "It is there; it counts once it was tested."),
            **problems(400),
        },
    )
    def post(self, request: Request) -> Response:
        """Add a contact way of yours, the last to be tried."""
        body, now = read_body(WayBody, request), timezone.now()
        try:
            way = services.add_way(
                kind=WayKind(body["kind"]),
                address=body["address"],
                label=body["label"],
                actor=self.person,
                now=now,
            )
        except ValidationError as error:
            faults = [Fault(words, pointer="#/address") for words in error.messages]
            raise ProblemError(400, " ".join(error.messages), errors=faults) from error
        return self.shape(way.pk, now, 201)


class OneWayView(WayView):
    """One of your contact ways."""

    @extend_schema(
        operation_id="contact_ways_remove",
        summary="Remove a contact way",
        responses={204: OpenApiResponse(description="Its address is erased."), **problems(404)},
    )
    def delete(self, request: Request, way: int) -> Response:  # noqa: ARG002
        """Remove a contact way; what waits to go by it goes by the next."""
        services.remove_way(way=self.way(way), actor=self.person, now=timezone.now())
        return Response(status=204)


class TestView(WayView):
    """Testing one of your contact ways."""

    @extend_schema(
        operation_id="contact_ways_test",
        summary="Send a test",
        request=None,
        responses={202: OpenApiResponse(WayShape, "It is on its way."), **problems(404)},
    )
    def post(self, request: Request, way: int) -> Response:  # noqa: ARG002
        """Send a code by a contact way."""
        now = timezone.now()
        services.send_test(way=self.way(way), actor=self.person, now=now)
        return self.shape(way, now, 202)


class AnswerView(WayView):
    """Answering the test of one of your contact ways."""

    @extend_schema(
        operation_id="contact_ways_answer",
        summary="Answer a test",
        request=CodeBody,
        responses={200: OpenApiResponse(WayShape, "It is verified."), **problems(400, 404)},
    )
    def post(self, request: Request, way: int) -> Response:
        """Verify a contact way by the code that its test carried."""
        found, now = self.way(way), timezone.now()
        code = read_body(CodeBody, request)["code"]
        services.answer_test(way=found, code=code, actor=self.person, now=now)
        return self.shape(way, now)
