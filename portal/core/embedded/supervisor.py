"""The portal's own processes in one terminal: web server, Celery worker and beat."""

import contextlib
import os
import shlex
import signal
import sys
from pathlib import Path

import psutil
from honcho.manager import Manager

from portal.core.embedded.machine import private_folder
from portal.settings.env import BASE_DIR

MARK = "QUARTERDECK_RUN"  # in the environment of every process of a run: whose it is
GRACE_SECONDS = 10
ROOT_WARNING = "ignore:You're running the worker"  # root of a developer's machine is no news


class PatientManager(Manager):  # type: ignore[misc]
    """Honcho's manager, which fails when it is told to stop while it still starts processes."""

    is_to_stop = False

    def terminate(self) -> None:
        """End all processes, once all of them have begun."""
        self.is_to_stop = True
        if super()._all_started():
            super().terminate()

    def _all_started(self) -> bool:
        has_begun = bool(super()._all_started())
        if has_begun and self.is_to_stop:
            super().terminate()
        return has_begun


def commands(var: Path) -> dict[str, list[str]]:
    """Return the arguments of Python for each process by its name."""
    celery = ["-W", ROOT_WARNING, "-m", "celery", "--quiet", "--app", "portal.celery"]
    schedule = str(var / "run" / "schedule")
    return {
        "web": ["-m", "gunicorn", "--config", "python:portal.settings.gunicorn", "portal.wsgi"],
        "worker": [
            *(*celery, "worker", "--loglevel", "INFO", "--concurrency", "2"),
            *("--without-gossip", "--without-mingle"),
        ],
        "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", schedule, "--pidfile="],
    }


def supervise(var: Path, environment: dict[str, str]) -> int:
    """Run the processes until one of them or a signal ends them all; return the exit status.

    The web server loads while the database is made ready; worker and beat wait for that.
    Each logs readable lines to the terminal and JSON to `var/log/<name>.log`.
    """
    logs = private_folder(var / "log")
    manager = PatientManager()
    until_prepared = f"until test -e {shlex.quote(str(prepared(var)))}; do sleep 0.1; done; "
    for name, arguments in commands(var).items():
        manager.add_process(
            name,
            ("" if name == "web" else until_prepared)
            + f"exec {shlex.join([sys.executable, *arguments])}",
            cwd=str(BASE_DIR),
            env=environment
            | {
                "LOG_FILE": str(logs / f"{name}.log"),
                # Every few seconds the schedule has something to say.
                "LOG_TERMINAL_LEVEL": "INFO" if name == "web" else "WARNING",
            },
        )
    manager.loop()
    stopped = (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if manager.returncode in stopped else int(manager.returncode or 1)


def prepared(var: Path) -> Path:
    """Return the file whose presence tells that the database is ready to be worked on."""
    return var / "run" / "prepared"


def end_processes_of(var: Path) -> None:
    """End what a run in this folder has left behind, however that run itself ended."""
    left = [process for process in psutil.process_iter() if _is_of(process, var)]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=GRACE_SECONDS)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=GRACE_SECONDS)


def _is_of(process: psutil.Process, var: Path) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == str(var)
    except (psutil.Error, OSError):
        return False
