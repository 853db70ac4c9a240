"""What people are told: one notice for each of them."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.accounts.models import User
from portal.notifications.types import KINDS, NoticeKind, Urgency

# An unread notice stands so far ahead of when it came, and so before all that were read.
AHEAD = timedelta(days=365_000)


class NoticeOutcome(models.TextChoices):
    """What became of telling somebody, beside that it is in the inbox."""

    OPEN = "OPEN", "Under way"
    DELIVERED = "DELIVERED", "Delivered"
    READ = "READ", "Read in the inbox first"
    UNDELIVERED = "UNDELIVERED", "Not delivered"
    INBOX = "INBOX", "Inbox only"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"OPEN": "info", "DELIVERED": "good", "UNDELIVERED": "bad"}.get(
            self.value, "unknown"
        )


class Notice(models.Model):
    """One thing that one person is told; `key` says it is told once.

    `placed_at` is where it stands in the inbox: unread ones first, then the newest.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    urgency = models.CharField(max_length=6, choices=Urgency)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    outcome = models.CharField(max_length=11, choices=NoticeOutcome)
    # Why it went out when it did, or did not; empty when as usual.
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notifications_notice_once"),
            models.CheckConstraint(
                condition=Q(read_at=None, placed_at=F("created_at") + AHEAD)
                | Q(read_at__isnull=False, placed_at=F("created_at")),
                name="notifications_notice_placed",
            ),
            models.CheckConstraint(
                condition=Q(url__startswith="/"), name="notifications_notice_url"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(key=""), name="notifications_notice_said"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-placed_at", "-id"], name="notifications_inbox"),
            models.Index(
                fields=["user", "kind", "-placed_at", "-id"], name="notifications_inbox_kind"
            ),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notifications_unread"),
            models.Index(
                fields=["created_at"], condition=Q(outcome="OPEN"), name="notifications_open"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address that marks it read and leads to what it is about."""
        return reverse("notice-open", args=[self.pk])

    @property
    def notice_kind(self) -> NoticeKind | None:
        """The kind; None when this portal no longer knows it."""
        return KINDS.get(self.kind)

    @property
    def kind_label(self) -> str:
        """What the kind is called."""
        known = self.notice_kind
        return known.label if known else self.kind

    @property
    def is_unread(self) -> bool:
        """Whether the person has not seen it."""
        return self.read_at is None
