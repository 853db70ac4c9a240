"""Parsing of what `git log` prints, as it comes."""

import re
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from typing import IO

from kpis.metrics.history import Commit

_NAMES = ("%H", "%P", "%at", "%ct", "%an", "%ae", "%s", "%b")
# With `-z` every record ends in NUL too, which no part of a commit can contain.
FORMAT = "tformat:" + "%x00".join(_NAMES)

_CHUNK = 1 << 18
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{7,64})\b")
EPOCH = datetime.fromtimestamp(0, UTC)


def commits(output: IO[bytes], *, touching: Container[str] | None = None) -> Iterator[Commit]:
    """Read commits; `touching` names those that touch the wanted paths, None means all do."""
    fields = _fields(output)
    for sha, parents, authored, committed, author, email, subject, body in zip(
        *[fields] * len(_NAMES), strict=False
    ):
        committed_at = instant(committed, EPOCH)
        yield Commit(
            sha=sha,
            parents=tuple(parents.split()),
            authored_at=instant(authored, committed_at),
            committed_at=committed_at,
            author=author,
            email=email,
            subject=subject,
            reverts=tuple(_REVERTS.findall(body)) if body else (),
            touches=touching is None or sha in touching,
        )


def _fields(output: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := output.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        for field in whole:
            yield field.decode(errors="replace")


def instant(seconds: str, otherwise: datetime) -> datetime:
    """Read a Unix time; commits with impossible dates exist, and are not worth failing for."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise
