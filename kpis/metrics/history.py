"""Deliveries read from a git history: what each release brought, when it was merged, and why.

Commits and releases in, deliveries out; the rules are told in `docs/kpis.md`, "From git".
Ancestry decides everything, times only put the releases in order.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import takewhile
from typing import NamedTuple, TypeVar

T = TypeVar("T")

PLANNED, ROLLBACK, HOTFIX = "PLANNED", "ROLLBACK", "HOTFIX"

# Hosts shorten a long title before they quote it, and some cut the closing quote off.
_REVERT = re.compile(
    r'Revert "(?P<quoted>.+?)(?P<shortened>…|\.\.\.)?(?P<closed>")?(?: \(#\d+\))?\Z'
)
_MERGED_BRANCH = re.compile(
    r"""Merge\ (?:branch\ '(?P<local>[^']+)'
      |remote-tracking\ branch\ '[^/']+/(?P<remote>[^']+)'
      |pull\ request\ \#\d+\ from\ [^/\s]+/(?P<pull>\S+))
      |Merged\ in\ (?P<bitbucket>\S+)""",
    re.VERBOSE,
)


class Commit(NamedTuple):
    """One commit. `reverts` are the commits its message says it reverts, perhaps abbreviated.

    `touches` tells whether it changes a path that the application is made of.
    """

    sha: str
    parents: tuple[str, ...]
    authored_at: datetime
    committed_at: datetime
    author: str
    email: str
    subject: str
    reverts: tuple[str, ...] = ()
    touches: bool = True

    @property
    def is_change(self) -> bool:
        """Whether this is a change of the application: no merge, and it touches its paths."""
        return self.touches and len(self.parents) < 2  # noqa: PLR2004

    @property
    def is_revert(self) -> bool:
        """Whether the message says that this takes something back."""
        return bool(self.reverts) or self.subject.startswith('Revert "')


class Release(NamedTuple):
    """A commit that went live at an instant under a name.

    `brought` is what a release that has vanished from the repository was last seen to bring: it
    counts where its commit is no longer known.
    """

    name: str
    sha: str
    at: datetime
    brought: frozenset[str] = frozenset()


class Patterns:
    """Names compared without regard to case, where `*` stands for anything and nothing else does.

    >>> Patterns(["*[bot]"]).match("Renovate[bot]")
    True
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        parts = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
        self._regex = re.compile(f"(?:{'|'.join(parts) or '(?!)'})\\Z", re.IGNORECASE | re.DOTALL)

    def match(self, text: str) -> bool:
        """Return whether one of the patterns describes the whole text."""
        return self._regex.match(text) is not None


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that went live, when it was merged and what it is."""

    commit: Commit
    merged_at: datetime
    is_bot: bool
    is_hotfix: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A release with the changes first live in it, oldest first.

    `remedies` is the name of the release that it rolls back or fixes, or empty.
    """

    release: Release
    changes: Sequence[Change]
    kind: str
    remedies: str


def deliveries(
    commits: Iterable[Commit],
    releases: Iterable[Release],
    *,
    line: str,
    bots: Patterns,
    hotfixes: Patterns,
) -> Sequence[Delivery]:
    """Return what each release delivered, in the order in which they went live.

    `commits` come parents first (`git log --topo-order --reverse`) and are whole but for the
    boundary of a shallow clone; `line` is the commit that the main branch points at. Releases of
    one commit at one instant (two tags on it) count in the order in which they are given. `bots`
    describes authors by name or address, `hotfixes` subjects and names of merged branches.
    Releases whose commit is unknown deliver nothing that is returned, but keep what they brought.
    """
    graph = _Graph(commits)
    merged = _merge_times(graph, line)
    hot = _hotfix_commits(graph, hotfixes)
    timeline = _Timeline(graph)
    found = []
    for release in sorted(releases, key=graph.order):
        arrived = timeline.arrive(release)
        if release.sha not in graph.commits:
            continue
        kind, remedies = timeline.kind(arrived, hot)
        on_tag = _merge_times(graph, release.sha, within=set(arrived))
        changes = [
            Change(
                commit=commit,
                merged_at=_merged_at(commit.sha, release.at, merged, on_tag),
                is_bot=bots.match(commit.author) or bots.match(commit.email),
                is_hotfix=commit.sha in hot,
            )
            for commit in map(graph.commits.__getitem__, arrived)
            if commit.is_change
        ]
        found.append(Delivery(release, changes, kind, remedies))
    return found


class _Graph:
    """Commits by name, and the place of each in an order where parents come first."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        self.commits = {commit.sha: commit for commit in commits}
        self.position = {sha: place for place, sha in enumerate(self.commits)}
        # The length of the longest way to a root: less in every ancestor, whatever git's order.
        self._height: dict[str, int] = {}
        for commit in self.commits.values():
            below = (self._height.get(parent, 0) for parent in commit.parents)
            self._height[commit.sha] = 1 + max(below, default=0)

    def order(self, release: Release) -> tuple[datetime, int, str]:
        """Sort releases by time; of those at the same instant ancestors come first."""
        return release.at, self._height.get(release.sha, 0), release.sha

    def first_parents(self, sha: str) -> Iterator[Commit]:
        """Walk the first-parent line from a commit to its root."""
        while commit := self.commits.get(sha):
            yield commit
            sha = commit.parents[0] if commit.parents else ""

    def claim(
        self, start: str, value: T, owners: dict[str, T], *, within: Container[str]
    ) -> list[str]:
        """Give `value` to everything reachable from `start` and not owned; return it, oldest first.

        What is owned must be closed under ancestry inside `within`, and stays so.
        """
        found, stack = [], [start]
        while stack:
            sha = stack.pop()
            if sha in owners or sha not in within:
                continue
            owners[sha] = value
            found.append(sha)
            stack.extend(self.commits[sha].parents)
        return sorted(found, key=self.position.__getitem__)

    def is_ancestor(self, sha: str, *, of: str) -> bool:
        """Return whether `of` contains the commit; both are known."""
        floor, seen, stack = self.position[sha], set[str](), [of]
        while stack:
            current = stack.pop()
            if current == sha:
                return True
            if current not in seen and self.position.get(current, -1) > floor:
                seen.add(current)
                stack.extend(self.commits[current].parents)
        return False

    def brought_by(self, merge: Commit) -> list[str]:
        """Return what a merge brought to its first parent: reachable from the others only.

        Visits children before parents, so that only commits near the merge are looked at.
        """
        heap: list[tuple[int, str]] = []
        was_there: dict[str, bool] = {}

        def see(sha: str, *, there: bool) -> None:
            if sha in self.commits and sha not in was_there:
                heappush(heap, (-self.position[sha], sha))
            was_there[sha] = was_there.get(sha, False) or there

        for parent in merge.parents[1:]:
            see(parent, there=False)
        see(merge.parents[0], there=True)
        brought = []
        while any(not was_there[sha] for _, sha in heap):
            sha = heappop(heap)[1]
            if not was_there[sha]:
                brought.append(sha)
            for parent in self.commits[sha].parents:
                see(parent, there=was_there[sha])
        return brought

    def named(self, sha: str) -> str:
        """Return the full name of a commit that may be abbreviated, or nothing if it is unclear."""
        if sha in self.commits:
            return sha
        candidates = [known for known in self.commits if known.startswith(sha)]
        return candidates[0] if len(candidates) == 1 else ""


class _Timeline:
    """What has gone live so far, told release by release."""

    def __init__(self, graph: _Graph) -> None:
        self._graph = graph
        self._releases: list[Release] = []
        self._live: dict[str, int] = {}
        self._subjects: dict[str, int] = {}
        self._pending: list[str] = []

    def arrive(self, release: Release) -> list[str]:
        """Take the next release and return every commit first live in it, merges too."""
        for sha in self._pending:
            self._subjects[self._graph.commits[sha].subject] = self._live[sha]
        number = len(self._releases)
        self._releases.append(release)
        self._pending = self._graph.claim(
            release.sha, number, self._live, within=self._graph.commits
        )
        if release.sha not in self._graph.commits:
            self._live.update(dict.fromkeys(release.brought - self._live.keys(), number))
        return self._pending

    def kind(self, arrived: Sequence[str], hot: Container[str]) -> tuple[str, str]:
        """Return why the latest release was made, and the name of the one that it remedies."""
        *earlier, release = self._releases
        if not earlier:
            return PLANNED, ""
        if self._goes_back(release, earlier):
            return ROLLBACK, earlier[-1].name
        changes = [
            self._graph.commits[sha] for sha in arrived if self._graph.commits[sha].is_change
        ]
        reverted = [
            number
            for change in changes
            if change.is_revert
            for number in self._reverted(change)
            if number < len(earlier)
        ]
        if reverted:
            return HOTFIX, earlier[max(reverted)].name
        if any(change.sha in hot for change in changes):
            return HOTFIX, earlier[-1].name
        return PLANNED, ""

    def _goes_back(self, release: Release, earlier: Sequence[Release]) -> bool:
        was_live = earlier[-1].sha
        if release.sha == was_live:
            return False
        if any(release.sha == other.sha for other in earlier):
            return True
        # What just arrived cannot be older than what was live.
        return self._live[release.sha] < len(earlier) and (
            was_live in self._graph.commits and self._graph.is_ancestor(release.sha, of=was_live)
        )

    def _reverted(self, change: Commit) -> list[int]:
        """Return the numbers of the releases that brought what the change takes back."""
        if named := [sha for sha in map(self._graph.named, change.reverts) if sha]:
            return [self._live[sha] for sha in named if sha in self._live]
        match = _REVERT.match(change.subject)
        if not match:
            return []
        quoted = match["quoted"]
        if match["closed"] and not match["shortened"]:
            return [self._subjects[quoted]] if quoted in self._subjects else []
        begun = [number for text, number in self._subjects.items() if text.startswith(quoted)]
        return [max(begun)] if begun else []


def _merge_times(
    graph: _Graph, head: str, *, within: Container[str] | None = None
) -> dict[str, datetime]:
    """Return when each commit first was in the first-parent line of `head`, if it is there.

    The line is followed back as far as it stays `within`.
    """
    inside = graph.commits if within is None else within
    line = list(takewhile(lambda commit: commit.sha in inside, graph.first_parents(head)))
    times: dict[str, datetime] = {}
    for commit in reversed(line):
        graph.claim(commit.sha, commit.committed_at, times, within=inside)
    return times


def _merged_at(
    sha: str, live_at: datetime, merged: Mapping[str, datetime], on_tag: Mapping[str, datetime]
) -> datetime:
    """Choose the main line, unless the change reached it only after it had gone live."""
    at = merged.get(sha)
    return at if at is not None and at <= live_at else on_tag[sha]


def _hotfix_commits(graph: _Graph, patterns: Patterns) -> set[str]:
    """Return the commits whose subject, or whose branch when it was merged, is a hotfix's."""
    found = set()
    for commit in graph.commits.values():
        if len(commit.parents) == 1 and patterns.match(commit.subject):
            found.add(commit.sha)
        branch = _MERGED_BRANCH.match(commit.subject)
        if branch and len(commit.parents) > 1 and patterns.match(branch[branch.lastgroup or 0]):
            found.update(graph.brought_by(commit))
    return found
