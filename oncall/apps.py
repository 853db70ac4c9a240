"""Configuration of the oncall app."""

from django.apps import AppConfig


class OncallConfig(AppConfig):
    """On-call."""

    name = "oncall"
    verbose_name = "on-call"
