"""Imports of delivery histories: what was asked for, how far it is, how it ended."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.catalogue.models import Application, Environment


class ImportState(models.TextChoices):
    """How an import stands."""

    QUEUED = "QUEUED", "Waiting"
    RUNNING = "RUNNING", "Running"
    SUCCEEDED = "SUCCEEDED", "Imported"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "QUEUED": "info",
            "RUNNING": "info",
            "SUCCEEDED": "good",
            "FAILED": "bad",
            "CANCELLED": "unknown",
        }[self.value]


# A worker that has not been heard of for so long is taken for dead, and so often at most.
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3


class HistoryImportQuerySet(models.QuerySet["HistoryImport"]):
    """Imports, and who holds them."""

    def waiting(self, now: datetime) -> "HistoryImportQuerySet":
        """Return those that nobody works on: new ones, and those whose worker is gone."""
        return self.filter(
            Q(state=ImportState.QUEUED) | Q(state=ImportState.RUNNING, leased_until__lt=now)
        )

    def claim(self, pk: int, *, now: datetime) -> "HistoryImport | None":
        """Take a waiting import that was not tried too often, or return None: one worker wins."""
        taken = (
            self.waiting(now)
            .filter(pk=pk, attempts__lt=MOST_ATTEMPTS)
            .update(
                state=ImportState.RUNNING,
                attempts=F("attempts") + 1,
                started_at=now,
                leased_until=now + LEASE,
                phase="Starting",
                percent=0,
            )
        )
        return self.select_related("application", "environment").get(pk=pk) if taken else None

    def held(self, job: "HistoryImport") -> "HistoryImportQuerySet":
        """Return the import as long as it is this very attempt that works on it."""
        return self.filter(pk=job.pk, state=ImportState.RUNNING, attempts=job.attempts)


class HistoryImport(models.Model):
    """One request to read the delivery history of a git repository into an application.

    A worker holds it until `leased_until`; when that passes without an end, another takes over.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="imports")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT)
    source = models.CharField(max_length=500)
    tags = models.CharField(max_length=200, default="*")
    excludes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    branch = models.CharField(max_length=200, blank=True)
    paths = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    state = models.CharField(max_length=9, choices=ImportState, default=ImportState.QUEUED)
    requested_by = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # What is happening in words, and how much of it is done in percent.
    phase = models.CharField(max_length=120, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    # The outcome: deployments, changes, new, moved and missing tags, in words for people.
    deployments = models.IntegerField(default=0)
    changes = models.IntegerField(default=0)
    notes = ArrayField(models.CharField(max_length=300), default=list, blank=True)

    objects = HistoryImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "source"],
                condition=Q(state__in=["QUEUED", "RUNNING"]),
                name="integrations_historyimport_one_at_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["application", "-requested_at"], name="integrations_import_by_app"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} into {self.application_id}"

    def get_absolute_url(self) -> str:
        """Return the address of the import's page."""
        return reverse("import", args=[self.pk])

    @property
    def status(self) -> ImportState:
        """How it stands, as the status component shows it."""
        return ImportState(self.state)

    @property
    def requester(self) -> str:
        """Who asked for it, in words."""
        return self.requested_by.partition(":")[2]

    @property
    def took(self) -> timedelta | None:
        """How long the last attempt took, once it is over."""
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in {ImportState.QUEUED, ImportState.RUNNING}

    def renew(self, *, until: datetime, phase: str, percent: int) -> bool:
        """Keep the lease and tell the progress; return whether this attempt still holds it."""
        told = {"leased_until": until, "phase": phase, "percent": percent}
        return bool(HistoryImport.objects.held(self).update(**told))
