"""Writing of histories as rows of the KPI app's facts."""

from collections.abc import Iterable
from itertools import repeat

import numpy as np

from kpis.models import (
    Change,
    ChangeInDeployment,
    Deployment,
    DeploymentCommit,
    FailureLink,
    Incident,
)
from portal.home.services.demo import words
from portal.home.services.demo.bulk import (
    NULL,
    Batch,
    Table,
    continue_ids,
    flags,
    instants,
    next_id,
    numbers,
)
from portal.home.services.demo.calendar import Bools, Ints
from portal.home.services.demo.catalogue import Registered
from portal.home.services.demo.company import DOMAIN
from portal.home.services.demo.history import History
from portal.home.services.demo.timeline import UNKNOWN

SOURCE = "demo"
ROWS_AT_ONCE = 60_000

DEPLOYMENTS = Table(
    Deployment,
    ("id", "application_id", "environment_id", "source", "external_id", "version", "status",
     "kind", "started_at", "finished_at", "url", "deployer", "is_baseline", "remedies_id",
     "failed", "recovered_at", "unplanned"),
)  # fmt: skip
COMMITS = Table(DeploymentCommit, ("id", "deployment_id", "repository_id", "sha", "previous_sha"))
CHANGES = Table(
    Change,
    ("id", "application_id", "repository_id", "sha", "title", "author", "is_bot", "is_revert",
     "is_hotfix", "authored_at", "committed_at", "opened_at", "reviewed_at", "merged_at", "url"),
)  # fmt: skip
CONTAINED = Table(
    ChangeInDeployment,
    ("id", "change_id", "deployment_id", "application_id", "environment_id", "live_at",
     "credited", "is_bot", "lead_seconds", "coding_seconds", "pickup_seconds", "review_seconds",
     "merge_seconds"),
)  # fmt: skip
INCIDENTS = Table(
    Incident,
    ("id", "application_id", "environment_id", "source", "external_id", "title", "severity",
     "opened_at", "acknowledged_at", "resolved_at", "url", "caused_by_change"),
)  # fmt: skip
LINKS = Table(
    FailureLink,
    ("id", "deployment_id", "incident_id", "remedy_id", "rule", "confidence", "decided_by",
     "decided_at", "is_current"),
)  # fmt: skip
TABLES = (DEPLOYMENTS, COMMITS, CHANGES, CONTAINED, INCIDENTS, LINKS)
FACTS = tuple(table.model for table in TABLES)


class Writer:
    """Turns histories into rows and copies them in batches, giving out ids as it goes."""

    def __init__(self) -> None:
        self._batch = Batch(TABLES)
        self._next = {table: next_id(table.model) for table in TABLES}
        self._waiting = 0
        self.deployments = 0

    def add(self, registered: Registered, history: History) -> None:
        """Take the history of one application."""
        first = self._deployments(registered, history)
        self._changes(registered, history, first)
        self._failures(registered, history, first)
        self.deployments += len(history.sha)
        self._waiting += len(history.changes.sha)
        if self._waiting > ROWS_AT_ONCE:
            self._copy()

    def finish(self) -> None:
        """Copy what is left and let the tables go on after the ids given out."""
        self._copy()
        for table in TABLES:
            continue_ids(table.model)

    def _copy(self) -> None:
        self._batch.copy()
        self._waiting = 0

    def _ids(self, table: Table, count: int) -> range:
        first = self._next[table]
        self._next[table] = first + count
        return range(first, first + count)

    def _deployments(self, registered: Registered, history: History) -> int:
        timeline, slug = history.timeline, registered.application.slug
        count = len(history.sha)
        ids = self._ids(DEPLOYMENTS, count)
        first = ids.start
        self._batch.add(
            DEPLOYMENTS,
            map(str, ids),
            repeat(str(registered.application.pk), count),
            repeat(str(registered.production.pk), count),
            repeat(SOURCE, count),
            (f"run-{number}" for number in range(1, count + 1)),
            history.version,
            (status.value for status in timeline.status),
            (kind.value for kind in timeline.kind),
            instants(timeline.started),
            instants(timeline.finished),
            (f"https://ci.{DOMAIN}/{slug}/runs/{number}" for number in range(1, count + 1)),
            history.deployer,
            flags(np.arange(count) == history.baseline),
            _placed(timeline.remedies, first),
            flags(history.failed),
            instants(history.recovered),
            flags(history.unplanned),
        )
        self._batch.add(
            COMMITS,
            map(str, self._ids(COMMITS, count)),
            map(str, ids),
            repeat(str(registered.repository.pk), count),
            history.sha,
            history.previous_sha,
        )
        return first

    def _changes(self, registered: Registered, history: History, first: int) -> None:
        changes, count = history.changes, len(history.changes.sha)
        ids = self._ids(CHANGES, count)
        page = registered.repository.url.removesuffix(".git")
        self._batch.add(
            CHANGES,
            map(str, ids),
            repeat(str(registered.application.pk), count),
            repeat(str(registered.repository.pk), count),
            changes.sha,
            changes.title,
            changes.author,
            flags(changes.is_bot),
            flags(changes.is_revert),
            flags(changes.is_hotfix),
            instants(changes.authored),
            instants(changes.committed),
            instants(changes.opened),
            instants(changes.reviewed),
            instants(changes.merged),
            (
                f"{page}/pulls/{number}" if opened >= 0 else f"{page}/commit/{sha}"
                for number, (sha, opened) in enumerate(
                    zip(changes.sha, changes.opened.tolist(), strict=True), start=1
                )
            ),
        )
        live = history.timeline.finished[changes.deployment]
        self._batch.add(
            CONTAINED,
            map(str, self._ids(CONTAINED, count)),
            map(str, ids),
            map(str, (changes.deployment + first).tolist()),
            repeat(str(registered.application.pk), count),
            repeat(str(registered.production.pk), count),
            instants(live),
            flags(changes.deployment != history.baseline),
            flags(changes.is_bot),
            numbers(live - changes.authored),
            *(
                # Nobody codes, picks up or reviews what a bot proposes.
                _span(np.where(changes.is_bot, UNKNOWN, ended), began)
                for ended, began in (
                    (changes.opened, changes.authored),
                    (changes.reviewed, changes.opened),
                    (changes.merged, changes.reviewed),
                )
            ),
            _span(live, changes.merged),
        )

    def _failures(self, registered: Registered, history: History, first: int) -> None:
        incidents = history.timeline.incidents
        ids = self._ids(INCIDENTS, len(incidents))
        templates = [words.INCIDENTS if each.blames >= 0 else words.OUTAGES for each in incidents]
        self._batch.add(
            INCIDENTS,
            map(str, ids),
            repeat(str(registered.application.pk), len(ids)),
            repeat(str(registered.production.pk), len(ids)),
            repeat(SOURCE, len(ids)),
            (f"INC-{number:06}" for number in ids),
            (
                titles[each.opened % len(titles)].format(name=registered.application.name)
                for titles, each in zip(templates, incidents, strict=True)
            ),
            (str(each.severity) for each in incidents),
            _seconds(each.opened for each in incidents),
            _seconds(each.acknowledged for each in incidents),
            _seconds(each.resolved for each in incidents),
            (f"https://incidents.{DOMAIN}/INC-{number:06}" for number in ids),
            flags(np.array([each.caused_by_change for each in incidents], dtype=np.bool_)),
        )
        links = history.links
        self._batch.add(
            LINKS,
            map(str, self._ids(LINKS, len(links))),
            (str(first + link.deployment) for link in links),
            (NULL if link.incident < 0 else str(ids[link.incident]) for link in links),
            (NULL if link.remedy < 0 else str(first + link.remedy) for link in links),
            (link.rule.value for link in links),
            (str(link.confidence) for link in links),
            (link.decided_by for link in links),
            _seconds(link.decided for link in links),
            flags(np.array([link.is_current for link in links], dtype=np.bool_)),
        )


def _placed(places: Ints, first: int) -> list[str]:
    return numbers(np.where(places == UNKNOWN, UNKNOWN, places + first))


def _seconds(values: Iterable[int]) -> list[str]:
    return instants(np.fromiter(values, dtype=np.int64))


def _span(ended: Ints, began: Ints) -> list[str]:
    """Return the seconds between two instants where both are known."""
    known: Bools = (ended != UNKNOWN) & (began != UNKNOWN)
    return numbers(np.where(known, ended - began, UNKNOWN))
