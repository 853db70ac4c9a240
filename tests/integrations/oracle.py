"""What a history delivered, worked out plainly: one question to git after the other."""

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NamedTuple


class ExpectedChange(NamedTuple):
    sha: str
    authored: datetime
    merged: datetime
    is_bot: bool
    is_revert: bool
    is_hotfix: bool


class Expected(NamedTuple):
    tag: str
    sha: str
    at: datetime
    kind: str
    remedies: str
    changes: set[ExpectedChange]


class Oracle:
    """Answers by `git rev-list`, `git merge-base` and plain sets."""

    def __init__(self, repository, *, tags="*", excludes=(), branch="main", paths=()):
        self.ask = repository.git
        self.answers = {}
        self.branch = branch
        self.paths = paths
        lines = self.ask(
            "for-each-ref",
            "refs/tags",
            "--format=%(creatordate:unix) %(refname:short) %(*objectname) %(objectname)",
        )
        found = []
        for line in lines.splitlines():
            seconds, tag, sha, *_ = line.split()
            if fnmatchcase(tag, tags) and not any(fnmatchcase(tag, each) for each in excludes):
                found.append((moment(seconds), tag, sha))
        self.tags = sorted(found)
        assert len({at for at, _, _ in self.tags}) == len(self.tags)
        self.facts = {}
        for record in (
            self.ask("log", "--all", "-z", "--format=%H%x01%at%x01%ct%x01%an%x01%s%x01%b%x01%P")
            .rstrip("\0")
            .split("\0")
        ):
            sha, *facts = record.split("\x01")
            self.facts[sha] = facts
        self.hot = self.hotfixes()
        self.merged = self.merges(self.branch)

    def contains(self, tip, sha):
        """Whether a commit is reachable from another."""
        return sha in self.shas("rev-list", tip)

    def shas(self, *question):
        if question not in self.answers:
            self.answers[question] = set(self.ask(*question).split())
        return self.answers[question]

    def merges(self, tip):
        """When each commit came to the first-parent line of a tip, if it did."""
        times: dict[str, datetime] = {}
        before: list[str] = []
        for sha in self.ask("rev-list", "--first-parent", "--reverse", tip).split():
            for new in self.shas("rev-list", sha, *[f"^{each}" for each in before]):
                times[new] = moment(self.facts[sha][1])
            before = [sha]
        return times

    def hotfixes(self):
        """Commits that hotfix branches brought, and those that say so themselves."""
        hot = {sha for sha, facts in self.facts.items() if facts[3].lower().startswith("hotfix")}
        for facts in self.facts.values():
            parents = facts[5].split()
            if facts[3].startswith("Merge branch 'hotfix"):
                hot |= self.shas("rev-list", *parents[1:], f"^{parents[0]}")
        return hot

    def deliveries(self):
        """Every deployment with its changes, in order."""
        found = []
        for number, (at, tag, sha) in enumerate(self.tags):
            earlier = self.tags[:number]
            limits = [f"^{commit}" for _, _, commit in earlier]
            question = ["rev-list", "--no-merges", sha, *limits]
            brought = self.shas("rev-list", sha, *limits)
            changes = self.shas(*question)
            if self.paths:
                changes = self.shas(*question, "--full-history", "--", *self.paths)
            kind, remedies = self.kind(sha, earlier, changes)
            found.append(
                Expected(
                    tag,
                    sha,
                    at,
                    kind,
                    remedies,
                    {self.change(each, at, tag) for each in changes & brought},
                )
            )
        return found

    def change(self, sha, live_at, tag):
        authored, _, author, subject, body, _ = self.facts[sha]
        merged = self.merged.get(sha)
        if merged is None or merged > live_at:
            merged = self.merges(tag)[sha]
        return ExpectedChange(
            sha,
            moment(authored),
            merged,
            author.endswith("[bot]"),
            subject.startswith("Revert") or "This reverts" in body,
            sha in self.hot,
        )

    def kind(self, sha, earlier, changes):
        if not earlier:
            return "PLANNED", ""
        _, previous_tag, previous = earlier[-1]
        if sha != previous and self.contains(previous, sha):
            return "ROLLBACK", previous_tag
        blamed = [number for change in changes for number in self.taken_back(change, earlier)]
        if blamed:
            return "HOTFIX", earlier[max(blamed)][1]
        return ("HOTFIX", previous_tag) if changes & self.hot else ("PLANNED", "")

    def taken_back(self, change, earlier):
        """The first earlier deployment that contains what a change reverts."""
        _, _, _, subject, body, _ = self.facts[change]
        targets = re.findall(r"This reverts commit (\w{40})", body)
        if quoted := re.fullmatch(r'Revert "(.*)"', subject):
            targets = [sha for sha, facts in self.facts.items() if facts[3] == quoted[1]]
        for target in targets:
            holders = [
                number
                for number, (_, _, commit) in enumerate(earlier)
                if self.contains(commit, target)
            ]
            yield from holders[:1]


def moment(seconds):
    return datetime.fromtimestamp(int(seconds), UTC)
