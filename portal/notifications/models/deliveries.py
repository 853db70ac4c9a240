"""The outbox: what goes out by which way, when, and how it went."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import User
from portal.notifications.models.notices import Notice
from portal.notifications.models.ways import ContactWay
from portal.notifications.rules import MOST_ATTEMPTS


class DeliveryState(models.TextChoices):
    """How a delivery stands; those that wait or are being sent are live."""

    WAITING = "WAITING", "Waiting"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    SKIPPED = "SKIPPED", "Not needed"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"SENT": "good", "FAILED": "bad", "SKIPPED": "unknown"}.get(self.value, "info")


LIVE = (DeliveryState.WAITING, DeliveryState.SENDING)


class DeliveryPurpose(models.TextChoices):
    """What a delivery carries."""

    NOTICE = "NOTICE", "Notice"
    DIGEST = "DIGEST", "In the daily digest"
    TEST = "TEST", "Test"


class Delivery(models.Model):
    """That one notice goes to somebody by one way: a row of the outbox.

    A worker claims it, sends, and stores the result. `claim` is of the worker that holds it, and
    `claimed_at` its last sign of life. Deliveries that went in one message share `message`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="deliveries")
    notice = models.ForeignKey(
        Notice, on_delete=models.CASCADE, null=True, related_name="deliveries"
    )
    way = models.ForeignKey(ContactWay, on_delete=models.CASCADE, related_name="deliveries")
    purpose = models.CharField(max_length=6, choices=DeliveryPurpose)
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=DeliveryState, default=DeliveryState.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Why it goes out when and where it does; empty when as usual.
    why = models.CharField(max_length=400, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    most_attempts = models.PositiveSmallIntegerField(default=MOST_ATTEMPTS)
    claim = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    message = models.UUIDField(null=True)
    # When it was sent, or given up.
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "way"],
                condition=Q(notice__isnull=False),
                name="notifications_delivery_once",
            ),
            models.CheckConstraint(
                condition=Q(purpose="TEST", notice=None)
                | (~Q(purpose="TEST") & Q(notice__isnull=False)),
                name="notifications_delivery_purpose",
            ),
            models.CheckConstraint(
                condition=Q(state="SENDING", claim__isnull=False, claimed_at__isnull=False)
                | (~Q(state="SENDING") & Q(claim=None, claimed_at=None)),
                name="notifications_delivery_claim",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None)
                | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
                name="notifications_delivery_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["FAILED", "SKIPPED"]) | ~Q(error=""),
                name="notifications_delivery_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-is_urgent", "due_at", "id"],
                condition=Q(state="WAITING"),
                name="notifications_due",
            ),
            models.Index(
                fields=["claimed_at"],
                condition=Q(state="SENDING"),
                name="notifications_claimed",
            ),
            models.Index(
                fields=["way", "due_at"],
                condition=Q(state="WAITING"),
                name="notifications_due_by_way",
            ),
            models.Index(
                fields=["way", "ended_at"],
                condition=Q(state="SENT"),
                name="notifications_sent_by_way",
            ),
            models.Index(fields=["user", "-created_at", "-id"], name="notifications_log_own"),
            models.Index(fields=["-created_at", "-id"], name="notifications_log"),
            models.Index(
                fields=["-created_at", "-id"],
                condition=Q(state="FAILED"),
                name="notifications_log_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the address of its page."""
        return reverse("delivery", args=[self.pk])

    @property
    def status(self) -> DeliveryState:
        """How it stands, as the status component shows it."""
        return DeliveryState(self.state)

    @property
    def title(self) -> str:
        """What it carries, in a line."""
        return self.notice.title if self.notice else "Test of a contact way"


class Attempt(models.Model):
    """One attempt that failed, with why; one that succeeds ends the delivery."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="failures")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    error = models.CharField(max_length=300)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"], name="notifications_attempt_once"
            )
        ]

    def __str__(self) -> str:
        return self.error
