"""Errors of the API as problem details (RFC 9457), each with what to do in words."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_exception_handler

MEDIA_TYPE = "application/problem+json"


class Problem(serializers.Serializer[dict[str, Any]]):
    """What went wrong with a request (RFC 9457)."""

    type = serializers.CharField(help_text="A name for the kind of problem; about:blank is none.")
    title = serializers.CharField(help_text="The kind of problem in a few words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong here, and how to mend it.")


def problem(status: int, detail: str) -> JsonResponse:
    """Return a problem as a response of a plain Django view."""
    return JsonResponse(_members(status, detail), status=status, content_type=MEDIA_TYPE)


def exception_handler(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Return the response to an error of an API view; None lets it become a server error."""
    response = rest_exception_handler(error, _context)
    if response is None:
        return None
    members = _members(response.status_code, _detail(error))
    headers = {
        name: response[name]
        for name in ("WWW-Authenticate", "Retry-After", "Allow")
        if name in response
    }
    return Response(members, status=response.status_code, headers=headers, content_type=MEDIA_TYPE)


def _members(status: int, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }


def _detail(error: Exception) -> str:
    if isinstance(error, exceptions.ValidationError):
        return " ".join(_sentences(error.detail))
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    if isinstance(error, PermissionDenied):
        return str(error) or "You may not do this."
    if isinstance(error, Http404):
        return str(error) or "There is nothing at this address."
    return ""


def _sentences(detail: Any, name: str = "") -> list[str]:
    if isinstance(detail, dict):
        return [text for key, value in detail.items() for text in _sentences(value, key)]
    if isinstance(detail, list):
        return [text for value in detail for text in _sentences(value, name)]
    return [f"{name}: {detail}" if name and name != "non_field_errors" else str(detail)]
