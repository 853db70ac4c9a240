"""Synchronisations with git repositories, their runs, and what each thing was last told to be."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models import validate_slug
from portal.descriptors.plans.state import Key, Noun, Value

# A worker that has not been heard of for so long is taken for dead, and so often at most.
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3
ACTIVE = ("QUEUED", "RUNNING")


class Mode(models.TextChoices):
    """What a synchronisation does with a difference."""

    APPLY = "APPLY", "Apply at once"
    REVIEW = "REVIEW", "Show, and apply when somebody says so"


class RunState(models.TextChoices):
    """How a run stands."""

    QUEUED = "QUEUED", "Waiting"
    RUNNING = "RUNNING", "Running"
    APPLIED = "APPLIED", "Applied"
    UNCHANGED = "UNCHANGED", "Nothing new"
    TO_REVIEW = "TO_REVIEW", "Waits for a look"
    FAILED = "FAILED", "Failed"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "QUEUED": "info",
            "RUNNING": "info",
            "APPLIED": "good",
            "UNCHANGED": "good",
            "TO_REVIEW": "warning",
            "FAILED": "bad",
        }[self.value]


class DescriptionState(models.TextChoices):
    """Whether the files still describe something, and who keeps it."""

    DESCRIBED = "DESCRIBED", "Described"
    GONE = "GONE", "No longer described"
    RELEASED = "RELEASED", "Kept by hand"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"DESCRIBED": "good", "GONE": "warning", "RELEASED": "info"}[self.value]


class DescriptorSync(models.Model):
    """A repository that describes a part of the catalogue, read with the rights of one person."""

    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=500)
    branch = models.CharField(max_length=200, blank=True)
    pattern = models.CharField(max_length=200, default="**/catalog-info.yaml")
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.REVIEW)
    interval_minutes = models.PositiveIntegerField(
        default=15, validators=[MinValueValidator(1), MaxValueValidator(10_080)]
    )
    set_up_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_up_at = models.DateTimeField()
    is_paused = models.BooleanField(default=False)
    next_run_at = models.DateTimeField(null=True, blank=True)
    # The commit that was last applied, and since when the files cannot be read.
    commit = models.CharField(max_length=64, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_run_at"],
                name="descriptors_sync_due",
                condition=Q(is_paused=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the synchronisation's page."""
        return reverse("descriptor-sync", args=[self.slug])

    @property
    def label(self) -> str:
        """Under which name it manages things and is told of in the audit trail."""
        return f"descriptor:{self.slug}"

    @property
    def does(self) -> Mode:
        """The mode with its words."""
        return Mode(self.mode)


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    """Runs, and who holds them."""

    def waiting(self, now: datetime) -> "SyncRunQuerySet":
        """Return those that nobody works on: new ones, and those whose worker is gone."""
        return self.filter(
            Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, leased_until__lt=now)
        )

    def claim(self, pk: int, *, now: datetime) -> "SyncRun | None":
        """Take a waiting run that was not tried too often, or return None: one worker wins."""
        taken = (
            self.waiting(now)
            .filter(pk=pk, attempts__lt=MOST_ATTEMPTS)
            .update(
                state=RunState.RUNNING,
                attempts=F("attempts") + 1,
                started_at=now,
                leased_until=now + LEASE,
                phase="Starting",
                percent=0,
            )
        )
        return self.select_related("sync__set_up_by").get(pk=pk) if taken else None

    def held(self, run: "SyncRun") -> "SyncRunQuerySet":
        """Return the run as long as it is this very attempt that works on it."""
        return self.filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts)


class SyncRun(models.Model):
    """One reading of a repository: what was found, and what became of it."""

    sync = models.ForeignKey(DescriptorSync, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    # Win over changes by hand, and apply what waits for a look: the fingerprint of that plan.
    force = models.BooleanField(default=False)
    approved = models.CharField(max_length=64, blank=True)
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    phase = models.CharField(max_length=120, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    commit = models.CharField(max_length=64, blank=True)
    problem = models.TextField(blank=True)
    # What is shown of it: counts by action, the first steps and the first findings.
    counts = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sync"],
                condition=Q(state__in=ACTIVE),
                name="descriptors_syncrun_one_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["sync", "-requested_at", "-id"], name="descriptors_run_by_sync")
        ]

    def __str__(self) -> str:
        return f"{self.sync} at {self.requested_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        """Return the address of the run's page."""
        return reverse("descriptor-run", args=[self.sync.slug, self.pk])

    @property
    def status(self) -> RunState:
        """How it stands, as the status component shows it."""
        return RunState(self.state)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in ACTIVE

    @property
    def requester(self) -> str:
        """Who asked for it, in words."""
        return self.requested_by.partition(":")[2]

    @property
    def took(self) -> timedelta | None:
        """How long the last attempt took, once it is over."""
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None

    def renew(self, *, until: datetime, phase: str, percent: int) -> bool:
        """Keep the lease and tell the progress; return whether this attempt still holds it."""
        told = {"leased_until": until, "phase": phase, "percent": percent}
        return bool(type(self).objects.held(self).update(**told))


class Description(models.Model):
    """What a synchronisation last told of one thing, and where it says so."""

    sync = models.ForeignKey(DescriptorSync, on_delete=models.PROTECT, related_name="descriptions")
    noun = models.CharField(max_length=11, choices=[(one.value, one.value) for one in Noun])
    slug = models.CharField(max_length=63)
    state = models.CharField(
        max_length=9, choices=DescriptionState, default=DescriptionState.DESCRIBED
    )
    fields = models.JSONField(default=dict)
    # Fields that differ from what was told since somebody changed them by hand.
    drift = ArrayField(models.CharField(max_length=400), default=list, blank=True)
    file = models.CharField(max_length=500)
    line = models.PositiveIntegerField(default=0)
    commit = models.CharField(max_length=64, blank=True)
    described_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sync", "noun", "slug"], name="descriptors_description_once"
            )
        ]
        indexes = [
            models.Index(fields=["noun", "slug"], name="descriptors_description_of"),
            models.Index(
                fields=["sync"],
                name="descriptors_description_drift",
                condition=~Q(drift=[]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.slug} by {self.sync_id}"

    @property
    def key(self) -> Key:
        """What the thing is known by."""
        return Noun(self.noun), self.slug

    @property
    def told(self) -> dict[str, Value]:
        """What was told, in the words of plans."""
        kept: dict[str, Any] = self.fields
        return {
            name: tuple(value) if isinstance(value, list) else str(value)
            for name, value in kept.items()
        }

    @property
    def status(self) -> DescriptionState:
        """Whether it is still described, as the status component shows it."""
        return DescriptionState(self.state)
