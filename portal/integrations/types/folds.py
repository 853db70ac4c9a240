"""All that is said about one subject, folded into the fact that it is.

A fold is a function of the set of testimonies: they are put in order by when they happened, so it
does not matter in which order they came in, how late, or how often.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kpis.metrics.history import Patterns
from kpis.types import ToldArtifact, ToldChange, ToldDeployment, ToldIncident
from portal.integrations.types.testimony import Testimony

FINISHED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
MINOR = 3
# How senders say how bad it is.
SEVERITIES = {
    **dict.fromkeys(("critical", "sev1", "p1", "1", "blocker"), 1),
    **dict.fromkeys(("major", "high", "error", "sev2", "p2", "2"), 2),
    **dict.fromkeys(("minor", "medium", "moderate", "warning", "sev3", "p3", "3"), 3),
    **dict.fromkeys(("low", "info", "sev4", "p4", "4"), 4),
}


def in_order(testimonies: Iterable[Testimony]) -> list[Testimony]:
    """Return testimonies by when they happened; at one instant by source and event."""
    return sorted(testimonies, key=lambda each: each.order)


def fold_deployment(
    said: Sequence[Testimony], *, application: int, environment: int, repository: int | None
) -> ToldDeployment:
    """Return a deployment: the first end that is told is its end, whatever is told later."""
    finished = next((each for each in said if each.words["status"] in FINISHED), None)
    told = finished or said[-1]
    return ToldDeployment(
        application_id=application,
        environment_id=environment,
        external_id=told.words["external_id"],
        event=told.event,
        status=told.words["status"],
        started_at=_earliest(said, "started_at"),
        finished_at=(finished.words["finished_at"] or finished.occurred_at) if finished else None,
        version=_last(said, "version"),
        kind=_last(said, "kind"),
        repository_id=repository,
        sha=_last(said, "sha"),
        artifact=_last(said, "artifact"),
        changes=_last(said, "changes") or (),
        names=_all(said, "names"),
        remedies=_last(said, "remedies"),
        deployer=_last(said, "deployer"),
        url=_last(said, "url"),
    )


def fold_change(
    said: Sequence[Testimony],
    *,
    application: int,
    repository: int,
    bots: Patterns,
    hotfixes: Patterns,
) -> ToldChange:
    """Return a change: each stage when it was first reached.

    What nobody told the first commit of was authored when it is first heard of.
    """
    opened, reviewed, merged = (
        _earliest(said, name) for name in ("opened_at", "reviewed_at", "merged_at")
    )
    known = [at for at in (opened, reviewed, merged) if at is not None]
    title, author = _last(said, "title"), _last(said, "author")
    return ToldChange(
        application_id=application,
        repository_id=repository,
        external_id=said[0].words["external_id"],
        sha=_last(said, "sha"),
        title=title,
        author=author,
        is_bot=bots.match(author),
        is_revert=title.startswith('Revert "'),
        is_hotfix=hotfixes.match(title),
        url=_last(said, "url"),
        authored_at=_earliest(said, "authored_at") or min(known),
        opened_at=opened,
        reviewed_at=reviewed,
        merged_at=merged,
    )


def fold_incident(
    said: Sequence[Testimony], *, application: int, environment: int | None
) -> ToldIncident | None:
    """Return an incident, or None while nothing tells when it began.

    It ends with the first end that is told; when it is detected again later, it goes on.
    """
    opened = _earliest(said, "opened_at")
    if opened is None:
        return None
    resolved: datetime | None = None
    for each in said:
        if resolved is None:
            resolved = each.words["resolved_at"]
        elif each.words.get("began_again") and each.occurred_at > resolved:
            resolved = None
    severity = _last(said, "severity")
    return ToldIncident(
        application_id=application,
        environment_id=environment,
        external_id=said[0].words["external_id"],
        event=next(each.event for each in said if each.words["opened_at"] == opened),
        title=_last(said, "title") or "Incident",
        severity=SEVERITIES.get(severity, MINOR),
        opened_at=opened,
        acknowledged_at=_earliest(said, "acknowledged_at"),
        resolved_at=max(resolved, opened) if resolved else None,
        url=_last(said, "url"),
        causes=_all(said, "causes"),
    )


def fold_artifact(
    said: Sequence[Testimony], *, application: int, repository: int | None
) -> ToldArtifact:
    """Return which change an artifact carries."""
    return ToldArtifact(
        application_id=application,
        name=said[0].words["name"],
        repository_id=repository,
        change=_last(said, "change"),
        sha=_last(said, "sha"),
    )


def last_named(said: Sequence[Testimony], name: str) -> str:
    """Return the environment or repository that was named last, or nothing."""
    return next((named for each in reversed(said) if (named := getattr(each, name))), "")


def _last(said: Sequence[Testimony], word: str) -> Any:
    """Return the last word on something; empty when nobody has said anything."""
    found = (each.words.get(word) for each in reversed(said))
    return next((one for one in found if one), "")


def _earliest(said: Sequence[Testimony], word: str) -> datetime | None:
    found = (each.words.get(word) for each in said)
    return min((at for at in found if at is not None), default=None)


def _all(said: Sequence[Testimony], word: str) -> tuple[str, ...]:
    return tuple(sorted({one for each in said for one in each.words.get(word, ()) if one}))
