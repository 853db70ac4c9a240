"""Pytest plugin: PostgreSQL and Redis for the tests when no address is given.

They are started once, before Django reads its settings, by the process that was called; workers
of pytest-xdist find their addresses in the environment. Every worker has a database of its own
(pytest-django) and a Redis database of its own (here).
"""

import contextlib
import fcntl
import os
import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portal.core.embedded.machine import private_folder
from portal.core.embedded.servers import remove, running

ROOT = Path(__file__).resolve().parent.parent
servers = contextlib.ExitStack()

# A run in the background is started with Ctrl-C ignored, and what it starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests():
    """Set the addresses: a wrapper, so that it comes before pytest-django's turn."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], number)
    elif not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        os.environ |= servers.enter_context(running(folder(), os.environ, is_throwaway=True))
    return (yield)


def pytest_unconfigure():
    servers.close()


def with_database(url: str, number: int) -> str:
    """Return a Redis address with another database number."""
    return urlsplit(url)._replace(path=f"/{number}").geturl()


def folder() -> Path:
    """Return the folder of the test servers, or one for this run while another run holds it."""
    var = Path(os.environ.get("QUARTERDECK_VAR", ROOT / "var"))
    shared = var / "test"
    private_folder(shared)
    shared.chmod(0o755)
    lock = servers.enter_context((shared / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        own = var / f"test-{os.getpid()}"
        servers.callback(shutil.rmtree, own, ignore_errors=True)
        servers.callback(remove, own)
        return own
    return shared
