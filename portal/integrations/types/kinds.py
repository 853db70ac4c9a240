"""Every kind of event that the door takes, and what becomes of it: the one table of that.

`docs/events.md` shows it, the door knows types by it, the processing is held to it by a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Becomes(StrEnum):
    """What an event is made into."""

    DEPLOYMENT = "deployment"
    CHANGE = "change"
    INCIDENT = "incident"
    ARTIFACT = "artifact"
    NOTHING = "kept"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event: its type as it is sent, what it becomes, and that in words."""

    type: str
    becomes: Becomes
    words: str


_PREFIX = "dev.cdevents."
_KEPT = "Kept, not needed: no fact is made of it"

# CDEvents 0.5.1: subject and predicate with the version of the type.
_CDEVENTS: Mapping[Becomes, Mapping[str, str]] = {
    Becomes.DEPLOYMENT: {
        "service.deployed.0.3.0": "A deployment that succeeded",
        "service.upgraded.0.3.0": "A deployment that succeeded",
        "service.rolledback.0.3.0": "A deployment that succeeded, and rolls back the one before",
    },
    Becomes.CHANGE: {
        "change.created.0.4.0": "When the change was opened, and its title",
        "change.reviewed.0.3.0": "When the change was first reviewed",
        "change.merged.0.3.0": "When the change was merged",
    },
    Becomes.INCIDENT: {
        "incident.detected.0.3.0": "An incident that began",
        "incident.reported.0.3.0": "An incident that began, with its ticket",
        "incident.resolved.0.3.0": "When the incident was resolved",
    },
    Becomes.ARTIFACT: {
        "artifact.packaged.0.3.0": "Which change the artifact carries",
        "artifact.published.0.3.0": "Which change the artifact carries, if it says so",
    },
    Becomes.NOTHING: dict.fromkeys(
        (
            "artifact.deleted.0.2.0",
            "artifact.downloaded.0.2.0",
            "artifact.signed.0.3.0",
            "branch.created.0.3.0",
            "branch.deleted.0.3.0",
            "build.finished.0.3.0",
            "build.queued.0.3.0",
            "build.started.0.3.0",
            "change.abandoned.0.3.0",
            "change.updated.0.3.0",
            "environment.created.0.3.0",
            "environment.deleted.0.3.0",
            "environment.modified.0.3.0",
            "pipelinerun.finished.0.3.0",
            "pipelinerun.queued.0.3.0",
            "pipelinerun.started.0.3.0",
            "repository.created.0.3.0",
            "repository.deleted.0.3.0",
            "repository.modified.0.3.0",
            "service.published.0.3.0",
            "service.removed.0.3.0",
            "taskrun.finished.0.3.0",
            "taskrun.started.0.3.0",
            "testcaserun.finished.0.3.0",
            "testcaserun.queued.0.3.0",
            "testcaserun.skipped.0.2.0",
            "testcaserun.started.0.3.0",
            "testoutput.published.0.3.0",
            "testsuiterun.finished.0.3.0",
            "testsuiterun.queued.0.3.0",
            "testsuiterun.started.0.3.0",
            "ticket.closed.0.2.0",
            "ticket.created.0.2.0",
            "ticket.updated.0.2.0",
        ),
        _KEPT,
    ),
}

CDEVENTS: Mapping[str, Kind] = {
    _PREFIX + written: Kind(_PREFIX + written, becomes, words)
    for becomes, kinds in _CDEVENTS.items()
    for written, words in kinds.items()
}
PLAIN: Mapping[str, Kind] = {
    "deployment": Kind("deployment", Becomes.DEPLOYMENT, "A deployment, as it stands"),
    "change": Kind("change", Becomes.CHANGE, "A change, as far as it is known"),
    "incident": Kind("incident", Becomes.INCIDENT, "An incident, as it stands"),
}
KINDS: Mapping[str, Kind] = {**PLAIN, **dict(sorted(CDEVENTS.items()))}
