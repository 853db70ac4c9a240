"""Configuration of the core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Core."""

    name = "portal.core"
    verbose_name = "core"
