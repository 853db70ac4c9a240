"""What audit events tell of a step."""

from collections.abc import Mapping

from portal.audit.events import AuditEvent
from portal.audit.services import Happening
from portal.core.changes import describe_changes
from portal.descriptors.plans.compare import Step
from portal.descriptors.plans.state import Value

# Fields whose values are slugs of teams or systems, as the trail names them.
LABELS = {"owner": "team", "parent": "team", "system": "catalogue-system"}


def change_of(step: Step, event: AuditEvent, subject: str) -> Happening:
    """Return the event of a change, in the same words as the pages' services."""
    return Happening(event, subject, {"changes": words_of(step)})


def words_of(step: Step) -> str:
    """Return the changes of a step in words."""
    return describe_changes(
        {change.field: _labelled(change.field, change.before) for change in step.changes},
        {change.field: _labelled(change.field, change.after) for change in step.changes},
    )


def after(step: Step) -> Mapping[str, Value]:
    """Return the new values by field."""
    return {change.field: change.after for change in step.changes}


def _labelled(field: str, value: Value) -> object:
    if isinstance(value, tuple):
        return list(value)
    return f"{LABELS[field]}:{value}" if field in LABELS and value else value
