"""Configuration of the home app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Home."""

    name = "portal.home"
    verbose_name = "home"
