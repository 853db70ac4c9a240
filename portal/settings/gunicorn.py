"""Settings of the web server: `gunicorn --config python:portal.settings.gunicorn portal.wsgi`."""

from django.urls import get_resolver
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from prometheus_client import multiprocess

from portal.settings.env import env


class PortalLogger(Logger):  # type: ignore[misc]
    """Hands gunicorn's words to the portal's log; requests are logged by the portal itself."""

    def setup(self, cfg: Config) -> None:
        """Set up what gunicorn wants and take its own handlers away."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def when_ready(_server: Arbiter) -> None:
    """Load the addresses and what stands behind them once, before the processes are forked."""
    get_resolver().url_patterns  # noqa: B018 - a cached property


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Stop counting a process that has ended as alive in the metrics."""
    if env.str("PROMETHEUS_MULTIPROC_DIR", default=""):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


bind = env.str("WEB_BIND", default="127.0.0.1:8000")
workers = env.int("WEB_PROCESSES", default=2)
threads = env.int("WEB_THREADS", default=4)
worker_class = "gthread"
preload_app = True
timeout = 60
graceful_timeout = 4
control_socket_disable = True
logger_class = "portal.settings.gunicorn.PortalLogger"
