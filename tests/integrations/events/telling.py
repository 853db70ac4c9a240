"""Events as senders write them, and as the door stores them."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

from portal.integrations.models import ReceivedEvent
from portal.integrations.types import plain

VERSIONS = {"change.created": "0.4.0"}


def cdevent(kind, at, *, subject="checkout", id_, source="/ci", content=None, custom=None, **more):
    """A CDEvent of 0.5.1; `more` goes into its context."""
    event = {
        "context": {
            "specversion": "0.5.1",
            "id": id_,
            "source": source,
            "type": f"dev.cdevents.{kind}.{VERSIONS.get(kind, '0.3.0')}",
            "timestamp": at.isoformat(),
            **more,
        },
        "subject": {"id": subject, "content": content or {}},
    }
    return event | ({"customData": custom} if custom else {})


def told(type_, **values):
    """A plain event; instants are written as text."""
    return {"type": type_} | {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }


def envelope(event):
    """Return source, id, type and instant of an event."""
    if context := event.get("context"):
        at = datetime.fromisoformat(context["timestamp"])
        return context["source"], context["id"], context["type"], at.astimezone(UTC)
    body = json.dumps(event, sort_keys=True).encode()
    at = plain.occurred_at(event).astimezone(UTC)
    return event.get("source", plain.SOURCE), sha256(body).hexdigest(), event["type"], at


def store(events, *, application, now, sender=None):
    """Store events as the door does: once per source and id; return how many were new."""
    rows = []
    for event in events:
        source, event_id, type_, at = envelope(event)
        rows.append(
            ReceivedEvent(
                public_id=uuid4(),
                sender=sender or f"application:{application.pk}",
                source=source,
                event_id=event_id,
                type=type_,
                body=json.dumps(event).encode(),
                occurred_at=at,
                received_at=now,
                application=application,
            )
        )
    before = ReceivedEvent.objects.count()
    ReceivedEvent.objects.bulk_create(rows, ignore_conflicts=True)
    return ReceivedEvent.objects.count() - before
