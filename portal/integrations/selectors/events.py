"""Reads of events: one to follow, and the lists of what came in."""

from uuid import UUID

from portal.integrations.models import ReceivedEvent


def event_to_follow(public_id: UUID, *, sender: str = "") -> ReceivedEvent | None:
    """Return an event; of a certain sender when one is named."""
    found = ReceivedEvent.objects.select_related("application").defer("body")
    if sender:
        found = found.filter(sender=sender)
    return found.filter(public_id=public_id).first()
