"""The histories of three real projects, where they are at hand."""

import subprocess
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from kpis.models import ChangeInDeployment, Deployment
from portal.settings.env import BASE_DIR
from tests.integrations.imports import import_history, rows

HISTORIES = BASE_DIR.parent / "shared" / "data" / "histories"
PROJECTS = {
    "keptn-keptn": ("*", ["*-alpha*", "*-beta*", "*-rc*"]),
    "netbox-community-netbox": ("v*", ["*-beta*", "*-rc*"]),
    "grafana-oncall": ("v*", ["*-rc*"]),
}


@pytest.fixture(params=PROJECTS)
def project(request, tmp_path):
    """The bundle, a clone of it to ask, and what is selected."""
    bundle = HISTORIES / f"{request.param}.bundle"
    if not bundle.exists():
        pytest.skip(f"{bundle} is not here: it is no part of the project.")
    clone = tmp_path / "clone.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(bundle), str(clone)], check=True)
    tags, excludes = PROJECTS[request.param]
    return bundle, Clone(clone), {"tags": tags, "excludes": excludes}


class Clone:
    """An ordinary repository, to ask git itself."""

    def __init__(self, path: Path):
        self.path = path

    def ask(self, *question):
        return subprocess.run(
            ["git", "-C", str(self.path), *question], capture_output=True, text=True, check=True
        ).stdout.splitlines()

    def releases(self, tags, excludes):
        """The selected tags by time: instant, name, commit."""
        form = "--format=%(creatordate:unix) %(refname:short) %(*objectname) %(objectname)"
        found = []
        for line in self.ask("for-each-ref", "refs/tags", form):
            seconds, tag, sha, *_ = line.split()
            if fnmatchcase(tag, tags) and not any(fnmatchcase(tag, each) for each in excludes):
                found.append((datetime.fromtimestamp(int(seconds), UTC), tag, sha))
        return sorted(found)


def test_a_real_history_is_imported_whole_and_only_once(portal, project, now):
    bundle, clone, selection = project
    job = import_history(portal.checkout, bundle, now=now, **selection)
    releases = clone.releases(**selection)
    deployments = Deployment.objects.filter(application=portal.checkout)
    assert job.deployments == deployments.count() == len(releases)
    told = deployments.values_list("finished_at", "version", "commits__sha")
    assert set(told) == set(releases)
    everything = clone.ask("rev-list", "--no-merges", *[sha for _, _, sha in releases])
    assert job.changes == ChangeInDeployment.objects.count() == len(everything)
    assert deployments.get(is_baseline=True).version == releases[0][1]
    # One release out of ten, asked for itself.
    for place in range(10, len(releases), 10):
        _, tag, sha = releases[place]
        earlier = [f"^{each}" for _, _, each in releases[:place]]
        brought = deployments.get(version=tag).contains.values_list("change__sha", flat=True)
        assert set(brought) == set(clone.ask("rev-list", "--no-merges", sha, *earlier))
    before = rows()
    again = import_history(portal.checkout, bundle, now=now, **selection)
    assert any(note.startswith("Nothing new since") for note in again.notes)
    assert rows() == before
