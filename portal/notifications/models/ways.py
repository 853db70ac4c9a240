"""By which ways somebody can be reached; the addresses are sealed."""

from datetime import datetime

from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.accounts.models import User
from portal.core.sealing import unseal
from portal.notifications.rules import ANSWER_WITHIN, STALE_AFTER

LONGEST_LABEL = 60
HIDDEN = "\N{HORIZONTAL ELLIPSIS}"


class WayKind(models.TextChoices):
    """What takes a message to somebody."""

    MAIL = "mail", "E-mail"
    SMS = "sms", "SMS"
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    NTFY = "ntfy", "ntfy"
    WEBHOOK = "webhook", "Webhook"

    @property
    def icon(self) -> str:
        """The icon that stands for it."""
        return {"mail": "mail", "sms": "phone", "ntfy": "bell"}.get(self.value, "link")


class WayState(models.TextChoices):
    """Whether somebody is known to be reached by a way."""

    NEW = "NEW", "Not tested"
    ASKED = "ASKED", "Test waits for an answer"
    UNANSWERED = "UNANSWERED", "Test unanswered"
    VERIFIED = "VERIFIED", "Verified"
    STALE = "STALE", "Test again"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "NEW": "unknown",
            "ASKED": "info",
            "UNANSWERED": "warning",
            "VERIFIED": "good",
            "STALE": "warning",
        }[self.value]


class ContactWay(models.Model):
    """One address of a person and when they last answered a test of it.

    A way that was removed stays as a name in the log of deliveries; its address is erased.
    `test_nonce` belongs to the last test: what the person answers follows from it and a key.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contact_ways")
    kind = models.CharField(max_length=8, choices=WayKind)
    sealed_address = models.BinaryField(null=True)
    # Tells the same address of a person apart from another without opening either.
    address_digest = models.BinaryField(null=True, max_length=32)
    label = models.CharField(max_length=LONGEST_LABEL, validators=[MinLengthValidator(1)])
    # Ways are tried in this order.
    position = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    last_test_sent_at = models.DateTimeField(null=True)
    last_test_answered_at = models.DateTimeField(null=True)
    test_nonce = models.CharField(max_length=32, blank=True)
    test_guesses = models.PositiveSmallIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "address_digest"],
                condition=Q(removed_at=None),
                name="notifications_way_once",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, sealed_address__isnull=False)
                | Q(removed_at__isnull=False, sealed_address=None, address_digest=None),
                name="notifications_way_erased",
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None) | Q(last_test_answered_at__isnull=False),
                name="notifications_way_verified",
            ),
            models.CheckConstraint(condition=~Q(label=""), name="notifications_way_label"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """Return the address of the page on which it is tested."""
        return reverse("contact-way", args=[self.pk])

    @property
    def address(self) -> str:
        """The address in plain text; empty once it was removed."""
        return unseal(self.sealed_address) if self.sealed_address else ""

    @property
    def shown_address(self) -> str:
        """As much of the address as tells it apart, for pages: links of webhooks are secrets."""
        address = self.address
        if self.kind == WayKind.MAIL:
            return address
        if self.kind == WayKind.SMS:
            return f"{address[:4]}{HIDDEN}{address[-3:]}"
        scheme, _, rest = address.partition("://")
        host, _, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}/{HIDDEN if path else ''}"

    @property
    def way_kind(self) -> WayKind:
        """What kind of way it is."""
        return WayKind(self.kind)

    def is_stale(self, now: datetime) -> bool:
        """Return whether its last answer is so old that it should be tested again."""
        answered = self.last_test_answered_at
        return answered is None or now - answered > STALE_AFTER

    def state(self, now: datetime) -> WayState:
        """Return how it stands at an instant; a test under way or unanswered is said first."""
        if self.has_open_test:
            asked = self.last_test_sent_at
            is_late = asked is not None and now - asked > ANSWER_WITHIN
            return WayState.UNANSWERED if is_late else WayState.ASKED
        if self.verified_at is None:
            return WayState.NEW
        return WayState.STALE if self.is_stale(now) else WayState.VERIFIED

    @property
    def has_open_test(self) -> bool:
        """Whether a test was sent that nobody has answered, in time or not."""
        return bool(self.test_nonce)
