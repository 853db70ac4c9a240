"""Files of git repositories as they are at one commit, without anything being checked out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.integrations.adapters.git import Progress, explaining, fetch, main_line, mirror, survey
from portal.integrations.adapters.process import Git
from portal.integrations.adapters.sources import Source, SourceError

MOST_FILES = 20_000
MOST_BYTES = 64 * 1024 * 1024
_FILES = "refs/quarterdeck/files"
_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files that fit a pattern at a commit: path and content, by path."""

    commit: str
    files: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class _Blob:
    path: str
    name: str
    size: int


def read_tree(
    git: Git,
    source: Source,
    *,
    branch: str,
    pattern: str,
    unless: str = "",
    progress: Progress = lambda _step, _percent: None,
) -> Snapshot | None:
    """Fetch what is new and return the files of a branch, or None when it is still at `unless`.

    In the pattern `*` is anything within a folder and `**/` any folders. Links and submodules are
    left out.

    Raises:
        SourceError: when nothing can be read, nothing fits, or too much does.
    """
    progress("Asking the repository", 0)
    ref = main_line(survey(git, source), branch)
    with mirror(git, source) as (held, folder), explaining():
        fetch(held, source, folder, [f"+{ref}:{_FILES}"], progress)
        at = f"--git-dir={folder}"
        commit = held.run(at, "rev-parse", "--verify", f"{_FILES}^{{commit}}").decode().strip()
        if commit == unless:
            return None
        progress("Reading files", 0)
        return Snapshot(commit, list(_contents(held, folder, _chosen(held, at, commit, pattern))))


def _chosen(git: Git, at: str, commit: str, pattern: str) -> list[_Blob]:
    fits = re.compile(_regular(pattern))
    listed = git.run(at, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    found = []
    for line in listed.split(b"\0"):
        facts, _, path = line.decode(errors="replace").partition("\t")
        mode, _, rest = facts.partition(" ")
        if mode in _REGULAR and fits.fullmatch(path):
            _, name, size = rest.split()
            found.append(_Blob(path, name, int(size)))
    if not found:
        raise SourceError(f"No file fits {pattern}. Use one such as **/catalog-info.yaml.")
    if len(found) > MOST_FILES:
        raise SourceError(f"{len(found):,} files fit {pattern}; at most {MOST_FILES:,} are read.")
    if sum(blob.size for blob in found) > MOST_BYTES:
        raise SourceError(f"The files that fit {pattern} are larger than {MOST_BYTES >> 20} MB.")
    return sorted(found, key=lambda blob: blob.path)


def _contents(git: Git, folder: Path, blobs: Sequence[_Blob]) -> Iterator[tuple[str, bytes]]:
    asked = "".join(f"{blob.name}\n" for blob in blobs).encode()
    with git.started(f"--git-dir={folder}", "cat-file", "--batch", stdin=asked) as output:
        for blob in blobs:
            output.readline()
            yield blob.path, output.read(blob.size)
            output.read(1)


def _regular(pattern: str) -> str:
    """Return the pattern of paths as a regular expression."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.lstrip("/"))
    words = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(part) or re.escape(part) for part in parts)
