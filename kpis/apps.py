"""Configuration of the kpis app."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """KPIs."""

    name = "kpis"
    verbose_name = "kpis"
