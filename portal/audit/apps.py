"""Configuration of the audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit."""

    name = "portal.audit"
    verbose_name = "audit"
