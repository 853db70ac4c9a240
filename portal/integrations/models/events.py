"""Events that came in: each as it was sent, and what became of it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.catalogue.models import Application


class EventState(models.TextChoices):
    """What became of an event."""

    ACCEPTED = "ACCEPTED", "Waiting"
    PROCESSED = "PROCESSED", "Processed"
    KEPT = "KEPT", "Kept, not needed"
    FAILED = "FAILED", "Failed"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"ACCEPTED": "info", "PROCESSED": "good", "KEPT": "unknown", "FAILED": "bad"}[
            self.value
        ]


class ReceivedEvent(models.Model):
    """One event as it was sent, stored before anything is made of it.

    `sender` is `application:<id>` for a pipeline and `user:<id>` for a person, so that a new token
    keeps duplicates duplicates and nobody takes the event ids of another. `body` is the event as
    canonical JSON: bytes, for what PostgreSQL's jsonb would change or refuse. `subject` is the key
    of what it tells about. `processed_at` is when it came to its state; an accepted one waits.
    """

    public_id = models.UUIDField(unique=True)
    sender = models.CharField(max_length=60)
    # Together below what one entry of an index may hold, in characters of four bytes too.
    source = models.CharField(max_length=300)
    event_id = models.CharField(max_length=250)
    type = models.CharField(max_length=200)
    body = models.BinaryField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, related_name="events", db_index=False
    )
    subject = models.CharField(max_length=400, blank=True, db_default="")
    state = models.CharField(
        max_length=9, choices=EventState, default=EventState.ACCEPTED, db_default="ACCEPTED"
    )
    reason = models.TextField(blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "source", "event_id"], name="integrations_receivedevent_once"
            ),
            models.CheckConstraint(
                condition=Q(state="ACCEPTED", processed_at=None)
                | Q(~Q(state="ACCEPTED"), processed_at__isnull=False),
                name="integrations_receivedevent_processed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="FAILED", reason=""),
                name="integrations_receivedevent_failed_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state="ACCEPTED"), name="integrations_event_waiting"
            ),
            models.Index(
                fields=["application"],
                condition=Q(state="FAILED"),
                name="integrations_event_failed_app",
            ),
            models.Index(fields=["state", "received_at"], name="integrations_event_by_state"),
            models.Index(fields=["type", "received_at"], name="integrations_event_by_type"),
            models.Index(fields=["sender", "received_at"], name="integrations_event_by_sender"),
            models.Index(fields=["received_at"], name="integrations_event_by_time"),
            models.Index(fields=["application", "received_at"], name="integrations_event_by_app"),
            models.Index(fields=["application", "subject"], name="integrations_event_subject"),
        ]

    # Who sent it, in words: what a page shows gets it from `selectors.events.with_senders`.
    sent_by: str = ""

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    def get_absolute_url(self) -> str:
        """Return the address of the event's page."""
        return reverse("event", args=[self.public_id])

    @property
    def status(self) -> EventState:
        """What became of it, as the status component shows it."""
        return EventState(self.state)


class RefusedEvent(models.Model):
    """Something that a known sender sent and the door did not take, so that they can mend it.

    `faults` are `[{pointer, detail, mend}]`; `body` is its beginning, `size` what all of it had.
    The same refused again counts in `times` only.
    """

    public_id = models.UUIDField(unique=True)
    sender = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32)
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    type = models.CharField(max_length=200, blank=True)
    status = models.PositiveSmallIntegerField()
    faults = models.JSONField()
    body = models.BinaryField()
    size = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    received_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "digest"], name="integrations_refusedevent_once"
            )
        ]
        indexes = [
            models.Index(fields=["received_at"], name="integrations_refused_by_time"),
            models.Index(
                fields=["application", "received_at"], name="integrations_refused_by_app"
            ),
        ]

    # As of received events.
    sent_by: str = ""

    def __str__(self) -> str:
        return f"{self.type or 'something'} from {self.sender}"

    def get_absolute_url(self) -> str:
        """Return the address of the page of what was refused."""
        return reverse("event-refused", args=[self.public_id])
