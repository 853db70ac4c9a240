"""Promise: 10,000 applications from YAML in a repository, read, compared and applied, in a minute."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.test import override_settings
from django.utils import timezone

from benchmarks.context import Context
from benchmarks.report import Result
from portal.accounts.models import Role, User
from portal.descriptors.models import Mode, RunState, SyncRun
from portal.descriptors.services.sync_runs import perform_run
from portal.descriptors.services.syncs import request_run, set_up_sync

APPLICATIONS, TEAMS = 10_000, 200
LIMIT = 60
TEAM = """apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: team-{number}, title: Team {number}}}
spec: {{type: team, children: []}}
---
"""
APPLICATION = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: app-{number}
  title: Application {number}
  description: Does the work number {number} of the company.
  annotations:
    quarterdeck.io/tier: "{tier}"
    quarterdeck.io/runbook: https://wiki.example.com/app-{number}
    quarterdeck.io/environments: production, staging
    backstage.io/source-location: url:https://git.example.com/company/app-{number}
  tags: [java, kafka]
  links:
    - {{url: "https://grafana.example.com/d/{number}", title: Dashboard}}
spec:
  type: service
  lifecycle: {lifecycle}
  owner: team-{team}
  dependsOn: [component:app-{needed}]
---
"""


def run(context: Context) -> Iterator[Result]:
    """Measure a first synchronisation, one that changes everything, and one with nothing new."""
    with tempfile.TemporaryDirectory() as folder, context.on(context.empty):
        source = Path(folder) / "descriptors"
        source.mkdir()
        _git(source, "init", "--quiet", "--initial-branch=main")
        with override_settings(
            IMPORT_MIRROR_DIR=Path(folder) / "mirrors", IMPORT_ALLOWED_SOURCES=[folder]
        ):
            yield from _measured(source)


def _measured(source: Path) -> Iterator[Result]:
    actor = User.objects.create_user("bench@example.com", name="Bench", role=Role.OPERATIONS)
    sync = set_up_sync(
        name="Company",
        source=str(source),
        branch="",
        pattern="**/catalog-info.yaml",
        mode=Mode.APPLY,
        interval_minutes=60,
        actor=actor,
        now=timezone.now(),
    )
    for title, lifecycle in (
        ("descriptors of 10,000 new applications", "experimental"),
        ("descriptors that change 10,000 applications", "production"),
        ("descriptors with nothing new", "production"),
    ):
        _write(source, lifecycle)
        asked = request_run(sync=sync, actor=actor, now=timezone.now())
        held = SyncRun.objects.claim(asked.pk, now=timezone.now())
        assert held is not None  # noqa: S101
        began = time.perf_counter()
        done = perform_run(run=held, clock=timezone.now)
        seconds = time.perf_counter() - began
        if done.state == RunState.FAILED:
            raise RuntimeError(done.problem)
        changed = done.counts["create"] + done.counts["change"]
        yield Result(title, seconds, LIMIT, "s", f"{changed:,} created or changed")


def _write(source: Path, lifecycle: str) -> None:
    """Write a file per team, as a company would."""
    for team in range(TEAMS):
        (source / f"team-{team}").mkdir(exist_ok=True)
        text = TEAM.format(number=team) + "".join(
            APPLICATION.format(
                number=number,
                tier=number % 4 + 1,
                lifecycle=lifecycle,
                team=team,
                needed=(number * 7 + 1) % APPLICATIONS,
            )
            for number in range(team, APPLICATIONS, TEAMS)
        )
        (source / f"team-{team}" / "catalog-info.yaml").write_text(text)
    _git(source, "add", "--all")
    _git(source, "-c", "user.name=Bench", "-c", "user.email=b@example.com", "commit",
         "--quiet", "--allow-empty", "--message=Describe")  # fmt: skip


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)  # noqa: S603, S607
