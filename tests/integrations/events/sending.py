"""Events to send, and somebody who sends them."""

import copy
import json
from typing import Any

from django.test import Client

ADDRESS = "/api/v1/events"
DEPLOYMENT: dict[str, Any] = {
    "type": "deployment",
    "environment": "production",
    "version": "1.4.2",
    "status": "succeeded",
    "finished_at": "2026-03-04T11:59:00Z",
}
CDEVENT: dict[str, Any] = {
    "context": {
        "specversion": "0.5.1",
        "id": "271069a8",
        "source": "/ci/checkout",
        "type": "dev.cdevents.service.deployed.0.3.0",
        "timestamp": "2026-03-04T11:59:00Z",
    },
    "subject": {
        "id": "checkout",
        "content": {"environment": {"id": "production"}, "artifactId": "pkg:oci/checkout@1.4.2"},
    },
}
CLOUDEVENT = {
    "specversion": "1.0",
    "id": "271069a8",
    "source": "/ci/checkout",
    "type": "dev.cdevents.service.deployed.0.3.0",
    "datacontenttype": "application/json",
    "data": CDEVENT,
}


def cdevent(event_id="271069a8", **context):
    """Return the event with another id, and other values of its context."""
    event = copy.deepcopy(CDEVENT)
    event["context"] |= {"id": event_id, **context}
    return event


class Sender:
    """Sends to the door, as a program with a token does."""

    def __init__(self, headers):
        self.client = Client(headers=headers)

    def __call__(self, event, *, kind="application/json", query="", headers=None):
        """Send a value as JSON, or bytes as they are."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.client.generic(
            "POST", ADDRESS + query, body, content_type=kind, headers=headers or {}
        )

    def follow(self, event_id):
        """Ask what became of an event."""
        return self.client.get(f"{ADDRESS}/{event_id}")
