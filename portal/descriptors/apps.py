"""Configuration of the descriptors app."""

from django.apps import AppConfig


class DescriptorsConfig(AppConfig):
    """Descriptors."""

    name = "portal.descriptors"
    verbose_name = "catalogue as code"
