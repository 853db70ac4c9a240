"""Configuration of the integrations app."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Integrations."""

    name = "portal.integrations"
    verbose_name = "integrations"
