"""Repositories of descriptors, and a committed world for what runs beside the tests."""

import subprocess

import pytest

from portal.descriptors.models import Mode
from portal.descriptors.services.sync_runs import perform_run, resume_syncs
from portal.descriptors.services.syncs import set_up_sync
from portal.integrations.services import pulse
from tests.integrations.repository import environment


class Files:
    """A git repository with a working tree: write files, commit them."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments):
        done = subprocess.run(
            ["git", "-C", str(self.path), "-c", "user.name=Tess", "-c", "user.email=t@example.com", *arguments],
            env=environment(), check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, **files):
        """Write files by path, `__` for a slash and `_yaml` for the ending, and commit them."""
        for name, text in files.items():
            path = self.path / (name.replace("__", "/") + "/catalog-info.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=Change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "descriptors")


@pytest.fixture
def committed(queued, world, settings, tmp_path, monkeypatch):
    """The shared world, committed, with repositories below the test's folder allowed; tasks are only messages."""
    settings.IMPORT_MIRROR_DIR = tmp_path / "mirrors"
    settings.IMPORT_ALLOWED_SOURCES = [str(tmp_path)]
    monkeypatch.setenv("IMPORT_ALLOWED_SOURCES", str(tmp_path))
    monkeypatch.setenv("QUARTERDECK_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.05)
    return world


@pytest.fixture
def sync(committed, files, now):
    """A synchronisation that Olive set up; it has not looked yet."""
    return set_up_sync(
        name="Payments",
        source=str(files.path),
        branch="",
        pattern="**/catalog-info.yaml",
        mode=Mode.APPLY,
        interval_minutes=15,
        actor=committed.olive,
        now=now,
    )


@pytest.fixture
def look(now):
    """Lets a synchronisation look, and returns the run as it ended."""

    def act(sync, at=now):
        run = sync.runs.filter(state="QUEUED").first()
        if run is None:
            resume_syncs(now=at)
            run = sync.runs.get(state="QUEUED")
        claimed = type(run).objects.claim(run.pk, now=at)
        return perform_run(run=claimed, clock=lambda: at)

    return act
