"""Scorecards, and every version of what they say."""

from functools import lru_cache

from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.audit.events import plain_label
from portal.catalogue.models import validate_slug
from portal.scorecards.rules.definitions import Definition
from portal.scorecards.rules.reading import read_definition


class Scorecard(models.Model):
    """One scorecard; its row is also the lock of whoever writes how applications stand.

    `shipped` is the latest version that came with the portal, `current` the one that counts;
    they differ once somebody edits it.
    """

    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    title = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    current = models.ForeignKey(
        "Version", on_delete=models.PROTECT, null=True, related_name="current_of"
    )
    shipped = models.ForeignKey(
        "Version", on_delete=models.PROTECT, null=True, related_name="shipped_of"
    )
    evaluated_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the scorecard's page."""
        return reverse("scorecard", args=[self.slug])

    @property
    def label(self) -> str:
        """The stable label of this scorecard in the audit trail."""
        return f"scorecard:{self.slug}"

    @property
    def definition(self) -> Definition:
        """What the current version says."""
        if self.current is None:
            raise Version.DoesNotExist(self.slug)
        return self.current.definition

    @property
    def is_as_shipped(self) -> bool:
        """Whether what counts is what came with the portal; a new scorecard is."""
        current = self.current.text if self.current else None
        return current == (self.shipped.text if self.shipped else None)


class Version(models.Model):
    """What a scorecard said from `written_at` on: the text, who wrote it and why."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    is_shipped = models.BooleanField(default=False)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "number"], name="scorecards_version_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="scorecards_version_number"),
            models.CheckConstraint(condition=~Q(reason=""), name="scorecards_version_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard_id} version {self.number}"

    @property
    def definition(self) -> Definition:
        """What the text says; it was read before it was stored."""
        return _read(self.text)

    @property
    def author(self) -> str:
        """Who wrote it, in words."""
        return plain_label(self.written_by)


@lru_cache(maxsize=128)
def _read(text: str) -> Definition:
    """Read a text once: pages need it each time, and reading costs more than all else of them."""
    return read_definition(text)
