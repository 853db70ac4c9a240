"""Reads of imports, and of what earlier ones recorded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, QuerySet

from kpis.models import ChangeInDeployment, DeploymentCommit
from portal.accounts.policies import Viewer
from portal.catalogue.models import Application, Environment, Repository
from portal.catalogue.selectors import applications_visible_to
from portal.core.metrics import Gauge
from portal.integrations.adapters.git import Selection, survey
from portal.integrations.adapters.process import Git
from portal.integrations.adapters.sources import Source
from portal.integrations.models import HistoryImport
from portal.integrations.types import source_label


@dataclass(frozen=True, slots=True)
class RecordedRelease:
    """A deployment that an earlier import recorded: its tag, as it was then."""

    deployment_id: int
    external_id: str
    sha: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TagPreview:
    """Which tags of a repository would be deployments, the latest name first, and which not."""

    chosen: list[str]
    excluded: list[str]
    others: int


def git() -> Git:
    """Return git as the server may use it."""
    return Git(
        settings.IMPORT_MIRROR_DIR, settings.IMPORT_LIMIT_SECONDS, settings.IMPORT_PROTOCOLS
    )


def tags_in(source: Source, selection: Selection) -> TagPreview:
    """Ask a repository for its tags, for as long as a page may take.

    Raises:
        SourceError: when it does not tell.
    """
    quick = replace(git(), limit=settings.IMPORT_PREVIEW_SECONDS)
    tags = sorted(survey(quick, source).tags, key=_natural, reverse=True)
    matching = [tag for tag in tags if selection.matches(tag)]
    excluded = [tag for tag in matching if selection.is_excluded(tag)]
    chosen = [tag for tag in matching if not selection.is_excluded(tag)]
    return TagPreview(chosen, excluded, others=len(tags) - len(matching))


def imports_visible_to(user: Viewer) -> QuerySet[HistoryImport]:
    """Return the imports of every application that the person sees."""
    return HistoryImport.objects.select_related("application__owner", "environment").filter(
        application__in=applications_visible_to(user)
    )


def imports_of(application: Application) -> QuerySet[HistoryImport]:
    """Return the imports of an application, the latest first."""
    return HistoryImport.objects.filter(application=application).order_by("-requested_at", "-pk")


def import_to_repeat(application: Application, pk: str) -> HistoryImport | None:
    """Return the import of the application that a link names, if there is one."""
    return imports_of(application).filter(pk=pk).first() if pk.isdecimal() else None


def suggested_sources(application: Application) -> list[str]:
    """Return where the application's history may be: its repositories, then what is allowed."""
    urls = Repository.objects.filter(application=application).order_by("pk")
    return [*urls.values_list("url", flat=True), *settings.IMPORT_ALLOWED_SOURCES]


def unfinished_imports(now: datetime) -> QuerySet[HistoryImport]:
    """Return the imports that nobody works on, the oldest first."""
    return HistoryImport.objects.waiting(now).order_by("pk")


def environments_of(application: Application) -> QuerySet[Environment]:
    """Return where an application still runs, production first."""
    return Environment.objects.filter(application=application, retired_at=None).order_by(
        "-is_production", "position", "name"
    )


def repository_of(application: Application, url: str) -> Repository | None:
    """Return the repository of an application at an address."""
    return Repository.objects.filter(application=application, url=url).first()


def recorded_releases(repository: Repository, environment: Environment) -> list[RecordedRelease]:
    """Return what earlier imports recorded of a repository in an environment, the oldest first."""
    commits = (
        DeploymentCommit.objects.filter(
            repository=repository,
            deployment__application=repository.application_id,
            deployment__environment=environment,
            deployment__source=source_label(repository.pk, environment.pk),
        )
        .select_related("deployment")
        .order_by("pk")
    )
    return [
        RecordedRelease(
            commit.deployment_id,
            commit.deployment.external_id,
            commit.sha,
            commit.deployment.finished_at,
        )
        for commit in commits
        if commit.deployment.finished_at
    ]


def brought_by(deployment_ids: list[int]) -> dict[int, frozenset[str]]:
    """Return the names of the commits that each deployment was first to bring."""
    brought: dict[int, set[str]] = {pk: set() for pk in deployment_ids}
    rows = ChangeInDeployment.objects.filter(deployment__in=deployment_ids)
    for pk, sha in rows.values_list("deployment_id", "change__sha"):
        brought[pk].add(sha)
    return {pk: frozenset(shas) for pk, shas in brought.items()}


def _natural(tag: str) -> list[tuple[int, str]]:
    """Sort numbers in names by value, so that v1.10 comes after v1.9."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", tag)
    ]


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield how many imports are waiting or at work, and how old the oldest of them is."""
    unfinished = HistoryImport.objects.filter(finished_at=None).aggregate(
        number=Count("pk"), oldest=Min("requested_at")
    )
    yield Gauge(
        "quarterdeck_imports_unfinished", "Imports waiting or at work", unfinished["number"]
    )
    oldest = unfinished["oldest"] or now
    yield Gauge(
        "quarterdeck_imports_oldest_age_seconds",
        "Time since the oldest unfinished import was asked for",
        (now - oldest).total_seconds(),
    )
