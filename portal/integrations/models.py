"""Imports of delivery histories: what was asked for, how far it is, how it ended."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

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
