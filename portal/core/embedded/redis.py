"""An own Redis: loopback only, with a password, its queue on disk."""

import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from portal.core.embedded import programs
from portal.core.embedded.account import Account
from portal.core.embedded.errors import EmbeddedError
from portal.core.embedded.machine import (
    LOOPBACK,
    choose_port,
    end,
    interrupts_held,
    running_in,
)
from portal.settings.env import kept_secret

START_SECONDS = 60
STOP_SECONDS = 10
READY = b"+OK\r\n+PONG\r\n"

CONFIGURATION = """
bind {host}
port {port}
requirepass {password}
dir "{folder}"
pidfile "{pid_file}"
daemonize no
databases 64
maxmemory-policy noeviction
save ""
appendonly {appendonly}
"""


@dataclass(slots=True)
class Redis:
    """One Redis server whose data lives in `folder`, a folder that `account` owns."""

    folder: Path
    var: Path
    log: Path
    account: Account
    preferred_port: int = 0
    is_throwaway: bool = False
    port: int = field(default=0, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """The address with the password, as `REDIS_URL` wants it."""
        return f"redis://:{kept_secret('redis', self.var)}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start the server; started again after a stop, it takes the same port.

        Raises:
            EmbeddedError: it did not start; the message says where its log is.
        """
        program = programs.redis(self.account)
        pid_file = self.folder / "redis.pid"
        if left_over := running_in(self.folder, pid_file):
            end(left_over, seconds=STOP_SECONDS)
        self.port = choose_port(self.port or self.preferred_port)
        configuration = CONFIGURATION.format(
            host=LOOPBACK,
            port=self.port,
            password=kept_secret("redis", self.var),
            folder=self.folder.resolve(),
            pid_file=pid_file.resolve(),
            appendonly="no" if self.is_throwaway else "yes",
        )
        # As input, so that the password stands in no argument and no second file.
        with interrupts_held():
            self._process = self.account.start(
                [program, "-"], environment={"LC_ALL": "C"}, log=self.log, text=configuration
            )
        self._wait(self._process)

    def stop(self) -> None:
        """Stop the server cleanly, its queue written out."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(START_SECONDS * 50):
            if process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.02)
        self.stop()
        raise EmbeddedError(f"Redis did not start. Its log: {self.log}")

    def _answers(self) -> bool:
        password = kept_secret("redis", self.var)
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(len(READY)) == READY
        except OSError:
            return False
