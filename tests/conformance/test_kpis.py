"""Delivery figures held to the expectations of Apache DevLake's own tests.

The packs lie beside the project in `shared/conformance` and in every folder that the environment
variable `CONFORMANCE_EXTRA` lists; each is read where it lies. What we decide against on purpose
is told in `exceptions.toml`.
"""

import os
import tomllib
from collections import defaultdict
from datetime import timedelta
from graphlib import TopologicalSorter
from math import ceil
from pathlib import Path
from typing import NamedTuple

import pytest

from kpis.metrics.history import Commit, Patterns, Release, deliveries
from kpis.models import ChangeInDeployment, DeploymentCommit
from tests.conformance.devlake import contents_of, merged_changes, read, record

BESIDE = Path(__file__).parents[3] / "shared" / "conformance"
EXTRA = [Path(path) for path in os.environ.get("CONFORMANCE_EXTRA", "").split(os.pathsep) if path]
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text())["kpis"]
ABSENT = pytest.mark.skip(reason="no KPI cases in ../shared/conformance or CONFORMANCE_EXTRA")


class Case(NamedTuple):
    """One expected row of a set of cases."""

    id: str
    folder: Path
    expected: dict[str, str]


def cases(suite, file, name):
    """Return a parameter per expected row, or one that is skipped where there are no packs."""
    found = []
    for number, root in enumerate([BESIDE, *EXTRA]):
        folder = root / "kpis" / "devlake" / suite
        for row in read(folder / file) if (folder / file).exists() else ():
            case = Case(f"devlake/{suite}/{name.format(**row)}", folder, row)
            found.append(pytest.param(case, id=f"extra{number}/{case.id}" if number else case.id))
    return found or [pytest.param(None, id="absent", marks=ABSENT)]


PREVIOUS = cases(
    "dora/e2e/prev_success_deployment_commit", "cicd_deployment_commits_after.csv", "{id}"
)
DIFFERENCES = cases(
    "refdiff/e2e/deployment_commit_diff",
    "_tool_refdiff_finished_commits_diffs.csv",
    "{old_commit_sha}..{new_commit_sha}",
)
LEAD_TIMES = cases("dora/e2e/change_lead_time", "project_pr_metrics.csv", "{id}")


def minutes(seconds):
    return None if seconds is None else ceil(seconds / 60)


def hold(case, expected, ours):
    """Compare part by part; what `exceptions.toml` names must differ, all else must not."""
    exception = EXCEPTIONS.get(case.id, {})
    differing = {part for part in expected if expected[part] != ours[part]}
    assert differing == set(exception.get("differs", ())), (expected, ours)
    if exception:
        pytest.xfail(exception["reason"])


@pytest.mark.parametrize("case", PREVIOUS)
def test_a_deployment_follows_the_last_success_of_its_line(db, case, now):
    rows = read(case.folder / "cicd_deployment_commits_before.csv")
    mapping = read(case.folder / "project_mapping.csv")
    record(rows, mapping, contents=defaultdict(list), changes={}, now=now)
    shas = {"": ""} | {row["id"]: row["commit_sha"] for row in rows}
    ours = DeploymentCommit.objects.get(deployment__external_id=case.expected["id"]).previous_sha
    expected = shas[case.expected["prev_success_deployment_commit_id"]]
    hold(case, {"previous": expected}, {"previous": ours})


@pytest.mark.parametrize("case", DIFFERENCES)
def test_a_release_brings_the_ancestors_that_the_one_before_lacks(case, now):
    parents: dict[str, list[str]] = {
        row["commit_sha"]: [] for row in read(case.folder / "repo_commits.csv")
    }
    for row in read(case.folder / "commit_parents.csv"):
        parents.setdefault(row["commit_sha"], []).append(row["parent_commit_sha"])
    commits = [
        Commit(sha, tuple(parents.get(sha, ())), now, now, "Ada", "ada@example.com", sha)
        for sha in TopologicalSorter(parents).static_order()
    ]
    old, new = case.expected["old_commit_sha"], case.expected["new_commit_sha"]
    releases = [Release("old", old, now), Release("new", new, now + timedelta(hours=1))]
    found = deliveries(commits, releases, line=new, bots=Patterns([]), hotfixes=Patterns([]))
    expected = {
        row["commit_sha"]
        for row in read(case.folder / "commits_diffs.csv")
        if (row["old_commit_sha"], row["new_commit_sha"]) == (old, new)
    }
    ours = {change.commit.sha for change in found[-1].changes}
    hold(case, {"changes": expected}, {"changes": ours})


@pytest.mark.parametrize("case", LEAD_TIMES)
def test_a_pull_request_takes_as_long_as_expected(db, case, now):
    rows = read(case.folder / "cicd_deployment_commits.csv")
    mapping = read(case.folder / "project_mapping.csv")
    changes = merged_changes(case.folder)
    contents = contents_of(case.folder, rows, changes)
    record(rows, mapping, contents=contents, changes=changes, now=now)
    live = (
        ChangeInDeployment.objects.filter(
            change__title=case.expected["id"],
            application__name__startswith=f"{case.expected['project_name']} ",
        )
        .select_related("deployment", "environment")
        .order_by("-environment__is_production", "live_at")
        .first()
    )
    credited = live if live and live.credited and live.environment.is_production else None
    ours = {
        "coding": minutes(live and live.coding_seconds),
        "pickup": minutes(live and live.pickup_seconds),
        "review": minutes(live and live.review_seconds),
        "deploy": minutes(credited and credited.merge_seconds),
        "cycle": minutes(credited and credited.lead_seconds),
    }
    expected = {part: case.expected[f"pr_{part}_time"] for part in ours}
    expected = {part: int(value) if value else None for part, value in expected.items()}
    expected["deployment"] = case.expected["deployment_commit_id"] or None
    hold(case, expected, ours | {"deployment": credited and credited.deployment.external_id})


def test_every_exception_names_a_case():
    known = [
        case for (case,) in (p.values for p in (*PREVIOUS, *DIFFERENCES, *LEAD_TIMES)) if case
    ]
    if not known:
        pytest.skip(ABSENT.kwargs["reason"])
    assert set(EXCEPTIONS) <= {case.id for case in known}
