"""Reads of synchronisations, their runs and what they describe."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from portal.accounts.policies import Viewer
from portal.descriptors.models import (
    Description,
    DescriptionState,
    DescriptorSync,
    RunState,
    SyncRun,
)
from portal.descriptors.plans.compare import Source
from portal.descriptors.plans.state import Noun


def syncs_visible_to(user: Viewer) -> QuerySet[DescriptorSync]:
    """Return every synchronisation, or none for somebody who is not active."""
    if not user.is_active:
        return DescriptorSync.objects.none()
    return DescriptorSync.objects.select_related("set_up_by").order_by("name", "id")


@dataclass(frozen=True, slots=True)
class SyncRow:
    """A synchronisation with its last run, and how much it describes and how much drifted."""

    sync: DescriptorSync
    state: RunState | None
    described: int
    drifted: int


def rows_of(syncs: QuerySet[DescriptorSync]) -> list[SyncRow]:
    """Return the synchronisations with figures, in three queries."""
    found = list(syncs)
    runs = SyncRun.objects.order_by("sync", "-requested_at", "-id").distinct("sync")
    states = dict(runs.values_list("sync", "state"))
    described = Description.objects.filter(state=DescriptionState.DESCRIBED).values("sync")
    figures = {
        row["sync"]: (row["all"], row["drifted"])
        for row in described.annotate(all=Count("pk"), drifted=Count("pk", filter=~Q(drift=[])))
    }
    return [
        SyncRow(
            one,
            RunState(states[one.pk]) if one.pk in states else None,
            *figures.get(one.pk, (0, 0)),
        )
        for one in found
    ]


def runs_of(sync: DescriptorSync) -> QuerySet[SyncRun]:
    """Return the runs of a synchronisation, the latest first."""
    found = SyncRun.objects.filter(sync=sync).select_related("sync__set_up_by")
    return found.order_by("-requested_at", "-id")


def unfinished_runs(now: datetime) -> QuerySet[SyncRun]:
    """Return the runs that nobody works on, the oldest first."""
    return SyncRun.objects.waiting(now).select_related("sync").order_by("pk")


def due_syncs(now: datetime) -> QuerySet[DescriptorSync]:
    """Return the synchronisations whose time has come and that are not at work."""
    at_work = SyncRun.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING])
    due = DescriptorSync.objects.filter(is_paused=False, next_run_at__lte=now)
    return due.exclude(pk__in=at_work.values("sync")).order_by("next_run_at", "id")


def source_of(sync: DescriptorSync, *, force: bool = False) -> Source:
    """Return what a synchronisation told last and what people keep by hand, for a plan."""
    found = Description.objects.filter(sync=sync)
    last = {one.key: one.told for one in found if one.state == DescriptionState.DESCRIBED}
    released = {one.key for one in found if one.state == DescriptionState.RELEASED}
    return Source(sync.label, last, frozenset(released), force=force)


def descriptions_of(sync: DescriptorSync) -> QuerySet[Description]:
    """Return what a synchronisation described, by name."""
    return Description.objects.filter(sync=sync).order_by("noun", "slug")


def notable(sync: DescriptorSync) -> QuerySet[Description]:
    """Return what drifted, is no longer described or is kept by hand."""
    return descriptions_of(sync).exclude(drift=[], state=DescriptionState.DESCRIBED)


def description_of(noun: Noun, slug: str) -> QuerySet[Description]:
    """Return which synchronisations describe one thing, the latest first."""
    found = Description.objects.filter(noun=noun, slug=slug).select_related("sync")
    return found.order_by("-described_at")
