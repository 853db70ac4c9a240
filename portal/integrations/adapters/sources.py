"""Where a git history may be read from: parsing of sources, and the list of allowed ones."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

PROTOCOLS = ("file", "https", "ssh", "git")

_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
# What ssh users write: user@host:path, with no slash before the colon.
_SCP = re.compile(r"(?P<user>[\w.-]+@)?(?P<host>[A-Za-z0-9][\w.-]*):(?P<path>[^/\s].*|/.*)")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:.]+")


class SourceError(Exception):
    """A history cannot be read from there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """A repository: its protocol, and the address or real path that git is given."""

    protocol: str
    location: str


def parse(text: str) -> Source:
    """Return the source that a person named: a path, a `*.bundle` file or an address.

    Paths are resolved, so that a link shows where it leads. Nothing is opened.

    Raises:
        SourceError: for what is no such thing, and for addresses that carry credentials. The
            message never repeats an address.
    """
    text = text.strip()
    if not text:
        raise SourceError("Say where the repository is: a path on the server, or an address.")
    if text.startswith("-") or not text.isprintable():
        raise SourceError("A source cannot start with a hyphen or contain control characters.")
    if _HELPER.match(text):
        raise SourceError(
            "Remote helpers such as ext:: are not allowed. Use a path, or an address with"
            " https:// or ssh://."
        )
    if "://" in text:
        source = _from_url(text)
        if source.protocol != "file" and not urlsplit(source.location).path.strip("/"):
            raise SourceError("The address names a host, but no repository on it.")
        return source
    if "/" not in text.partition(":")[0] and (match := _SCP.fullmatch(text)):
        return _from_url(f"ssh://{match['user'] or ''}{match['host']}/{match['path'].lstrip('/')}")
    return _from_path(text)


def is_allowed(source: Source, allowed: Sequence[str]) -> bool:
    """Return whether the source lies in one of the allowed folders or below an allowed address.

    A repository that borrows from a folder that is not allowed is not allowed either.
    """
    entries = [_entry(text) for text in allowed]
    if source.protocol != "file":
        return any(_is_below(source, entry) for entry in entries)
    folders = [Path(entry.location) for entry in entries if entry.protocol == "file"]
    return all(
        any(place.is_relative_to(folder) for folder in folders)
        for place in _places(Path(source.location))
    )


def _entry(text: str) -> Source:
    """Parse an entry of the list, where an address may also be a whole host."""
    try:
        return _from_url(text) if "://" in text else _from_path(text)
    except SourceError as error:
        raise ImproperlyConfigured(f"IMPORT_ALLOWED_SOURCES contains {text}: {error}") from error


def _from_path(text: str) -> Source:
    try:
        return Source("file", str(Path(text).resolve()))
    except (OSError, RuntimeError) as error:
        raise SourceError("The path leads in a circle of links. Name the real folder.") from error


def _from_url(text: str) -> Source:
    parts = _split(text)
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"}:
            raise SourceError("A file:// address has three slashes: file:///srv/git/app.git.")
        return _from_path(unquote(parts.path))
    if parts.scheme not in PROTOCOLS:
        raise SourceError(
            f"Addresses start with one of {', '.join(f'{name}://' for name in PROTOCOLS)}."
        )
    if parts.password is not None or (parts.username is not None and parts.scheme != "ssh"):
        raise SourceError(
            "Leave user and password out of the address: they would be kept with it. Clone a"
            " private repository on the server and import its path, or use ssh:// with a key."
        )
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise SourceError("The address has no valid host name.")
    if parts.username is not None and not re.fullmatch(r"\w[\w.-]*", parts.username):
        raise SourceError("The user name in the address is not valid.")
    path = unquote(parts.path)
    if ".." in path.split("/") or "\\" in path or parts.query:
        raise SourceError("Write the path of the repository out, without .. and without ?.")
    user = f"{parts.username}@" if parts.username else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return Source(parts.scheme, f"{parts.scheme}://{user}{host}{port}{parts.path}")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise SourceError("The address is not a valid one.") from error
    return parts


def _is_below(source: Source, entry: Source) -> bool:
    """Compare scheme, host, port and whole segments of the path; the user name is free."""
    one, other = urlsplit(source.location), urlsplit(entry.location)
    segments, prefix = (
        [part for part in unquote(each.path).split("/") if part] for each in (one, other)
    )
    return (one.scheme, one.hostname, one.port) == (
        other.scheme,
        other.hostname,
        other.port,
    ) and segments[: len(prefix)] == prefix


def _places(path: Path) -> Iterator[Path]:
    """Walk the real places that git would read for the repository at a path."""
    yield path
    folder = path / ".git" if (path / ".git").exists() else path
    if folder.is_file() and folder.name == ".git":
        _, _, target = _text(folder).partition("gitdir:")
        folder = path / target.strip()
    if not folder.is_dir():
        return
    yield folder.resolve()
    if (folder / "commondir").exists():
        folder /= _text(folder / "commondir").strip()
    pending, seen = [folder / "objects"], set[Path]()
    for name in ("", "HEAD", "config", "packed-refs", "refs", "refs/heads", "refs/tags"):
        yield (folder / name).resolve()
    while pending:
        objects = pending.pop().resolve()
        if objects in seen:
            continue
        seen.add(objects)
        yield objects
        yield from (entry.resolve() for entry in _entries(objects) if entry.is_symlink())
        yield from (entry.resolve() for entry in _entries(objects / "pack") if entry.is_symlink())
        alternates = _text(objects / "info" / "alternates").splitlines()
        pending += [objects / line for line in alternates if line and not line.startswith("#")]


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
