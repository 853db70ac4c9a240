"""An own PostgreSQL 18: made once, started, stopped, never reachable without a password."""

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
    write_private,
)
from portal.settings.env import kept_secret

MAJOR = "18"
SUPERUSER = "postgres"
NAME = "quarterdeck"
START_SECONDS = 60
STOP_SECONDS = 30
STATUS_LINE = 8

# Sized for a developer's machine beside an editor and a browser.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# Tests may lose everything with the machine, and are three times as fast for it.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

PREPARE = r"""
SELECT 'CREATE ROLE {name} LOGIN CREATEDB'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \gexec
ALTER ROLE {name} PASSWORD '{password}';
SELECT 'CREATE DATABASE {name} OWNER {name}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \gexec
"""
# Only tests try to switch the audit triggers off, to see that even then nothing is changed.
PREPARE_THROWAWAY = "GRANT SET ON PARAMETER session_replication_role TO {name};"


@dataclass(slots=True)
class PostgreSQL:
    """One PostgreSQL server whose data lives in `folder`, a folder that `account` owns."""

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
        """The address with the password, as `DATABASE_URL` wants it."""
        password = kept_secret("database", self.var)
        return f"postgres://{NAME}:{password}@{LOOPBACK}:{self.port}/{NAME}"

    @property
    def data(self) -> Path:
        """The folder of PostgreSQL itself."""
        return self.folder / "data"

    def start(self) -> None:
        """Start the server, and make it first if it does not exist.

        Raises:
            EmbeddedError: it did not start; the message says where its log is.
        """
        programs_folder = programs.postgresql(self.account)
        if not self.data.exists():
            self._create(programs_folder)
        self._check_version()
        pid_file = self.data / "postmaster.pid"
        if left_over := running_in(self.data, pid_file):
            end(left_over, seconds=STOP_SECONDS)
        self.port = choose_port(self.preferred_port)
        settings = SETTINGS | {"port": str(self.port)} | (THROWAWAY if self.is_throwaway else {})
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        with interrupts_held():
            self._process = self.account.start(
                [programs_folder / "postgres", "-D", self.data, *options],
                environment={"LC_ALL": "C"},
                log=self.log,
            )
        self._wait(self._process, pid_file)
        self._prepare(programs_folder)

    def stop(self) -> None:
        """Stop the server cleanly: open transactions are rolled back, everything is on disk."""
        if self._process is None:
            return
        self._process.send_signal(2)  # SIGINT: PostgreSQL's "fast" stop
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _create(self, programs_folder: Path) -> None:
        draft = self.folder / "data.new"
        if draft.exists():  # an earlier start was interrupted here
            self.account.run(["rm", "-rf", draft])
        password = self.folder / "password"
        write_private(password, kept_secret("postgres", self.var))
        self.account.own(password)
        try:
            self.account.run(
                [
                    programs_folder / "initdb",
                    *("--pgdata", draft, "--username", SUPERUSER, "--pwfile", password),
                    *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
                    *("--locale", "C", "--locale-provider", "builtin"),
                    *("--builtin-locale", "C.UTF-8"),
                    *(["--no-sync"] if self.is_throwaway else []),
                ]
            )
        finally:
            password.unlink()
        draft.rename(self.data)

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise EmbeddedError(
                f"{self.data} was written by PostgreSQL {version}; this one is {MAJOR}.\n"
                "Save it with the older version's pg_dump, or start afresh with `make reset`."
            )

    def _wait(self, process: subprocess.Popen[bytes], pid_file: Path) -> None:
        for _ in range(START_SECONDS * 50):
            if process.poll() is not None:
                break
            if pid_file.exists():
                lines = pid_file.read_text().splitlines()
                if len(lines) >= STATUS_LINE and lines[STATUS_LINE - 1].strip() == "ready":
                    return
            time.sleep(0.02)
        self.stop()
        raise EmbeddedError(f"PostgreSQL did not start. Its log: {self.log}")

    def _prepare(self, programs_folder: Path) -> None:
        self.account.run(
            [
                *(programs_folder / "psql", "--no-psqlrc", "--quiet", "--tuples-only"),
                *("--host", LOOPBACK, "--port", str(self.port), "--username", SUPERUSER),
                *("--set", "ON_ERROR_STOP=1", "postgres"),
            ],
            environment={"PGPASSWORD": kept_secret("postgres", self.var)},
            text=(PREPARE + (PREPARE_THROWAWAY if self.is_throwaway else "")).format(
                name=NAME, password=kept_secret("database", self.var)
            ),
        )
