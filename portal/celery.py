"""The Celery application: configured from Django's settings, tasks found in every app."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "portal.core.broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
app = Celery("quarterdeck")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)  # the request's id in the logs of its tasks
