"""Configuration of the core app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    """Core."""

    name = "portal.core"
    verbose_name = "core"

    def ready(self) -> None:
        """Register the tasks of every app: the web process enqueues them by name too."""
        autodiscover_modules("tasks")
