"""What the API takes and returns of notices; the OpenAPI description is made from these."""

from typing import Any

from rest_framework import serializers

from portal.api.serializers import BodyShape, PageQuery, PageShape, WordField, word
from portal.notifications.adapters.channels import LONGEST_ADDRESS
from portal.notifications.models import (
    LONGEST_LABEL,
    ContactWay,
    Delivery,
    DeliveryState,
    Notice,
    NoticeOutcome,
    WayKind,
    WayState,
)
from portal.notifications.types import KINDS, Urgency


class KindField(serializers.CharField):
    """The name of a kind of notice, or nothing for all; the list grows with the portal."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, default="", allow_blank=True, max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the name."""
        name = str(super().to_internal_value(data))
        if name and name not in KINDS:
            raise serializers.ValidationError(f"No kind of notice is called {name}.", "kind")
        return name


class NoticeShape(serializers.Serializer):  # type: ignore[type-arg]
    """One thing that you were told."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    page = serializers.URLField(help_text="Where it can be seen or acted on.")
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    outcome = WordField(NoticeOutcome, help_text="What became of telling you elsewhere.")
    why = serializers.CharField(help_text="Why it went out when it did; empty when as usual.")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticePage(PageShape):
    """Notices, the unread first, then the newest."""

    items = NoticeShape(many=True)


class NoticeQuery(PageQuery):
    """Which notices."""

    unread = serializers.BooleanField(required=False, default=False)
    kind = KindField()


class ReadAllBody(BodyShape):
    """Which notices are marked read: all, or those of a kind."""

    kind = KindField()


class ReadAllShape(serializers.Serializer):  # type: ignore[type-arg]
    """How many were unread."""

    marked = serializers.IntegerField()


class WayShape(serializers.Serializer):  # type: ignore[type-arg]
    """One of your contact ways; the secret part of an address is never told."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=WayKind.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    address = serializers.CharField(help_text="As much as tells it from others.")
    state = WordField(WayState)
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    last_test_sent_at = serializers.DateTimeField(allow_null=True)
    last_test_answered_at = serializers.DateTimeField(allow_null=True)
    last_failed_at = serializers.DateTimeField(allow_null=True)
    last_failure = serializers.CharField()


class WaysAnswer(serializers.Serializer):  # type: ignore[type-arg]
    """All your contact ways in the order in which they are tried."""

    items = WayShape(many=True)


class WayBody(BodyShape):
    """A new contact way."""

    kind = serializers.ChoiceField(choices=WayKind.choices)
    address = serializers.CharField(max_length=LONGEST_ADDRESS)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=LONGEST_LABEL, required=False, default="", allow_blank=True
    )


class CodeBody(BodyShape):
    """The code that a test carried."""

    code = serializers.CharField(max_length=40)


class FailureShape(serializers.Serializer):  # type: ignore[type-arg]
    """One attempt that failed."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    error = serializers.CharField()


class DeliveryShape(serializers.Serializer):  # type: ignore[type-arg]
    """That one notice goes to one person by one way."""

    id = serializers.IntegerField()
    notice = serializers.IntegerField(allow_null=True, help_text="Null for a test of a way.")
    to = serializers.EmailField()
    way = serializers.CharField()
    state = WordField(DeliveryState)
    why = serializers.CharField()
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField()
    failures = FailureShape(many=True)


class DeliveryPage(PageShape):
    """Deliveries, the newest first."""

    items = DeliveryShape(many=True)


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state = WordField(DeliveryState, required=False, default=None)


def notice_shape(notice: Notice, page: str) -> dict[str, Any]:
    """Return a notice as the API writes it."""
    return {
        "id": notice.pk,
        "kind": notice.kind,
        "title": notice.title,
        "text": notice.text,
        "page": page,
        "urgency": notice.urgency,
        "outcome": word(notice.outcome),
        "why": notice.why,
        "created_at": notice.created_at,
        "read_at": notice.read_at,
    }


def way_shape(way: ContactWay, state: WayState) -> dict[str, Any]:
    """Return a contact way as the API writes it."""
    return {
        "id": way.pk,
        "kind": way.kind,
        "label": way.label,
        "address": way.shown_address,
        "state": word(state),
        "created_at": way.created_at,
        "verified_at": way.verified_at,
        "last_test_sent_at": way.last_test_sent_at,
        "last_test_answered_at": way.last_test_answered_at,
        "last_failed_at": way.last_failed_at,
        "last_failure": way.last_failure,
    }


def delivery_shape(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as the API writes it."""
    return {
        "id": delivery.pk,
        "notice": delivery.notice_id,
        "to": delivery.user.email,
        "way": delivery.way.label,
        "state": word(delivery.state),
        "why": delivery.why,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at,
        "ended_at": delivery.ended_at,
        "error": delivery.error,
        "failures": [
            {"number": one.number, "at": one.at, "error": one.error}
            for one in delivery.failures.all()
        ],
    }
