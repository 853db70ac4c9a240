"""Configuration of the notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "portal.notifications"
    label = "notifications"
    verbose_name = "notifications"
