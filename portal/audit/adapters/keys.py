"""The signing keys of the log, and what it last signed: files that no web process reads.

A folder with a file per key, `<begin>-<number>.seed`, and `signed`, the last checkpoint: kept outside the
database, so that a backup that was restored cannot take it back.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portal.audit.tree import Checkpoint, NoteError, Signer

SEED_BYTES = 32
SUFFIXES = {".seed", ".retired"}
STAMP = "%Y%m%dT%H%M%SZ"


class KeyFileError(RuntimeError):
    """The folder of keys cannot be read or written; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The folder that holds the keys; only the process that signs needs to get into it."""

    path: Path

    def signers(self, origin: str) -> list[Signer]:
        """Return the keys that sign, the oldest first.

        Raises:
            KeyFileError: a file is not a key, or others than its owner may read it.
        """
        return [Signer(origin, self._seed(path)) for path in sorted(self.path.glob("*.seed"))]

    def add(self, now: datetime) -> None:
        """Make a key up; it signs beside those that there are.

        Raises:
            KeyFileError: the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            # In the order in which they were made, also of two in one second.
            number = sum(1 for path in self.path.iterdir() if path.suffix in SUFFIXES)
            stamp = now.astimezone(UTC).strftime(STAMP)
            _write(self.path / f"{stamp}-{number:04}.seed", secrets.token_bytes(SEED_BYTES).hex())
        except OSError as error:
            raise KeyFileError(
                f"The folder of signing keys, {self.path}, cannot be written: {error.strerror}."
            ) from error

    def retire_all_but_newest(self) -> Sequence[Path]:
        """Put all keys but the newest out of use; return what they are called now."""
        *old, _ = sorted(self.path.glob("*.seed"))
        return [path.rename(path.with_suffix(".retired")) for path in old]

    def last_signed(self) -> Checkpoint | None:
        """Return the checkpoint that was signed last, as far as this folder knows.

        Raises:
            KeyFileError: the file does not hold one.
        """
        path = self.path / "signed"
        if not path.exists():
            return None
        try:
            return Checkpoint.parse(path.read_text())
        except NoteError as error:
            raise KeyFileError(f"{path} does not hold a checkpoint: {error}") from error

    def remember(self, checkpoint: Checkpoint) -> None:
        """Note a checkpoint as the last that was signed."""
        _write(self.path / "signed", checkpoint.text)

    def forget(self) -> None:
        """Forget what was signed: a new log begins."""
        (self.path / "signed").unlink(missing_ok=True)

    def _seed(self, path: Path) -> bytes:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"Others may read {path}. Mend it: chmod 600 {path}")
        try:
            seed = bytes.fromhex(path.read_text())
        except ValueError:
            seed = b""
        if len(seed) != SEED_BYTES:
            raise KeyFileError(f"{path} does not hold a key: 64 hexadecimal digits.")
        return seed


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all, and see it onto the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
