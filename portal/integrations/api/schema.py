"""What the OpenAPI schema says of the door for events, whose views are plain for speed."""

from typing import Any

from portal.core.problems import MEDIA_TYPE
from portal.integrations.models import EventState
from portal.integrations.types.kinds import KINDS

_STATUSES = [state.value.lower() for state in EventState]
_TEXT, _TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
_MAYBE_TIME = {**_TIME, "nullable": True}
_REFUSED = {
    "400": "It cannot be read, or does not fit its schema; `errors` names each fault.",
    "401": "There is no token, or it is wrong, expired or revoked.",
    "403": "The token lacks the scope, or speaks for another application.",
    "409": "An event of this id was sent before, with other content; the first stays.",
    "411": "The length of the body is missing.",
    "413": "The body or the batch is too large.",
    "415": "It is no JSON.",
    "503": "The database is away; `Retry-After` says when to send it again.",
}
_TAGS = ["events"]
_SECURITY: list[dict[str, list[str]]] = [{"token": []}]

COMPONENTS: dict[str, Any] = {
    "EventSent": {
        "type": "object",
        "description": "A CDEvent, a CloudEvent around one, or plain JSON: see the guide to events.",
        "properties": {
            "type": {**_TEXT, "description": "deployment, change or incident, in plain JSON."},
            "context": {"type": "object", "description": "The context of a CDEvent."},
        },
        "additionalProperties": True,
    },
    "EventReceipt": {
        "type": "object",
        "description": "What happened to an event that was sent.",
        "properties": {
            "id": {**_TEXT, "format": "uuid", "description": "What it can be followed by."},
            "status": {"type": "string", "enum": [*_STATUSES, "refused"]},
            "duplicate": {"type": "boolean", "description": "It was sent before."},
            "code": {"type": "integer", "description": "Why it is refused, as an HTTP status."},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["status"],
    },
    "BatchReceipt": {
        "type": "object",
        "description": "What happened to each event of a batch, in the order of the batch.",
        "properties": {
            "accepted": {"type": "integer"},
            "duplicates": {"type": "integer"},
            "refused": {"type": "integer"},
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/EventReceipt"}},
        },
        "required": ["accepted", "duplicates", "refused", "events"],
    },
    "Event": {
        "type": "object",
        "description": "An event that came in, and what became of it.",
        "properties": {
            "id": {**_TEXT, "format": "uuid"},
            "status": {"type": "string", "enum": _STATUSES},
            "reason": {**_TEXT, "description": "Why it cannot be processed, and how to mend it."},
            "type": _TEXT,
            "source": _TEXT,
            "event_id": _TEXT,
            "application": {**_TEXT, "nullable": True},
            "occurred_at": _TIME,
            "received_at": _TIME,
            "processed_at": _MAYBE_TIME,
            "attempts": {"type": "integer"},
            "page": {**_TEXT, "description": "Its page in the portal."},
        },
        "required": ["id", "status", "type", "source", "event_id", "received_at"],
    },
}


def _answer(words: str, *names: str) -> dict[str, Any]:
    shapes: list[dict[str, Any]] = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schema = shapes[0] if len(shapes) == 1 else {"oneOf": shapes}
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _refusals(*codes: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        code: {"description": _REFUSED[code], "content": {MEDIA_TYPE: problem}} for code in codes
    }


def _body() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/EventSent"}
    many = {"type": "array", "items": one, "minItems": 1}
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"oneOf": [one, many]}},
            "application/cloudevents+json": {"schema": one},
            "application/cloudevents-batch+json": {"schema": many},
        },
    }


PATHS: dict[str, Any] = {
    "/api/v1/events": {
        "post": {
            "operationId": "events_send",
            "summary": "Send events",
            "description": (
                f"Stores one event or a batch before anything else, and answers with ids to follow."
                f" Takes CDEvents 0.5.1, CloudEvents in structured, batch and binary mode, and plain"
                f" JSON: {len(KINDS)} kinds in all. Sent again, an event has its first answer.\n\n"
                "Scope: `events:write`."
            ),
            "tags": _TAGS,
            "security": _SECURITY,
            "parameters": [
                {
                    "in": "query",
                    "name": "application",
                    "schema": _TEXT,
                    "description": "The application of events that name none, by its slug.",
                }
            ],
            "requestBody": _body(),
            "responses": {
                "202": _answer("Stored.", "EventReceipt", "BatchReceipt"),
                **_refusals(*_REFUSED),
            },
        }
    },
    "/api/v1/events/{public_id}": {
        "get": {
            "operationId": "events_follow",
            "summary": "Follow an event",
            "description": (
                "Returns what became of an event. Whoever sent it may ask, and whoever reads facts."
                "\n\nScope: `events:write` or `facts:read`."
            ),
            "tags": _TAGS,
            "security": [*_SECURITY, {"cookieAuth": []}],
            "parameters": [
                {
                    "in": "path",
                    "name": "public_id",
                    "required": True,
                    "schema": {"type": "string", "format": "uuid"},
                    "description": "The id of the answer to sending it.",
                }
            ],
            "responses": {
                "200": _answer("The event.", "Event"),
                **_refusals("401", "403"),
                "404": {
                    "description": "There is no such event that you sent.",
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
        }
    },
}


def add_events(result: dict[str, Any], **_given: object) -> dict[str, Any]:
    """Add the door to the schema: a hook of drf-spectacular."""
    result["paths"] = dict(sorted({**result["paths"], **PATHS}.items()))
    schemas = {**result["components"]["schemas"], **COMPONENTS}
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result
