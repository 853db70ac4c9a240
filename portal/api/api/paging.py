"""Lists by cursor: each page costs the same, and nothing is skipped or shown twice."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from portal.core.keyset import Order, Row, is_cursor, keyset_page
from portal.core.problems import Fault, ProblemError


def paged(
    request: Request,
    rows: QuerySet[Row, Any],
    *,
    order: Order,
    query: dict[str, Any],
    shape: Callable[[Row], dict[str, Any]],
) -> Response:
    """Return the page of `rows` that the query's `cursor` leads to, each row in its shape.

    Raises:
        ProblemError: the cursor is none of this list (400).
    """
    page = keyset_page(
        rows, order=order, cursor=_read(query["cursor"], order), size=query["limit"]
    )
    return Response(
        {
            "items": [shape(row) for row in page.rows],
            "next": _link(request, page.after),
            "previous": _link(request, page.before),
        }
    )


def _link(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    written = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
    return str(replace_query_param(request.build_absolute_uri(), "cursor", written))


def _read(written: str, order: Order) -> str:
    if not written:
        return ""
    try:
        cursor = base64.b64decode(f"{written}{'=' * (-len(written) % 4)}", "-_", validate=True)
        if is_cursor(order, text := cursor.decode()) and "\0" not in text:
            return text
    except (binascii.Error, UnicodeError, ValueError):
        pass
    fault = Fault(
        "cursor leads to no place in this list.",
        "Follow `next` or `previous` of an answer with the same sort, or leave it out.",
        parameter="cursor",
    )
    raise ProblemError(400, f"{fault.detail} {fault.mend}", errors=[fault])
