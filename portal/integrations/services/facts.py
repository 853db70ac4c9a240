"""From what a repository tells to the facts that are recorded, and to words about the difference."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from math import inf

from django.conf import settings

from kpis.metrics.history import Change, Delivery, Patterns, Release, deliveries
from kpis.types import ChangeFact, DeploymentFact, HistoryOutcome
from portal.integrations.adapters.git import Reading
from portal.integrations.selectors.imports import RecordedRelease, brought_by
from portal.integrations.types import external_id, tag_of

_TITLE, _AUTHOR, _VERSION, _NOTE, _NAMED = 200, 120, 120, 300, 5


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole history of one repository as facts, and what became of tags recorded earlier."""

    deployments: Sequence[DeploymentFact]
    changes: Sequence[ChangeFact]
    latest: Release
    moved: Sequence[str]
    vanished: Sequence[str]
    unselected: Sequence[str]


def facts_of(reading: Reading, recorded: Sequence[RecordedRelease]) -> Facts:
    """Work out the facts; a tag that was recorded and is no longer told counts as last seen."""
    told = {external_id(release.name): release for release in reading.releases}
    kept = [release for release in recorded if release.external_id not in told]
    found = deliveries(
        reading.commits,
        sorted([*reading.releases, *_releases(kept)], key=_age(recorded)),
        line=reading.line,
        bots=Patterns(settings.KPI_BOT_PATTERNS),
        hotfixes=Patterns(settings.KPI_HOTFIX_PATTERNS),
    )
    existing = {external_id(name) for name in reading.tags}
    names = {delivery.release.name for delivery in found}
    return Facts(
        deployments=[_deployment(delivery, names) for delivery in found],
        changes=[_change(change) for delivery in found for change in delivery.changes],
        latest=max(reading.releases, key=lambda release: (release.at, release.name)),
        moved=[
            tag_of(release.external_id)
            for release in recorded
            if (now := told.get(release.external_id))
            and (now.sha, now.at) != (release.sha, release.at)
        ],
        vanished=[tag_of(r.external_id) for r in kept if r.external_id not in existing],
        unselected=[tag_of(r.external_id) for r in kept if r.external_id in existing],
    )


def notes_on(reading: Reading, facts: Facts, outcome: HistoryOutcome) -> list[str]:
    """Return what people should know about an import, a sentence each."""
    notes = []
    if not outcome.changed:
        latest = facts.latest
        notes.append(f"Nothing new since {latest.name} of {latest.at:%d %B %Y}.")
    counts = {
        "New": (outcome.new_deployments, outcome.new_changes),
        "Corrected": (outcome.corrected_deployments, outcome.corrected_changes),
    }
    for word, (deployments, changes) in counts.items():
        if deployments or changes:
            notes.append(f"{word}: {deployments} deployments, {changes} changes.")
    if outcome.removed_changes:
        notes.append(
            f"No longer in any deployment, so removed: {outcome.removed_changes} changes."
        )
    for tags, words in (
        (facts.moved, "Tags that moved, so their deployments were corrected"),
        (facts.vanished, "Tags that are gone from the repository; their deployments stay"),
        (facts.unselected, "Tags that are no longer selected; their deployments stay"),
        (reading.excluded, "Tags left out by the excludes"),
        (reading.unusable, "Tags left out because they point at no commit"),
    ):
        if tags:
            notes.append(f"{words}: {_named(tags)}."[:_NOTE])
    if reading.is_shallow:
        notes.append(
            "The repository is a shallow copy: what lies before its first commits is not counted."
        )
    return notes


def _age(recorded: Sequence[RecordedRelease]) -> Callable[[Release], tuple[float, str]]:
    """Put what was recorded first before what is new: a second tag on a commit brings nothing."""
    ids = {release.external_id: release.deployment_id for release in recorded}
    return lambda release: (ids.get(external_id(release.name), inf), release.name)


def _releases(kept: Sequence[RecordedRelease]) -> list[Release]:
    brought = brought_by([release.deployment_id for release in kept]) if kept else {}
    return [Release(tag_of(r.external_id), r.sha, r.at, brought[r.deployment_id]) for r in kept]


def _deployment(delivery: Delivery, told: Container[str]) -> DeploymentFact:
    """State a delivery; one whose commit nobody knows any more cannot be remedied anew."""
    release = delivery.release
    return DeploymentFact(
        external_id=external_id(release.name),
        version=release.name[:_VERSION],
        sha=release.sha,
        status="SUCCEEDED",
        kind=delivery.kind,
        finished_at=release.at,
        contains=[change.commit.sha for change in delivery.changes],
        remedies=external_id(delivery.remedies) if delivery.remedies in told else "",
    )


def _change(change: Change) -> ChangeFact:
    commit = change.commit
    return ChangeFact(
        sha=commit.sha,
        title=commit.subject[:_TITLE],
        author=commit.author[:_AUTHOR],
        authored_at=commit.authored_at,
        committed_at=commit.committed_at,
        merged_at=change.merged_at,
        is_bot=change.is_bot,
        is_revert=commit.is_revert,
        is_hotfix=change.is_hotfix,
    )


def _named(tags: Sequence[str]) -> str:
    more = len(tags) - _NAMED
    return ", ".join(tags[:_NAMED]) + (f" and {more} more" if more > 0 else "")
