"""The append-only tables of the audit trail. Only this app touches them."""

from portal.audit.models.entries import Entry, FreeText
from portal.audit.models.log import Alarm, Checkpoint, Leaf, Log, LogKey, Node

__all__ = ["Alarm", "Checkpoint", "Entry", "FreeText", "Leaf", "Log", "LogKey", "Node"]
