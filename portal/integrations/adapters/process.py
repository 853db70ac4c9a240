"""Running of git: no shell, no prompts, a clean environment, a time limit, no process left."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer
from typing import IO

from portal.integrations.adapters.sources import PROTOCOLS, SourceError

CONFIGURATION = """\
# Written by the portal before each import: the only configuration git sees besides a mirror's own.
[safe]
\tdirectory = *
[http]
\tfollowRedirects = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[core]
\thooksPath = /dev/null
"""

_PERCENT = re.compile(rb"(\w[\w ]*):\s+(\d+)%")


class GitError(Exception):
    """git ended with a complaint; `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Git:
    """git with a folder for its configuration and a limit in seconds for each command.

    `held` are files whose locks live as long as the last command started with them.
    """

    home: Path
    limit: float
    protocols: Sequence[str] = PROTOCOLS
    held: tuple[int, ...] = ()

    def run(self, *arguments: str, stdin: bytes = b"", limit: float | None = None) -> bytes:
        """Return what a command prints.

        Raises:
            GitError: when it fails.
            SourceError: when git is absent or takes too long.
        """
        with self.started(*arguments, stdin=stdin, limit=limit) as output:
            return output.read()

    @contextmanager
    def started(
        self, *arguments: str, stdin: bytes = b"", limit: float | None = None
    ) -> Iterator[IO[bytes]]:
        """Start a command and give its output while it runs; as `run` in all else."""
        with tempfile.TemporaryFile() as complaints, tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            with self._process(
                arguments, limit, stdin=given, stdout=subprocess.PIPE, stderr=complaints
            ) as process:
                if process.stdout is None:
                    raise AssertionError
                yield process.stdout
                code = process.wait()
            if code:
                complaints.seek(0)
                raise GitError(complaints.read().decode(errors="replace"))

    def follow(self, *arguments: str, progress: Callable[[str, int], None]) -> None:
        """Run a command with `--progress` and tell its steps in words and percent."""
        told, last = b"", (b"", b"")
        with self._process(arguments, None, stderr=subprocess.PIPE) as process:
            if process.stderr is None:
                raise AssertionError
            while piece := os.read(process.stderr.fileno(), 4096):
                told = (told + piece)[-4096:]
                steps = _PERCENT.findall(told)
                if steps and steps[-1] != last:
                    last = steps[-1]
                    progress(last[0].decode(), int(last[1]))
            code = process.wait()
        if code:
            raise GitError(told.decode(errors="replace"))

    @contextmanager
    def _process(
        self,
        arguments: Sequence[str],
        limit: float | None,
        *,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        stderr: IO[bytes] | int,
    ) -> Iterator[subprocess.Popen[bytes]]:
        seconds = self.limit if limit is None else limit
        try:
            process = subprocess.Popen(  # noqa: S603
                ["git", *arguments],  # noqa: S607
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=self._environment(),
                start_new_session=True,
                pass_fds=self.held,
            )
        except FileNotFoundError as error:
            raise SourceError("git is not installed on the server. Install it there.") from error
        expired = Event()

        def expire() -> None:
            expired.set()
            _end(process)

        timer = Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    _end(process)
                    raise
        finally:
            timer.cancel()
        if expired.is_set():
            raise SourceError(
                f"git took longer than {seconds:.0f} seconds. Try again when the server is less"
                " busy, or clone the repository on the server and import its path."
            )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return kept | {
            "LC_ALL": "C",
            "GIT_ALLOW_PROTOCOL": ":".join(self.protocols),
            "GIT_ASKPASS": "false",
            "GIT_CONFIG_GLOBAL": str(self._configuration()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15",
            "GIT_TERMINAL_PROMPT": "0",
            "SSH_ASKPASS": "false",
        }

    def _configuration(self) -> Path:
        self.home.mkdir(parents=True, exist_ok=True)
        path = self.home / "gitconfig"
        if not path.exists() or path.read_text() != CONFIGURATION:
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(CONFIGURATION)
            partial.replace(path)
        return path


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
