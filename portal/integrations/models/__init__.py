"""What comes in from outside: imports of delivery histories, and events."""

from portal.integrations.models.events import EventState, ReceivedEvent, RefusedEvent
from portal.integrations.models.imports import (
    LEASE,
    MOST_ATTEMPTS,
    HistoryImport,
    HistoryImportQuerySet,
    ImportState,
)

__all__ = [
    "LEASE",
    "MOST_ATTEMPTS",
    "EventState",
    "HistoryImport",
    "HistoryImportQuerySet",
    "ImportState",
    "ReceivedEvent",
    "RefusedEvent",
]
