"""Noticing that somebody else changed the same thing: its version is its latest audit event."""

from collections.abc import Sequence

from portal.audit.events import AuditEvent
from portal.audit.selectors import RecordedEvent, latest_event
from portal.catalogue.models import Application, System, Team

Versioned = Application | System | Team

TELLING: dict[type[Versioned], Sequence[AuditEvent]] = {
    Application: (AuditEvent.APPLICATION_REGISTERED, AuditEvent.APPLICATION_CHANGED),
    System: (AuditEvent.SYSTEM_CREATED, AuditEvent.SYSTEM_CHANGED),
    Team: (AuditEvent.TEAM_CREATED, AuditEvent.TEAM_CHANGED),
}


class ChangedMeanwhileError(Exception):
    """Somebody changed it after the version that the caller has seen; `event` tells who and what."""

    def __init__(self, event: RecordedEvent) -> None:
        super().__init__(event.sentence)
        self.event = event


def current_version(target: Versioned) -> int:
    """Return the version to hand back with a change; 0 when nothing was recorded yet."""
    event = latest_event(subject=target.label, events=TELLING[type(target)])
    return event.number if event else 0


def require_version(target: Versioned, seen: int | None) -> None:
    """Do nothing when nobody changed the locked target since the version seen, or none is given.

    Raises:
        ChangedMeanwhileError: otherwise.
    """
    if seen is None:
        return
    event = latest_event(subject=target.label, events=TELLING[type(target)])
    if event and event.number != seen:
        raise ChangedMeanwhileError(event)
