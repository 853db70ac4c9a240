"""Changes of the notifications app; other apps need `notify` alone."""

from portal.notifications.services.notices import notify

__all__ = ["notify"]
