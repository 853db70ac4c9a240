"""Delivery histories of git repositories: which tags there are, and every commit they contain.

A repository is never read in place, where its own configuration would count: it is fetched into
a bare mirror of ours, which also keeps the commits of tags that vanish.
"""

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep

from kpis.metrics.history import Commit, Release
from portal.integrations.adapters import log
from portal.integrations.adapters.complaints import explained
from portal.integrations.adapters.process import Git, GitError
from portal.integrations.adapters.sources import Source, SourceError

# Told the step in words, and how much of it is done in percent.
Progress = Callable[[str, int], None]

_LINE = "refs/quarterdeck/line"
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tags are deployments, which line is the main one, which paths are the application.

    An empty branch is the repository's own default, no paths are the whole repository.
    """

    tags: str = "*"
    excludes: Sequence[str] = ()
    branch: str = ""
    paths: Sequence[str] = ()

    def matches(self, tag: str) -> bool:
        """Return whether the name of the tag is wanted, before excludes."""
        return fnmatchcase(tag, self.tags)

    def is_excluded(self, tag: str) -> bool:
        """Return whether one of the excludes describes the name of the tag."""
        return any(fnmatchcase(tag, exclude) for exclude in self.excludes)

    def chosen(self, tags: Iterable[str]) -> list[str]:
        """Return the tags that are deployments."""
        return [tag for tag in tags if self.matches(tag) and not self.is_excluded(tag)]


@dataclass(frozen=True, slots=True)
class Survey:
    """The names in a repository: tags, branches, and the branch it points at, if it does."""

    tags: Sequence[str]
    branches: Sequence[str]
    default: str
    has_head: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a repository tells: releases and, parents first, all their commits.

    `line` is the commit at the tip of the main line, `tags` are all names, `excluded` those left
    out by an exclude and `unusable` those that point at no commit.
    """

    releases: Sequence[Release]
    commits: Sequence[Commit]
    line: str
    tags: Sequence[str]
    excluded: Sequence[str]
    unusable: Sequence[str]
    is_shallow: bool


def survey(git: Git, source: Source) -> Survey:
    """Ask a repository for its names, without fetching anything.

    Raises:
        SourceError: when it cannot be reached or has no commits.
    """
    if source.protocol == "file" and not Path(source.location).exists():
        raise SourceError("There is nothing at that path on the server. Check its spelling.")
    with explaining():
        lines = (
            git.run(
                "ls-remote",
                "--symref",
                "--",
                source.location,
                "HEAD",
                "refs/heads/*",
                "refs/tags/*",
            )
            .decode(errors="replace")
            .splitlines()
        )
    refs: dict[str, str] = {}
    default = ""
    for line in lines:
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            default = value.removeprefix("ref: refs/heads/")
        else:
            refs[name] = value
    if not refs:
        raise SourceError("The repository has no commits yet, or the bundle is cut off.")
    branches = _under(refs, "refs/heads/")
    if default not in branches:
        same = [name for name in branches if refs[f"refs/heads/{name}"] == refs.get("HEAD")]
        default = _usual(same) or ("" if "HEAD" in refs else _usual(branches))
    tags = [name for name in _under(refs, "refs/tags/") if not name.endswith("^{}")]
    return Survey(tags, branches, default, "HEAD" in refs)


def read(
    git: Git,
    source: Source,
    selection: Selection,
    *,
    known: Iterable[str] = (),
    progress: Progress = lambda _step, _percent: None,
) -> Reading:
    """Fetch what is new and return the history of the selected tags.

    `known` are commits deployed earlier: they are read too where they still exist, though their
    tags may have vanished.

    Raises:
        SourceError: when nothing can be read or nothing matches; nothing is left half done.
    """
    progress("Asking the repository for its tags", 0)
    names = survey(git, source)
    ref = main_line(names, selection.branch)
    if not selection.chosen(names.tags):
        raise SourceError(_no_tags(names.tags, selection))
    with mirror(git, source) as (held, folder), explaining():
        fetch(held, source, folder, [f"+{ref}:{_LINE}", "+refs/tags/*:refs/tags/*"], progress)
        progress("Reading commits", 0)
        return _read(held, folder, selection, known)


def _read(git: Git, folder: Path, selection: Selection, known: Iterable[str]) -> Reading:
    at = f"--git-dir={folder}"
    tagged = _tags(git, at)
    chosen = set(selection.chosen(name for name, _ in tagged))
    commits_of = _commits(git, at, [f"refs/tags/{name}" for name in chosen])
    releases = [
        Release(name, sha, time)
        for name, time in tagged
        if name in chosen and (sha := commits_of[f"refs/tags/{name}"])
    ]
    if not releases:
        raise SourceError("None of the matching tags points at a commit. Choose other tags.")
    line = git.run(at, "rev-parse", "--verify", f"{_LINE}^{{commit}}").decode().strip()
    still = [sha for sha in _commits(git, at, known).values() if sha]
    wanted = "".join(f"{sha}\n" for sha in {line, *still, *(each.sha for each in releases)})
    touching = _touching(git, at, wanted.encode(), selection.paths)
    with git.started(
        at, "log", "--stdin", "--topo-order", "--reverse", "-z", "--encoding=UTF-8",
        "--no-show-signature", f"--format={log.FORMAT}", stdin=wanted.encode(),
    ) as output:  # fmt: skip
        commits = list(log.commits(output, touching=touching))
    made = {commit.sha: commit.committed_at for commit in commits}
    return Reading(
        # A tag may have no date of its own: the oldest ones of git do not.
        releases=[
            each._replace(at=made[each.sha]) if each.at == log.EPOCH else each for each in releases
        ],
        commits=commits,
        line=line,
        tags=[name for name, _ in tagged],
        excluded=[
            name for name, _ in tagged if selection.matches(name) and selection.is_excluded(name)
        ],
        unusable=sorted(name for name in chosen if not commits_of[f"refs/tags/{name}"]),
        is_shallow=git.run(at, "rev-parse", "--is-shallow-repository") == b"true\n",
    )


def _touching(git: Git, at: str, wanted: bytes, paths: Sequence[str]) -> set[str] | None:
    if not paths:
        return None
    shas = git.run(
        at, "rev-list", "--stdin", "--full-history", "--no-merges", "--", *paths, stdin=wanted
    )
    if not shas:
        raise SourceError(
            f"No commit touches {', '.join(paths)}. Check the path filter, such as svc/**."
        )
    return set(shas.decode().split())


def _tags(git: Git, at: str) -> list[tuple[str, datetime]]:
    """Return every tag with its time: the tagger's, or the committer's of a lightweight tag."""
    fields = "--format=%(refname:lstrip=2)%00%(creatordate:unix)"
    lines = git.run(at, "for-each-ref", fields, "refs/tags").decode(errors="replace")
    pairs = (line.split("\0") for line in lines.splitlines())
    return [(name, log.instant(time, log.EPOCH)) for name, time in pairs]


def _commits(git: Git, at: str, names: Iterable[str]) -> dict[str, str]:
    """Return the commit behind each name, or nothing where there is none."""
    names = list(names)
    asked = "".join(f"{name}^{{commit}}\n" for name in names).encode()
    told = git.run(at, "cat-file", "--batch-check=%(objectname)", stdin=asked).decode()
    found = (line if " " not in line else "" for line in told.splitlines())
    return dict(zip(names, found, strict=True))


# --- The mirror -------------------------------------------------------------------------------


@contextmanager
def mirror(git: Git, source: Source) -> Iterator[tuple[Git, Path]]:
    """Hold the mirror of a source for one import at a time, on this machine.

    git inherits the lock, so that a git whose worker was killed still keeps others out.
    """
    folder = git.home / f"{sha256(source.location.encode()).hexdigest()[:32]}.git"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        patience = monotonic() + git.limit
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > patience:
                    raise SourceError(
                        "Another import is still reading this repository. Try again later."
                    ) from None
                sleep(0.1)
        yield replace(git, held=(lock.fileno(),)), folder


def fetch(
    git: Git, source: Source, folder: Path, refspecs: Sequence[str], progress: Progress
) -> None:
    """Bring the mirror up to date; one that was left broken is made anew beside it."""

    def bring(into: Path) -> None:
        git.run("init", "--quiet", "--bare", "--", str(into))
        git.follow(
            f"--git-dir={into}", "fetch", "--progress", "--prune", "--force", "--no-tags", "--update-shallow",
            "--no-write-fetch-head", "--no-auto-maintenance", "--", source.location,
            *refspecs, progress=progress,
        )  # fmt: skip

    if folder.exists():
        try:
            bring(folder)
        except GitError:
            pass
        else:
            return
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        bring(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def explaining() -> Iterator[None]:
    """Say in words how to mend what git complains of."""
    try:
        yield
    except GitError as error:
        raise explained(error) from error


# --- Names ------------------------------------------------------------------------------------


def _under(refs: Iterable[str], prefix: str) -> list[str]:
    return sorted(ref.removeprefix(prefix) for ref in refs if ref.startswith(prefix))


def _usual(branches: Sequence[str]) -> str:
    """Return the branch that is meant when nobody says which."""
    usual = [name for name in ("main", "master") if name in branches]
    return usual[0] if usual else next(iter(branches), "")


def main_line(names: Survey, branch: str) -> str:
    """Return the name of the branch that is meant; an empty one is the repository's own default."""
    if branch and branch not in names.branches:
        raise SourceError(
            f"There is no branch {branch}. There is {_examples(names.branches)}."
            if names.branches
            else f"There is no branch {branch}, nor any other."
        )
    chosen = branch or names.default
    if not chosen and not names.has_head:
        raise SourceError("The repository points at no branch. Name one.")
    return f"refs/heads/{chosen}" if chosen else "HEAD"


def _no_tags(tags: Sequence[str], selection: Selection) -> str:
    if not tags:
        return "The repository has no tags. Tag what was deployed, then import again."
    matching = [tag for tag in tags if selection.matches(tag)]
    if not matching:
        return f"No tag matches {selection.tags}. There is {_examples(tags)}."
    by = [
        exclude
        for exclude in selection.excludes
        if any(fnmatchcase(tag, exclude) for tag in matching)
    ]
    return f"All tags that match {selection.tags} are excluded by {', '.join(by)}: {_examples(matching)}."


def _examples(names: Sequence[str]) -> str:
    more = len(names) - _EXAMPLES
    return ", ".join(names[:_EXAMPLES]) + (f" and {more} more" if more > 0 else "")
