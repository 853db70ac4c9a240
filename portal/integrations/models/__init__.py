"""What comes in from outside: imports of delivery histories, and events."""

from portal.integrations.models.events import EventState, ReceivedEvent, RefusedEvent
from portal.integrations.models.imports import HistoryImport, ImportState
from portal.integrations.models.leases import (
    ACTIVE,
    LEASE,
    MOST_ATTEMPTS,
    LeasedQuerySet,
    LeasedWork,
)

__all__ = [
    "ACTIVE",
    "LEASE",
    "MOST_ATTEMPTS",
    "EventState",
    "HistoryImport",
    "ImportState",
    "LeasedQuerySet",
    "LeasedWork",
    "ReceivedEvent",
    "RefusedEvent",
]
