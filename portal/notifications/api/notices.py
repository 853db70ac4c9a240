"""One's own notices: listed, and marked read or unread."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.api.base import ApiView
from portal.api.api.paging import paged
from portal.api.api.schema import problems
from portal.api.serializers import read_body, read_query
from portal.api.types import Scope
from portal.core.keyset import Order
from portal.notifications.models import Notice
from portal.notifications.selectors.inbox import notices_of
from portal.notifications.serializers import (
    NoticePage,
    NoticeQuery,
    NoticeShape,
    ReadAllBody,
    ReadAllShape,
    notice_shape,
)
from portal.notifications.services import inbox as services


class NoticesView(ApiView):
    """Your notices."""

    reads = Scope.NOTIFICATIONS_READ

    @extend_schema(
        operation_id="notices_list",
        summary="List your notices",
        parameters=[NoticeQuery],
        responses={200: OpenApiResponse(NoticePage, "A part of your inbox."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return what you were told: the unread first, then the newest."""
        query = read_query(NoticeQuery, request)
        found = notices_of(self.person)
        if query["unread"]:
            found = found.filter(read_at=None)
        if query["kind"]:
            found = found.filter(kind=query["kind"])
        return paged(
            request,
            found,
            order=Order("placed_at"),
            query=query,
            shape=lambda one: notice_shape(one, request.build_absolute_uri(one.url)),
        )


class ReadAllView(ApiView):
    """All your notices at once."""

    writes = Scope.NOTIFICATIONS_WRITE

    @extend_schema(
        operation_id="notices_read_all",
        summary="Mark all your notices read",
        request=ReadAllBody,
        responses={200: OpenApiResponse(ReadAllShape, "They are read."), **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """Mark all your notices read, or all of a kind."""
        kind = read_body(ReadAllBody, request)["kind"]
        marked = services.mark_all_read(user=self.person, now=timezone.now(), kind=kind)
        return Response({"marked": marked})


class MarkView(ApiView):
    """One of your notices."""

    writes = Scope.NOTIFICATIONS_WRITE

    def notice(self, pk: int) -> Notice:
        """Return the notice of the address, or raise `Http404`."""
        found = notices_of(self.person).filter(pk=pk).first()
        if found is None:
            raise Http404("You have no notice with that id.")
        return found

    def shape(self, request: Request, pk: int) -> Response:
        """Return the notice as it is now."""
        found = self.notice(pk)
        return Response(notice_shape(found, request.build_absolute_uri(found.url)))


class ReadView(MarkView):
    """Marking one of your notices read."""

    @extend_schema(
        operation_id="notices_read",
        summary="Mark a notice read",
        request=None,
        responses={200: OpenApiResponse(NoticeShape, "It is read."), **problems(404)},
    )
    def post(self, request: Request, notice: int) -> Response:
        """Mark a notice read; one that was read stays as it is."""
        self.notice(notice)
        services.mark_read(user=self.person, notices=[notice], now=timezone.now())
        return self.shape(request, notice)


class UnreadView(MarkView):
    """Marking one of your notices unread."""

    @extend_schema(
        operation_id="notices_unread",
        summary="Mark a notice unread",
        request=None,
        responses={200: OpenApiResponse(NoticeShape, "It is unread."), **problems(404)},
    )
    def post(self, request: Request, notice: int) -> Response:
        """Mark a notice unread again."""
        self.notice(notice)
        services.mark_unread(user=self.person, notices=[notice])
        return self.shape(request, notice)
