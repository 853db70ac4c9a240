"""Contact ways, what people want to be told, notices and their deliveries."""

from portal.notifications.models.deliveries import (
    LIVE,
    Attempt,
    Delivery,
    DeliveryPurpose,
    DeliveryState,
)
from portal.notifications.models.notices import Notice, NoticeOutcome
from portal.notifications.models.preferences import (
    KindPreference,
    Manner,
    Preferences,
    QuietHours,
)
from portal.notifications.models.ways import LONGEST_LABEL, ContactWay, WayKind, WayState

__all__ = [
    "LIVE",
    "LONGEST_LABEL",
    "Attempt",
    "ContactWay",
    "Delivery",
    "DeliveryPurpose",
    "DeliveryState",
    "KindPreference",
    "Manner",
    "Notice",
    "NoticeOutcome",
    "Preferences",
    "QuietHours",
    "WayKind",
    "WayState",
]
