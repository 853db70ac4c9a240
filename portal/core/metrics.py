"""The portal's own gauges for Prometheus, read when somebody asks."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from django_redis import get_redis_connection
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from portal.core import health, heartbeat

QUEUE = "celery"  # Celery's name for the list of messages


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number about the portal as it is now. The name ends in the unit, as Prometheus asks."""

    name: str
    words: str
    value: float


Source = Callable[..., Iterable[Gauge]]


class PortalCollector(Collector):
    """Asks every source named in `METRICS_SOURCES` for its gauges."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; a source whose database is away is left out."""
        for path in settings.METRICS_SOURCES:
            source: Source = import_string(path)
            try:
                gauges = list(source(now=self.now))
            except DatabaseError:
                continue
            for gauge in gauges:
                yield GaugeMetricFamily(gauge.name, gauge.words, value=gauge.value)


def registry(*, now: datetime) -> CollectorRegistry:
    """Return everything there is to tell: of all web processes, and the portal's own gauges."""
    everything = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(everything)  # type: ignore[no-untyped-call]
    else:
        everything.register(REGISTRY)
    everything.register(PortalCollector(now=now))
    return everything


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield whether the parts of the portal are at work, and how old the last sign of life is."""
    state = health.readiness(now=now)
    for part in state.parts:
        is_up = float(state.parts[part] == "ok")
        yield Gauge(f"quarterdeck_{part}_up", f"1 when the {part} is at work", is_up)
    if state.parts["redis"] == "ok":
        waiting = get_redis_connection("default").llen(QUEUE)
        yield Gauge("quarterdeck_queue_messages", "Messages that wait for a worker", waiting)
    at = heartbeat.last()
    if at is not None:
        yield Gauge(
            "quarterdeck_worker_heartbeat_age_seconds",
            "Time since schedule, queue and worker last worked together",
            (now - at).total_seconds(),
        )
