"""The view that all operations of the API are made of.

A view says which scope reading and writing needs (`reads`, `writes`) and has one method per HTTP
method. It gets for nothing: tokens beside sessions, a strict JSON parser, throttling by token,
idempotency keys on whatever changes something, and problem details.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import User
from portal.accounts.policies import Actor
from portal.api.api.authentication import HoldsScope, TokenAuthentication, principal
from portal.api.api.parsing import StrictJsonParser
from portal.api.api.schema import Schema
from portal.api.api.throttling import PrincipalThrottle
from portal.api.services import answers
from portal.api.services.authentication import Principal
from portal.api.types import Scope
from portal.core.problems import Fault, ProblemError

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255
# What of an answer is given again; the rest belongs to the request.
KEPT_HEADERS = ("ETag", "Location")


class ApiView(APIView):
    """An operation or several of one address; `reads` and `writes` are the scopes they need."""

    reads: ClassVar[Scope]
    writes: ClassVar[Scope]
    # What services raise when a request clashes with what is there (409), or asks for what cannot
    # be (422); their sentences say how to mend it.
    conflicts: ClassVar[tuple[type[Exception], ...]] = ()
    impossible: ClassVar[tuple[type[Exception], ...]] = ()

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [HoldsScope]
    throttle_classes = [PrincipalThrottle]
    parser_classes = [StrictJsonParser]
    renderer_classes = [JSONRenderer]
    schema = Schema()

    @property
    def principal(self) -> Principal:
        """Who makes the request."""
        found = principal(self.request)
        assert found is not None  # noqa: S101 - the permission has seen to it
        return found

    @property
    def actor(self) -> Actor:
        """The person or pipeline that the request is put on record for."""
        return self.principal.actor

    @property
    def person(self) -> User:
        """The person who makes the request.

        Raises:
            ProblemError: it is a pipeline (403).
        """
        if not isinstance(self.actor, User):
            raise ProblemError(
                403, "A pipeline may not do this: it needs the word of a person. Use their token."
            )
        return self.actor

    def handle_exception(self, exc: Exception) -> Response:
        """Return the problem that an error is; what is none is raised again."""
        if isinstance(exc, self.conflicts):
            exc = ProblemError(409, str(exc))
        elif isinstance(exc, self.impossible):
            exc = ProblemError(422, str(exc))
        return super().handle_exception(exc)

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Answer a request as DRF does, but do what changes something once per idempotency key."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        response: HttpResponseBase
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._answer()
        except Exception as error:  # noqa: BLE001 - what is no problem is raised again there
            response = self.handle_exception(error)
        self.response = self.finalize_response(
            self.request,
            response,  # type: ignore[arg-type]
            *args,
            **kwargs,
        )
        return self.response

    def _answer(self) -> HttpResponseBase:
        key = self.request.headers.get(KEY_HEADER)
        if key is None or self.request.method in SAFE_METHODS:
            return self._handled()
        _check_key(key)
        asked = answers.Asked(self.principal.sender, key, _fingerprint(self.request))
        now = timezone.now()
        with transaction.atomic():
            kept = _recalled(asked, now)
            if kept is not None:
                return kept
            response = self._handled()
            answers.keep_answer(
                asked=asked,
                status=response.status_code,
                headers={name: response[name] for name in KEPT_HEADERS if name in response},
                body=_body(response),
                now=now,
            )
            return response

    def _handled(self) -> HttpResponseBase:
        name = (self.request.method or "").lower()
        known = name in self.http_method_names
        handler = getattr(self, name, self.http_method_not_allowed)
        handler = handler if known else self.http_method_not_allowed
        response: HttpResponseBase = handler(self.request, *self.args, **self.kwargs)
        return response


def _check_key(key: str) -> None:
    if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return
    fault = Fault(
        f"{KEY_HEADER} is empty, too long or not ASCII.",
        f"Send a fresh UUID, or up to {LONGEST_KEY} other visible characters.",
        parameter=KEY_HEADER,
    )
    raise ProblemError(400, f"{fault.detail} {fault.mend}", errors=[fault])


def _fingerprint(request: Request) -> bytes:
    """Return the digest of what is asked, however its JSON is written."""
    body = json.dumps(request.data, sort_keys=True)
    asked = (request.method, request.get_full_path(), request.headers.get("If-Match"), body)
    return sha256(repr(asked).encode()).digest()


def _recalled(asked: answers.Asked, now: datetime) -> HttpResponse | None:
    try:
        kept = answers.recall_answer(asked=asked, now=now)
    except answers.KeyInUseError as error:
        raise ProblemError(
            409,
            f"A request with this {KEY_HEADER} is being worked on. Wait a moment, then send it "
            "again: you will get its answer.",
            headers={"Retry-After": "1"},
        ) from error
    except answers.KeyReusedError as error:
        raise ProblemError(
            422,
            f"This {KEY_HEADER} was used for another request. Take a fresh one for each change.",
        ) from error
    if kept is None:
        return None
    response = HttpResponse(
        bytes(kept.body), status=kept.status, content_type="application/json", headers=kept.headers
    )
    response["Idempotent-Replayed"] = "true"
    return response


def _body(response: HttpResponseBase) -> bytes:
    data = getattr(response, "data", None)
    return b"" if data is None else JSONRenderer().render(data)
