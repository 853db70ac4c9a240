"""What `make up` does: servers, database, processes, and at last the words to begin with."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from portal.core.embedded import servers, supervisor
from portal.core.embedded.errors import EmbeddedError
from portal.core.embedded.machine import (
    LOOPBACK,
    choose_port,
    is_free,
    private_folder,
    write_private,
)
from portal.settings.env import BASE_DIR, VAR_DIR

WEB_PORT = 8000
READY_SECONDS = 120


def up(var: Path, *, port: int | None) -> int:
    """Bring the portal up and stay until Ctrl-C; return the exit status.

    Raises:
        EmbeddedError: it is up already, the port that was asked for is taken, or a server or the
            database could not be made ready.
    """
    with _only_one(var), _stopping_on_signals():
        supervisor.end_processes_of(var)
        if port and not is_free(port):
            raise EmbeddedError(f"Port {port} is taken. Choose another one: make up PORT=...")
        try:
            with servers.running(var, os.environ) as addresses, _ending_processes_of(var):
                return _up(var, addresses, port or choose_port(WEB_PORT))
        finally:
            (var / "env").unlink(missing_ok=True)
            (var / "run" / "address").unlink(missing_ok=True)


def _up(var: Path, addresses: dict[str, str], port: int) -> int:
    address = f"http://{LOOPBACK}:{port}"
    metrics = private_folder(var / "run" / "metrics")
    for old in (supervisor.prepared(var), *metrics.iterdir()):
        old.unlink(missing_ok=True)
    write_private(var / "env", "".join(f"{key}={value}\n" for key, value in addresses.items()))
    write_private(var / "run" / "address", address)
    environment = {
        **os.environ,
        **addresses,
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "QUARTERDECK_VAR": str(var),
        "WEB_BIND": f"{LOOPBACK}:{port}",
        "PYTHONUNBUFFERED": "1",
        supervisor.MARK: str(var),
    }
    herald = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "portal.core.embedded", "prepare", address],
        cwd=BASE_DIR,
        env=environment,
        start_new_session=True,
    )
    status = supervisor.supervise(var, environment | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)})
    supervisor.end_processes_of(var)
    return status or int(herald.wait() > 0)


def prepare(var: Path, address: str) -> int:
    """Make the database ready, wait until the portal is, and print where it is and for whom.

    A database that cannot be made ready ends the whole run.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode < 0:  # the run was stopped
        return 0
    if done.returncode:
        sys.stderr.write("The database could not be made ready: see above.\n")
        os.kill(os.getppid(), signal.SIGTERM)
        return 1
    supervisor.prepared(var).touch()
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(address):
        if time.monotonic() > deadline:
            sys.stderr.write(f"Not ready after {READY_SECONDS} s: {address}/healthz/ready\n")
            return 1
        time.sleep(0.1)
    sys.stdout.write(f"\nQuarterdeck is up: {address}\n\n{done.stdout}\nCtrl-C stops it.\n\n")
    return 0


def reset(var: Path) -> None:
    """Remove the data of the embedded servers and everything made from them.

    Raises:
        EmbeddedError: the portal is up.
    """
    with _only_one(var):
        supervisor.end_processes_of(var)
        servers.remove(var)


def run(var: Path, command: list[str]) -> int:
    """Run a command with servers of its own in a folder and return its exit status."""
    with _only_one(var), _stopping_on_signals(), servers.running(var, os.environ) as addresses:
        return subprocess.run(command, env=os.environ | addresses, check=False).returncode  # noqa: S603


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz/ready", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Hold the folder for this process; a process that was killed holds it no longer."""
    run_folder = var / "run"
    run_folder.mkdir(parents=True, exist_ok=True)
    with (run_folder / "lock").open("w") as lock:
        try:
            # Of the process, not of the open file: children do not inherit it.
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            address = run_folder / "address"
            where = f": {address.read_text()}" if address.exists() else ""
            raise EmbeddedError(f"Quarterdeck is up already{where}") from None
        yield


@contextlib.contextmanager
def _ending_processes_of(var: Path) -> Iterator[None]:
    try:
        yield
    finally:
        supervisor.end_processes_of(var)


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """Turn SIGTERM into the same orderly way out as Ctrl-C."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def main_folder() -> Path:
    """Return the absolute `var` folder of this checkout or the one the environment names."""
    return VAR_DIR.absolute()
