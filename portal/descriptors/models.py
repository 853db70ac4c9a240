"""Synchronisations with git repositories, their runs, and what each thing was last told to be."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models import validate_slug
from portal.descriptors.plans.state import Key, Noun, Value
from portal.integrations.models import ACTIVE, LeasedQuerySet, LeasedWork


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


class SyncRunQuerySet(LeasedQuerySet["SyncRun"]):
    """Runs, and who holds them."""

    beside = ("sync__set_up_by",)


class SyncRun(LeasedWork):
    """One reading of a repository: what was found, and what became of it."""

    sync = models.ForeignKey(DescriptorSync, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    # Win over changes by hand, and apply what waits for a look: the fingerprint of that plan.
    force = models.BooleanField(default=False)
    approved = models.CharField(max_length=64, blank=True)
    commit = models.CharField(max_length=64, blank=True)
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
