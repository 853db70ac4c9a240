"""That an application need not keep a rule for a while, who asked and who decided."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.accounts.models import User
from portal.catalogue.models import Application
from portal.scorecards.models.definitions import Scorecard


class ExemptionState(models.TextChoices):
    """How an exemption stands; approved ones count until they expire."""

    PENDING = "PENDING", "Waiting"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"
    REVOKED = "REVOKED", "Revoked"
    EXPIRED = "EXPIRED", "Expired"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "PENDING": "warning",
            "APPROVED": "info",
            "REJECTED": "bad",
            "REVOKED": "unknown",
            "EXPIRED": "unknown",
        }[self.value]


LIVE = (ExemptionState.PENDING, ExemptionState.APPROVED)


class Exemption(models.Model):
    """One request, asked by one person and decided by another.

    One that nobody decided before it ran out has expired too, without anybody who decided.
    """

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="exemptions")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="exemptions"
    )
    rule = models.CharField(max_length=60)
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=ExemptionState, default=ExemptionState.PENDING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # Why it was rejected or revoked; empty when it was approved without a word.
    answer = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    # Who revoked it; null when it was rejected or ran out.
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "application", "rule"],
                condition=Q(state__in=LIVE),
                name="scorecards_exemption_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("asked_by")), name="scorecards_exemption_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PENDING", "EXPIRED", "REVOKED"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="scorecards_exemption_decided",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None) | ~Q(state="PENDING"),
                name="scorecards_exemption_undecided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None)
                | Q(~Q(state__in=LIVE), ended_at__isnull=False),
                name="scorecards_exemption_ended",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="scorecards_exemption_order"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="scorecards_exemption_reason"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=LIVE),
                name="scorecards_exemption_live",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} of {self.application_id}"

    def get_absolute_url(self) -> str:
        """Return the address of the exemption's page."""
        return reverse("exemption", args=[self.pk])

    @property
    def status(self) -> ExemptionState:
        """How it stands, as the status component shows it."""
        return ExemptionState(self.state)

    @property
    def title(self) -> str:
        """What the rule is called, or its key when the scorecard no longer has it."""
        rule = self.scorecard.definition.by_key.get(self.rule)
        return rule.title if rule else self.rule
