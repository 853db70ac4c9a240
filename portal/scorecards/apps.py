"""Configuration of the scorecards app."""

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    """Scorecards."""

    name = "portal.scorecards"
    verbose_name = "scorecards"
