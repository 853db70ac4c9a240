"""Errors of the API as problem details (RFC 9457), each with what to do in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_exception_handler

from portal.core.strict_json import pointer

MEDIA_TYPE = "application/problem+json"

# How to mend what a check refuses, by the code of its error.
MENDS = {
    "required": "Add it.",
    "null": "Give a value, or leave it out.",
    "blank": "Give at least one character.",
    "empty": "Give at least one.",
    "max_length": "Shorten it.",
    "unknown": "Leave it out, or check its spelling.",
    "invalid_choice": "Use one of the values that the documentation lists.",
    "does_not_exist": "Use one that exists.",
}
MEND = "Correct it; the documentation at /api/docs/ says what fits."


class FaultShape(serializers.Serializer[Any]):
    """One thing that is wrong with a request."""

    pointer = serializers.CharField(
        required=False, help_text="The place in the body, as a JSON pointer: #/links/0/url."
    )
    parameter = serializers.CharField(
        required=False, help_text="The name of the query parameter or header."
    )
    detail = serializers.CharField(help_text="What is wrong there.")
    mend = serializers.CharField(help_text="What to do.")


class Problem(serializers.Serializer[dict[str, Any]]):
    """What went wrong with a request (RFC 9457)."""

    type = serializers.CharField(help_text="A name for the kind of problem; about:blank is none.")
    title = serializers.CharField(help_text="The kind of problem in a few words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong here, and how to mend it.")
    errors = FaultShape(many=True, help_text="Everything that is wrong, one by one.")  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `pointer` into the body, or `parameter` of the query, or neither."""

    detail: str
    mend: str = MEND
    pointer: str = ""
    parameter: str = ""

    def members(self) -> dict[str, str]:
        """Return it as it is sent: what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value}


class ProblemError(exceptions.APIException):
    """A refusal with its status, sentence, single faults and headers."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status_code = status
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> JsonResponse:
        """Return it as the response of a plain Django view."""
        return problem(self.status_code, str(self.detail), self.errors, self.headers)


def problem(
    status: int,
    detail: str,
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """Return a problem as a response of a plain Django view."""
    members = _members(status, detail, errors)
    return JsonResponse(members, status=status, content_type=MEDIA_TYPE, headers=headers)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an error of an API view; None lets it become a server error."""
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(serializers.as_serializer_error(error))
    response = rest_exception_handler(error, context)
    if response is None:
        return None
    faults = list(_faults(error))
    members = _members(response.status_code, _detail(error, faults), faults)
    headers = {
        name: response[name]
        for name in ("WWW-Authenticate", "Retry-After", "Allow")
        if name in response
    }
    if isinstance(error, ProblemError):
        headers |= error.headers
    return Response(members, status=response.status_code, headers=headers, content_type=MEDIA_TYPE)


def _members(status: int, detail: str, errors: Sequence[Fault]) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": [fault.members() for fault in errors],
    }


def _detail(error: Exception, faults: Sequence[Fault]) -> str:
    if isinstance(error, exceptions.ValidationError):
        return " ".join(_sentence(fault) for fault in faults)
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    if isinstance(error, PermissionDenied):
        return str(error) or "You may not do this."
    if isinstance(error, Http404):
        return str(error) or "There is nothing at this address."
    return ""


def _sentence(fault: Fault) -> str:
    name = fault.pointer.removeprefix("#/").replace("/", ".")
    return f"{name}: {fault.detail}" if name not in {"", "#"} else fault.detail


def _faults(error: Exception) -> Iterator[Fault]:
    if isinstance(error, ProblemError):
        yield from error.errors
    elif isinstance(error, exceptions.ValidationError):
        yield from faults_in(error.detail)


def faults_in(detail: Any, *path: str | int) -> Iterator[Fault]:
    """Yield what the checks of a serializer found, each with where it is."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = () if name == "non_field_errors" else (name,)
            yield from faults_in(inner, *path, *step)
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            # A list of lists and objects is one of items; a list of sentences is about its place.
            step = (number,) if isinstance(inner, dict | list) else ()
            yield from faults_in(inner, *path, *step)
    else:
        mend = MENDS.get(getattr(detail, "code", ""), MEND)
        yield Fault(str(detail), mend, pointer(*path))
