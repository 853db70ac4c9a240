"""Configuration of the core app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from portal.celery import app as celery_app

__all__ = ["CoreConfig", "celery_app"]  # tasks belong to it wherever Django is set up


class CoreConfig(AppConfig):
    """Core."""

    name = "portal.core"
    verbose_name = "core"

    def ready(self) -> None:
        """Register the tasks of every app: the web process enqueues them by name too."""
        autodiscover_modules("tasks")
