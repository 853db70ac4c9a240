"""Entries to be sequenced, told as services tell them."""

from django.db import transaction

from portal.audit import services as audit
from portal.audit.events import AuditEvent
from tests.conftest import NOW


def told(number, *, now=NOW):
    """Record so many events, each in a transaction of its own; return their numbers."""
    return [one(index, now=now) for index in range(number)]


@transaction.atomic
def one(index=0, *, now=NOW):
    """Record an event."""
    return audit.record(
        AuditEvent.INCIDENT_OPENED,
        actor="user:alice@example.com",
        subject=f"application:app-{index}",
        now=now,
        data={"incident": index, "severity": 2, "opened_at": "2026-03-04T12:00:00Z"},
        texts={"title": "Cards declined"},
    )
