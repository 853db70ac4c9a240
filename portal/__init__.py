"""The Django project and the platform apps of Quarterdeck."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
