"""Real git repositories that tests make: commits with chosen times, written by `git fast-import`."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

START = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)


def at(hours):
    """An instant some hours after a Monday morning."""
    return START + timedelta(hours=hours)


def environment():
    """The environment of a git that knows nothing of the machine it runs on."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return clean | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_COMMITTER_NAME": "Tess",
        "GIT_COMMITTER_EMAIL": "tess@example.com",
    }


class Repository:
    """A bare repository. What is told is written when git is asked something.

    Commits are known by names of the test's choice; `sha(name)` is what git calls them.
    """

    def __init__(self, path, *, branch="main"):
        self.path = path
        self._stream = []
        self._marks = {}
        self._files = 0
        self._tips = {}
        self._tagged = set()
        self.git(
            "init", "--quiet", "--bare", f"--initial-branch={branch}", str(path), inside=False
        )

    def commit(
        self,
        name,
        *parents,
        hours,
        authored=None,
        subject=None,
        body="",
        author="Ada <ada@example.com>",
        path=None,
        branch=None,
    ):
        """Add a commit; the first parent's branch, or `branch`, moves to it."""
        self._marks[name] = len(self._marks) + 1
        self._files += 1
        message = (subject or f"Change {name}") + (f"\n\n{body}" if body else "")
        branch = branch or next((b for b, tip in self._tips.items() if tip in parents[:1]), "main")
        self._tips[branch] = name
        if not parents:
            self._stream.append(f"reset refs/heads/{branch}\n")
        self._stream.append(
            f"commit refs/heads/{branch}\nmark :{self._marks[name]}\n"
            f"author {author} {stamp(hours if authored is None else authored)}\n"
            f"committer Tess <tess@example.com> {stamp(hours)}\n{data(message)}"
        )
        for place, parent in enumerate(parents):
            self._stream.append(f"{'merge' if place else 'from'} :{self._marks[parent]}\n")
        content = data(str(self._files))
        self._stream.append(f"M 100644 inline {path or f'file-{self._files}'}\n{content}\n")
        return name

    def tag(self, name, commit, *, hours=None):
        """Put a lightweight tag on a commit, or an annotated one with a time of its own."""
        known = name in self._tagged
        self._tagged.add(name)
        if hours is None:
            self._stream.append(f"reset refs/tags/{name}\nfrom :{self._marks[commit]}\n\n")
            return
        if known:
            self.untag(name)
        self._stream.append(
            f"tag {name}\nfrom :{self._marks[commit]}\n"
            f"tagger Tess <tess@example.com> {stamp(hours)}\n{data(name)}"
        )

    def untag(self, name):
        """Take a tag away, if it is there."""
        self.write()
        self.git("update-ref", "-d", f"refs/tags/{name}")

    def write(self):
        """Write what was told so far."""
        if not self._stream:
            return
        marks = self.path / "test-marks"
        self.git(
            *("fast-import", "--quiet", "--force", "--date-format=raw"),
            *(f"--import-marks-if-exists={marks}", f"--export-marks={marks}"),
            stdin="".join(self._stream).encode(),
        )
        self._stream.clear()

    def sha(self, name):
        """What git calls a commit of the test."""
        self.write()
        for line in (self.path / "test-marks").read_text().splitlines():
            mark, sha = line.split()
            if mark == f":{self._marks[name]}":
                return sha
        raise LookupError(name)

    def git(self, *arguments, stdin=b"", inside=True):
        """Run git in the repository and return what it prints."""
        if inside and arguments[0] != "fast-import":
            self.write()
        where = ["-C", str(self.path)] if inside else []
        result = subprocess.run(
            ["git", *where, *arguments],
            input=stdin,
            capture_output=True,
            check=True,
            env=environment(),
        )
        return result.stdout.decode().strip()


def stamp(hours):
    """An instant as fast-import wants it."""
    return f"{int(at(hours).timestamp())} +0000"


def data(text):
    """A text as fast-import wants it."""
    return f"data {len(text.encode())}\n{text}\n"
