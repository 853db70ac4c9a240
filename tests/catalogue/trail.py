"""Reading what the audit trail says, in the tests."""

import json

from portal.audit.events import sentence
from portal.audit.models import Entry


def last_event():
    """Return the newest audit event as a sentence."""
    entry = Entry.objects.latest("id")
    data = json.loads(bytes(entry.body))["data"]
    return sentence(entry.event, actor=entry.actor, subject=entry.subject, data=data)
