"""The system user that the servers run as: the caller, or an unprivileged one for root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from portal.core.embedded.errors import EmbeddedError

NAME = "quarterdeck"
FALLBACKS = ("postgres", "nobody")
SHARED_HOME = Path("/var/lib/quarterdeck")
READ, ENTER = 4, 1


class Switch(TypedDict, total=False):
    """The arguments of `subprocess` that change the user of a new process."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine and whether a process has to be switched to it."""

    uid: int
    gid: int
    is_other: bool

    def start(
        self,
        arguments: Iterable[str | Path],
        *,
        environment: dict[str, str],
        log: Path,
        text: str = "",
    ) -> subprocess.Popen[bytes]:
        """Start a long-running program as this user; what it prints is appended to `log`.

        The program gets a session of its own, so that Ctrl-C in the terminal reaches the caller
        alone, and `text` as its standard input.
        """
        with log.open("ab") as output, tempfile.TemporaryFile() as given:
            given.write(text.encode())
            given.seek(0)
            return subprocess.Popen(  # noqa: S603 - our own programs
                [str(argument) for argument in arguments],
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                start_new_session=True,
                umask=0o077,
                **self._switch(),
            )

    def run(
        self,
        arguments: Iterable[str | Path],
        *,
        environment: dict[str, str] | None = None,
        text: str = "",
    ) -> str:
        """Run a program as this user to its end and return what it printed.

        Raises:
            EmbeddedError: the program failed; the message ends with its own words.
        """
        words = [str(argument) for argument in arguments]
        done = subprocess.run(  # noqa: S603 - our own programs
            words,
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            env={"LC_ALL": "C"} | (environment or {}),
            umask=0o077,
            check=False,
            **self._switch(),
        )
        if done.returncode:
            raise EmbeddedError(f"{words[0]} failed:\n{done.stderr.strip()}")
        return done.stdout

    def own(self, path: Path) -> None:
        """Hand a file or an empty folder to this user."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, folder: Path) -> bool:
        """Return whether this user can get into a folder from the root of the file system."""
        return all(self._may(part, ENTER) for part in [folder, *folder.parents])

    def may_run(self, program: Path) -> bool:
        """Return whether this user can reach, read and execute a program."""
        return self.may_enter(program.parent) and self._may(program, READ | ENTER)

    def _may(self, path: Path, want: int) -> bool:
        if not self.is_other:
            return True
        status = path.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return (status.st_mode >> shift) & want == want

    def _switch(self) -> Switch:
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def unprivileged() -> Account:
    """Return the caller's account, or for root the one that the servers shall have.

    Root gets a system user `quarterdeck`, made when missing; where users cannot be made, one
    that every system has.

    Raises:
        EmbeddedError: there is no unprivileged user at all.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), is_other=False)
    if not _exists(NAME):
        _create()
    for name in (NAME, *FALLBACKS):
        if _exists(name):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, is_other=True)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root and there is no other user to run it as.\n"
        f"Make one (useradd --system {NAME}) or start the portal as an ordinary user."
    )


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _create() -> None:
    useradd = ["useradd", "--system", "--no-create-home", "--user-group", NAME]
    adduser = ["adduser", "-S", "-D", "-H", NAME]  # Alpine's
    for command in (useradd, adduser):
        if program := shutil.which(command[0], path=f"{os.defpath}:/usr/sbin:/sbin"):
            subprocess.run([program, *command[1:]], capture_output=True, check=False)  # noqa: S603
            return
