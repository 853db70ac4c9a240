"""Imports of delivery histories: what was asked for, how far it is, how it ended."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.catalogue.models import Application, Environment
from portal.integrations.models.leases import LeasedQuerySet, LeasedWork


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


class HistoryImportQuerySet(LeasedQuerySet["HistoryImport"]):
    """Imports, and who holds them."""

    beside = ("application", "environment")


class HistoryImport(LeasedWork):
    """One request to read the delivery history of a git repository into an application."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="imports")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT)
    source = models.CharField(max_length=500)
    tags = models.CharField(max_length=200, default="*")
    excludes = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    branch = models.CharField(max_length=200, blank=True)
    paths = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    state = models.CharField(max_length=9, choices=ImportState, default=ImportState.QUEUED)
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
