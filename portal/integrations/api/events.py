"""`/api/v1/events`: the door, as plain views, because what comes often must be quick."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial, wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from portal.api.api.authentication import bearer_of, principal_of, require_scope
from portal.api.services.authentication import Principal
from portal.api.types import Scope
from portal.core import problems
from portal.core.problems import ProblemError
from portal.core.strict_json import JsonError, read_json
from portal.integrations.models import ReceivedEvent
from portal.integrations.selectors.applications import applications_by_slug
from portal.integrations.selectors.events import event_to_follow
from portal.integrations.services import pipelines
from portal.integrations.services.door import (
    Receipt,
    Refusal,
    UnprovenError,
    keep_refusals,
    printable,
    receive,
)
from portal.integrations.types.cloudevents import HEADER, Unwrapped, unwrap, unwrap_binary
from portal.integrations.types.faults import Fault, FaultyError, sentence
from portal.integrations.types.incoming import MOST_BYTES, Incoming, incoming
from portal.integrations.types.shapes import Json

MOST_EVENTS = 10_000
MOST_BATCH_BYTES = 10 * 1024 * 1024
RETRY_SECONDS = 5
# How many faults are told and kept at most, of one event and of a request.
MOST_FAULTS = 100
JSON, CLOUDEVENT = "application/json", "application/cloudevents+json"
CLOUDEVENT_BATCH = "application/cloudevents-batch+json"

View = Callable[..., HttpResponse]


def machine_view(view: View) -> View:
    """Answer with problem documents, and ask to try again when the database is away.

    Nobody is led to the page for signing in, and no cookie opens it, so nothing can be forged.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except ProblemError as error:
            return error.response()
        except (OperationalError, InterfaceError):
            return ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The database is away, so nothing was stored. Send it again in a moment.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            ).response()

    return answered


@machine_view
def receive_events(request: HttpRequest) -> HttpResponse:
    """Take one event or many: stored first, processed after."""
    now = timezone.now()
    remembered = pipelines.recall(authorization=_authorization(request), now=now)
    sender = remembered or _authenticated(request, now)
    if request.method != "POST":
        raise ProblemError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "Events are sent with POST. What came in is on the page /events/.",
            headers={"Allow": "POST"},
        )
    try:
        sent, is_batch = _sent(request, _body(request), now)
        asked = partial(receive, sent=sent, default=_default(request, sender), now=now)
        try:
            receipts = asked(sender=sender, is_proven=remembered is None)
        except UnprovenError:
            receipts = asked(sender=_authenticated(request, now))
    except _RefusedError as error:
        sender = _authenticated(request, now) if remembered else sender
        keep_refusals([error.refusal], sender=sender, now=now)
        return _problem(error.refusal.status, error.refusal.faults)
    return _batch_answer(receipts) if is_batch else _answer(receipts[0])


def _authenticated(request: HttpRequest, now: datetime) -> Principal:
    sender = require_scope(bearer_of(request), Scope.EVENTS_WRITE)
    pipelines.remember(authorization=_authorization(request), sender=sender, now=now)
    return sender


def _authorization(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "")


@machine_view
def follow_event(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Tell what became of an event, to whoever sent it and to whoever reads facts."""
    principal = principal_of(request)
    reader = principal if _reads_facts(principal) else None
    if reader is None:
        principal = require_scope(principal, Scope.EVENTS_WRITE)
    if request.method not in {"GET", "HEAD"}:
        raise ProblemError(
            HTTPStatus.METHOD_NOT_ALLOWED, "An event is read with GET.", headers={"Allow": "GET"}
        )
    event = event_to_follow(public_id, sender="" if reader or not principal else principal.sender)
    if event is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "There is no such event that you sent.")
    return JsonResponse(_told(event))


def _reads_facts(principal: Principal | None) -> bool:
    # A pipeline follows what was sent for its own application, and nothing else.
    return (
        principal is not None
        and principal.application_id is None
        and Scope.FACTS_READ in principal.scopes
    )


class _RefusedError(Exception):
    """The whole request is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def _refused(status: int, fault: Fault, body: bytes = b"") -> _RefusedError:
    return _RefusedError(Refusal([fault], body, status=status))


def _body(request: HttpRequest) -> bytes:
    """Return the body, unless it is larger than any that is taken."""
    try:
        length = int(request.headers.get("Content-Length") or -1)
    except ValueError:
        length = -1
    if length < 0:
        fault = Fault("Content-Length", "It is missing.", "Send the body whole, not in chunks.")
        raise _refused(HTTPStatus.LENGTH_REQUIRED, fault)
    if length > MOST_BATCH_BYTES:
        raise _too_large(length, MOST_BATCH_BYTES)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        fault = Fault("Content-Encoding", "It is compressed.", "Send it as it is.")
        raise _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, fault)
    return request.read()


def _too_large(length: int, most: int) -> _RefusedError:
    mend = f"Send at most {most:,} bytes; many events in several batches."
    fault = Fault("", f"The body has {length:,} bytes.", mend)
    return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, fault)


def _default(request: HttpRequest, sender: Principal) -> str:
    """Return the slug of the application that the address names for all of the events.

    A pipeline has but one to name, and does not learn which others there are.
    """
    slug = request.GET.get("application", "")
    if sender.application_id is not None or not slug:
        return slug
    if not (slug.isprintable() and applications_by_slug({slug})):
        fault = Fault(
            "", f"There is no application “{printable(slug[:100])}”.", "Register it, or mend it."
        )
        raise _refused(HTTPStatus.BAD_REQUEST, fault)
    return slug


def _sent(
    request: HttpRequest, raw: bytes, now: datetime
) -> tuple[list[Incoming | Refusal], bool]:
    """Return the events of a request, good and bad, and whether it was a batch."""
    kind = _media_type(request)
    try:
        document = read_json(raw)
    except JsonError as error:
        fault = Fault(error.pointer.removeprefix("#"), str(error), error.mend)
        raise _refused(HTTPStatus.BAD_REQUEST, fault, raw) from error
    is_batch = isinstance(document, list) and kind != CLOUDEVENT
    if kind == CLOUDEVENT_BATCH and not is_batch:
        fault = Fault("", "This is not a batch.", "Send a JSON array of CloudEvents.")
        raise _refused(HTTPStatus.BAD_REQUEST, fault, raw)
    if not is_batch and len(raw) > MOST_BYTES:
        raise _too_large(len(raw), MOST_BYTES)
    if kind in {CLOUDEVENT, CLOUDEVENT_BATCH}:
        opened: Callable[[Json], Unwrapped] | None = unwrap
    elif binary := {n: v for n, v in request.headers.items() if n.lower().startswith(HEADER)}:
        opened, is_batch = (lambda data: unwrap_binary(binary, data)), False
    else:
        opened = None
    if not is_batch:
        return [_one(document, opened, now, raw)], False
    if not 0 < len(document) <= MOST_EVENTS:
        fault = Fault(
            "", f"The batch has {len(document):,} events.", f"Send 1 to {MOST_EVENTS:,} of them."
        )
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if document else HTTPStatus.BAD_REQUEST
        raise _refused(status, fault)
    return [_one(item, opened, now, None) for item in document], True


def _media_type(request: HttpRequest) -> str:
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    kind = request.content_type or ""
    if kind in {JSON, CLOUDEVENT, CLOUDEVENT_BATCH} and charset.lower() in {"utf-8", "utf8"}:
        return kind
    said = printable((request.headers.get("Content-Type") or "nothing")[:100])
    fault = Fault(
        "Content-Type",
        f"It is {said}.",
        f"Send {JSON}, {CLOUDEVENT} or {CLOUDEVENT_BATCH}, in UTF-8.",
    )
    raise _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, fault)


def _one(
    item: Json, opened: Callable[[Json], Unwrapped] | None, now: datetime, raw: bytes | None
) -> Incoming | Refusal:
    """Return one event, or why it is refused."""
    at = ""
    try:
        if opened is None:
            return incoming(item, now=now)
        unwrapped = opened(item)
        at = unwrapped.at
        return incoming(unwrapped.event, now=now, envelope=unwrapped.envelope)
    except FaultyError as error:
        faults = [fault.under(at) for fault in error.faults[:MOST_FAULTS]]
        body = raw if raw is not None else json.dumps(item, ensure_ascii=False).encode()
        return Refusal(faults, body, _type_said(item))


def _type_said(item: Json) -> str:
    if not isinstance(item, dict):
        return ""
    context = item.get("context")
    said = context.get("type") if isinstance(context, dict) else item.get("type")
    return said if isinstance(said, str) else ""


def _answer(receipt: Receipt) -> HttpResponse:
    if receipt.refusal is None:
        return JsonResponse(_receipt(receipt), status=HTTPStatus.ACCEPTED)
    return _problem(receipt.refusal.status, receipt.refusal.faults)


def _batch_answer(receipts: Sequence[Receipt]) -> HttpResponse:
    """Tell of each event what happened; when none is good the whole is a problem."""
    if any(receipt.refusal is None for receipt in receipts):
        told = [_receipt(receipt) for receipt in receipts]
        refused = sum(receipt.refusal is not None for receipt in receipts)
        repeated = sum(receipt.is_duplicate for receipt in receipts)
        counts = {
            "accepted": len(receipts) - refused - repeated,
            "duplicates": repeated,
            "refused": refused,
        }
        return JsonResponse(counts | {"events": told}, status=HTTPStatus.ACCEPTED)
    refusals = [receipt.refusal for receipt in receipts if receipt.refusal]
    statuses = {refusal.status for refusal in refusals}
    status = statuses.pop() if len(statuses) == 1 else HTTPStatus.BAD_REQUEST
    return _problem(status, list(_numbered(refusals)))


def _numbered(refusals: Sequence[Refusal]) -> Iterator[Fault]:
    for number, refusal in enumerate(refusals):
        yield from (fault.under(f"/{number}") for fault in refusal.faults)


def _receipt(receipt: Receipt) -> dict[str, object]:
    if receipt.refusal is not None:
        told: dict[str, object] = {
            "status": "refused",
            "code": receipt.refusal.status,
            "errors": [_member(fault) for fault in receipt.refusal.faults],
        }
        return told | ({"id": str(receipt.public_id)} if receipt.public_id else {})
    told = {"id": str(receipt.public_id), "status": (receipt.state or "").lower()}
    return told | ({"duplicate": True} if receipt.is_duplicate else {})


def _member(fault: Fault) -> dict[str, str]:
    return _shared(fault).members()


def _shared(fault: Fault) -> problems.Fault:
    """Return the fault as all of the API tells it: a pointer in a fragment, or a header."""
    header = printable(fault.header)
    return problems.Fault(
        printable(fault.detail),
        printable(fault.mend),
        pointer="" if header else f"#{printable(fault.pointer)}",
        parameter=header,
    )


def _problem(status: int, faults: Sequence[Fault]) -> HttpResponse:
    told = faults[:MOST_FAULTS]
    return problems.problem(status, printable(sentence(told[:3])), [_shared(one) for one in told])


def _told(event: ReceivedEvent) -> dict[str, object]:
    return {
        "id": str(event.public_id),
        "status": event.state.lower(),
        "reason": event.reason,
        "type": event.type,
        "source": event.source,
        "event_id": event.event_id,
        "application": event.application.slug if event.application else None,
        "occurred_at": event.occurred_at,
        "received_at": event.received_at,
        "processed_at": event.processed_at,
        "attempts": event.attempts,
        "page": reverse("event", args=[event.public_id]),
    }
