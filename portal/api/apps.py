"""Configuration of the api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """API."""

    name = "portal.api"
    verbose_name = "API"
