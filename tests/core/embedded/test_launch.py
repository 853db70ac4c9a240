"""`make up` as a whole: what it starts answers, what it says is said last, nothing is left."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from portal.core.embedded import launch, supervisor
from portal.core.embedded.servers import remove
from tests.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]
LAST = "Ctrl-C stops it."


class Run:
    """A run of the launcher, as the Makefile starts it."""

    def __init__(self, var, *arguments, **environment):
        self.log = var.parent / f"up-{len(list(var.parent.glob('up-*')))}.txt"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "REDIS_", "DJANGO_", "PYTEST_", "COV_"))
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.core.embedded", "up", *arguments],
                cwd=ROOT,
                env=inherited | {"QUARTERDECK_VAR": str(var)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self):
        return self.log.read_text()

    def wait_until_up(self):
        wait_until(lambda: LAST in self.text or self.process.poll() is not None, seconds=240)
        assert LAST in self.text, self.text
        return self.text.split("Quarterdeck is up: ")[1].split()[0]


def processes_of(var):
    """Return everything at work for a folder: marked processes, and servers by their pid files."""
    found = [process for process in psutil.process_iter() if supervisor._is_of(process, var)]
    for pid_file in (var / "servers").glob("*/**/*.pid"):
        pid = int(pid_file.read_text().split()[0])
        if psutil.pid_exists(pid):
            found.append(psutil.Process(pid))
    return found


def descendants_of(run):
    return psutil.Process(run.process.pid).children(recursive=True)


def alive(processes):
    """Return those that still do something; who ended and waits to be reaped does not."""
    return [
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture
def var(tmp_path):
    var = tmp_path / "var"
    yield var
    supervisor.end_processes_of(var)
    for process in processes_of(var):
        process.kill()
    remove(var)


def get(address):
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
        return answer.status, answer.read()


def test_it_comes_up_says_where_and_for_whom_stops_and_keeps_its_data(var):
    run = Run(var)
    address = run.wait_until_up()
    assert get(f"{address}/accounts/login/")[0] == 200
    assert "all hands on deck" in run.text
    assert run.text.index("demo company") < run.text.index("Quarterdeck is up")
    state = wait_until(
        lambda: [
            answer
            for answer in [json.loads(get(f"{address}/healthz/ready")[1])]
            if answer["status"] == "ready"
        ],
        seconds=120,
        every=0.5,
    )
    assert state == [{"status": "ready", "database": "ok", "redis": "ok", "worker": "ok"}]

    second = Run(var)
    assert second.process.wait(60) == 1
    assert f"up already: {address}" in second.text

    family = descendants_of(run)
    assert {"postgres", "redis-server"} <= {process.name() for process in family}
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(60) == 0
    assert alive(family) == []
    assert processes_of(var) == []
    assert not (var / "env").exists()

    again = Run(var)
    again.wait_until_up()
    assert "demo company" not in again.text.split("Quarterdeck is up")[0]
    assert "all hands on deck" in again.text
    again.process.terminate()
    assert again.process.wait(60) == 0
    assert processes_of(var) == []


def test_an_interrupt_before_it_is_up_leaves_nothing(var):
    run = Run(var)
    wait_until(lambda: "web started" in run.text, seconds=60)
    family = descendants_of(run)
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(60) == 0
    assert alive(family) == []
    assert processes_of(var) == []


@pytest.mark.parametrize("seconds", [0.3, 0.7, 1.1, 1.5, 2.0])
def test_an_interrupt_at_any_moment_leaves_nothing(var, seconds):
    run = Run(var)
    time.sleep(seconds)
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(60) in {-signal.SIGINT, 0, 130}
    assert processes_of(var) == []


def test_what_a_killed_launcher_left_is_ended_by_the_next(var):
    run = Run(var)
    wait_until(lambda: "web started" in run.text, seconds=60)
    family = descendants_of(run)
    run.process.kill()
    run.process.wait()
    assert alive(family)

    again = Run(var)
    wait_until(lambda: "web started" in again.text, seconds=60)
    left = alive(family)
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(60) == 0
    assert left == []
    assert processes_of(var) == []


def test_a_port_that_was_asked_for_and_is_taken_is_said(var, taken_port):
    run = Run(var, "--port", str(taken_port))
    assert run.process.wait(60) == 1
    assert f"Port {taken_port} is taken" in run.text


@pytest.fixture
def taken_port():
    """Give a port that somebody else, this test, is listening on."""

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_database_that_is_not_there_ends_it_with_a_word(var):
    run = Run(var, DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert run.process.wait(120) == 1
    assert "The database could not be made ready" in run.text
    assert processes_of(var) == []


def test_reset_asks_first_and_leaves_what_it_did_not_make(var):
    (var / "secrets").mkdir(parents=True)
    (var / "notes").mkdir()
    command = [sys.executable, "-m", "portal.core.embedded", "reset"]
    environment = os.environ | {"QUARTERDECK_VAR": str(var)}
    for answer, is_gone in (("", False), ("no\n", False), ("yes\n", True)):
        subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            input=answer,
            text=True,
            capture_output=True,
            check=False,
        )
        assert (var / "secrets").exists() is not is_gone
    assert (var / "notes").exists()


def test_a_command_runs_with_servers_of_its_own_and_its_status_is_kept(var, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    program = "import os, sys; sys.exit(7 if os.environ['REDIS_URL'] else 1)"
    assert launch.run(var, [sys.executable, "-c", program]) == 7
    assert processes_of(var) == []
