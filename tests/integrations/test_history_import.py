"""Whole histories in the database: against git, again and again, side by side."""

from collections import defaultdict
from datetime import timedelta
from random import Random
from statistics import quantiles
from zoneinfo import ZoneInfo

import pytest

from kpis.models import Change, Deployment, Mark, Rollup, ScopeKind
from kpis.services import recompute, refresh_scopes
from portal.audit.models import Entry
from portal.integrations.models import HistoryImport
from tests.factories import ApplicationFactory, EnvironmentFactory
from tests.integrations.imports import facts, import_history, rows
from tests.integrations.oracle import Oracle
from tests.integrations.project import Project
from tests.integrations.repository import Repository, at

SELECTION = {"tags": "v*", "excludes": ["*-rc*"]}


@pytest.fixture
def three(repository):
    """Three commits in a row, each released."""
    parent: list[str] = []
    for place, name in enumerate("abc"):
        repository.commit(name, *parent, hours=place)
        repository.tag(f"v{place + 1}", name)
        parent = [name]
    repository.write()
    return repository


def notes(job):
    return "\n".join(job.notes)


# --- Against git ------------------------------------------------------------------------------


@pytest.mark.parametrize("paths", [(), ("svc/pay/**",)], ids=["whole", "one service"])
def test_deployments_changes_and_failures_are_what_git_says(portal, repository, now, paths):
    Project(repository).build()
    job = import_history(portal.checkout, repository.path, now=now, **SELECTION, paths=paths)
    expected = Oracle(repository, tags="v*", excludes=["*-rc*"], paths=paths).deliveries()
    assert job.deployments == len(expected)
    assert job.changes == sum(len(each.changes) for each in expected)
    found = facts(portal.checkout)
    assert {row[:6] for row in found["deployments"]} == {
        (each.tag, f"tag:{each.tag}", "SUCCEEDED", each.kind, each.at, place == 0)
        for place, each in enumerate(expected)
    }
    before = ["", *(each.sha for each in expected)]
    assert found["commits"] == {
        (each.tag, each.sha, previous) for each, previous in zip(expected, before, strict=False)
    }
    remedied = {each.remedies: each for each in reversed(expected) if each.remedies}
    assert {(row[0], *row[6:]) for row in found["deployments"]} == {
        (
            each.tag,
            each.tag in remedied,
            remedied[each.tag].at if each.tag in remedied else None,
            each.kind != "PLANNED",
            each.remedies or None,
        )
        for each in expected
    }
    assert found["links"] == {
        (each.remedies, each.tag, each.kind) for each in expected if each.remedies
    }
    assert {(*row[:5], row[5], *row[8:12], row[13]) for row in found["live"]} == {
        live(each, change, is_baseline=place == 0)
        for place, each in enumerate(expected)
        for change in each.changes
    }


def live(delivery, change, *, is_baseline):
    """A change as it counts: spans in whole seconds, none that would be negative."""
    lead, merge = (
        int((delivery.at - since).total_seconds()) for since in (change.authored, change.merged)
    )
    return (
        delivery.tag,
        delivery.at,
        not is_baseline and lead >= 0,
        lead if lead >= 0 else None,
        merge if merge >= 0 else None,
        change.sha,
        change.is_bot,
        change.is_revert,
        change.is_hotfix,
        change.authored,
        change.merged,
    )


@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_every_kpi_is_what_plain_arithmetic_over_git_gives(portal, repository, now, grain):
    Project(repository).build()
    import_history(portal.checkout, repository.path, now=now, **SELECTION)
    refresh_scopes()
    recompute(now=now)
    expected = summaries(Oracle(repository, tags="v*", excludes=["*-rc*"]).deliveries(), grain)
    found = {
        row.starts_on: {name: getattr(row, name) for name in expected[row.starts_on]}
        for row in Rollup.objects.filter(
            scope_kind=ScopeKind.APPLICATION, scope_id=portal.checkout.pk, grain=grain
        )
    }
    assert found == expected
    assert any(row["recovery_n"] for row in expected.values())
    if grain == "month":
        assert any(row["lead_n"] >= 20 for row in expected.values())


def summaries(delivered, grain):
    """The six KPIs of every period of the team's zone, from what git says."""
    periods = defaultdict(list)
    for place, each in enumerate(delivered):
        day = each.at.astimezone(ZoneInfo("Asia/Kolkata")).date()
        start = {
            "day": day,
            "week": day - timedelta(days=day.weekday()),
            "month": day.replace(day=1),
        }[grain]
        recovered = [later.at for later in delivered if later.remedies == each.tag]
        changes = [] if place == 0 else each.changes
        periods[start].append((day, each, recovered, changes))
    return {start: summary(rows) for start, rows in periods.items()}


def summary(rows):
    credited = [
        (each.at, change)
        for _, each, _, changes in rows
        for change in changes
        if each.at >= change.authored
    ]
    leads = [(at - change.authored).total_seconds() for at, change in credited]
    merges = [(at - change.merged).total_seconds() for at, change in credited]
    merges = [seconds for seconds in merges if seconds >= 0]
    recoveries = [
        (min(recovered) - each.at).total_seconds() for _, each, recovered, _ in rows if recovered
    ]
    return {
        "deployments": len(rows),
        "deployment_days": len({day for day, *_ in rows}),
        "finished": len(rows),
        "failures": len(recoveries),
        "rework": sum(each.kind != "PLANNED" for _, each, _, _ in rows),
        "incidents": 0,
        "changes": len(credited),
        "bot_changes": sum(change.is_bot for _, change in credited),
        "merged": len(merges),
        "fast": sum(seconds <= 15 * 60 for seconds in merges),
        "lead_n": len(leads),
        "lead_p50": percentile(leads, 50),
        "lead_p75": percentile(leads, 75),
        "lead_p90": percentile(leads, 90),
        "merge_p50": percentile(merges, 50),
        "merge_p90": percentile(merges, 90),
        "coding_n": 0,
        "review_n": 0,
        "recovery_n": len(recoveries),
        "recovery_p50": percentile(recoveries, 50),
        "recovery_p90": percentile(recoveries, 90),
    }


def percentile(values, percent):
    """Linear interpolation between closest ranks (R-7)."""
    if len(values) < 2:
        return values[0] if values else None
    cuts = quantiles(values, n=100, method="inclusive")
    return pytest.approx(cuts[percent - 1])


# --- Again and again --------------------------------------------------------------------------


def test_a_second_import_of_the_same_writes_nothing(portal, three, now):
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    before, marks = rows(), Mark.objects.count()
    entries = Entry.objects.count()
    job = import_history(portal.checkout, three.path, now=now + timedelta(days=1), **SELECTION)
    assert job.notes == ["Nothing new since v3 of 06 January 2025."]
    assert (job.deployments, job.changes) == (3, 3)
    assert rows() == before
    assert Mark.objects.count() == marks
    events = Entry.objects.order_by("id").values_list("event", flat=True)[entries:]
    assert list(events) == ["integrations.import.requested", "integrations.import.finished"]


def test_new_tags_are_added(portal, three, now):
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    three.commit("d", "c", hours=5)
    three.tag("v4", "d")
    three.tag("v4-rc1", "d")
    three.write()
    job = import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert "New: 1 deployments, 1 changes." in job.notes
    assert "Tags left out by the excludes: v4-rc1." in job.notes
    assert job.deployments == 4


def test_a_tag_that_moved_is_corrected_and_told(portal, three, now):
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    three.tag("v2", "c", hours=7)
    three.write()
    job = import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert "Tags that moved, so their deployments were corrected: v2." in job.notes
    deployment = Deployment.objects.get(version="v2")
    assert deployment.finished_at == at(7)
    assert deployment.commits.get().sha == three.sha("c")
    assert not deployment.contains.exists()
    assert Deployment.objects.get(version="v3").contains.count() == 2


def test_a_tag_that_vanished_stays_a_deployment_and_is_told(portal, three, now):
    three.commit("d", "c", hours=5, subject="Hotfix: d")
    three.tag("v4", "d")
    three.write()
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    three.untag("v3")
    before = rows()
    job = import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert "Tags that are gone from the repository; their deployments stay: v3." in job.notes
    assert rows() == before
    assert Deployment.objects.get(version="v3").contains.get().change.sha == three.sha("c")
    assert Deployment.objects.filter(version="v4", remedies__version="v3").exists()


def test_a_vanished_tag_whose_commits_nobody_knows_keeps_what_it_brought(
    portal, three, now, mirrors, settings
):
    three.commit("x", "c", hours=4, branch="gone", subject="Hotfix: x")
    three.tag("v3.1", "x")
    three.commit("y", "c", hours=5)
    three.tag("v4", "y")
    three.write()
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    three.untag("v3.1")
    three.git("update-ref", "-d", "refs/heads/gone")
    three.git("gc", "--quiet", "--prune=now")
    settings.IMPORT_MIRROR_DIR = mirrors / "of another machine"
    before = facts(portal.checkout)
    job = import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert "their deployments stay: v3.1." in notes(job)
    assert facts(portal.checkout) == before


def test_tags_that_are_no_longer_selected_stay_and_are_told(portal, three, now):
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    job = import_history(portal.checkout, three.path, now=now, tags="v3")
    assert "Tags that are no longer selected; their deployments stay: v1, v2." in job.notes
    assert Deployment.objects.count() == 3


def test_a_second_tag_on_the_first_commit_does_not_take_the_baseline_away(portal, three, now):
    import_history(portal.checkout, three.path, now=now, tags="*")
    three.tag("a-name-that-sorts-first", "a")
    three.write()
    import_history(portal.checkout, three.path, now=now, tags="*")
    baseline = Deployment.objects.get(is_baseline=True)
    assert baseline.version == "v1"
    assert baseline.contains.get().change.sha == three.sha("a")


def test_a_tag_with_a_very_long_name_is_a_deployment_like_any_other(portal, three, now):
    names = ["v" + "9" * 200 + end for end in ("a", "b")]
    for name in names:
        three.tag(name, "c")
    three.write()
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert Deployment.objects.count() == 5
    before = rows()
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert rows() == before


@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_imports_ends_as_one_import_of_the_end(
    portal, repository, now, seed, settings
):
    """Tags that vanished are put back for the one import, as they were last seen."""
    random = Random(seed)
    project = Project(repository, seed=seed).build(steps=12)
    seen: dict[str, str] = {}
    for _round in range(5):
        for _step in range(random.randint(1, 4)):
            random.choice([project.squash, project.feature, project.hotfix_branch])()
        project.release()
        project.candidate()
        tags = [name for name in seen if "-rc" not in name]
        if tags and random.random() < 0.6:
            project.clock += 0.3
            repository.tag(random.choice(tags), project.main, hours=project.clock)
        if tags and random.random() < 0.4:
            repository.untag(random.choice(tags))
        repository.write()
        import_history(portal.checkout, repository.path, now=now, **SELECTION)
        told = repository.git(
            "for-each-ref", "refs/tags", "--format=%(refname:short) %(objectname)"
        )
        seen |= dict(line.split() for line in told.splitlines())
    for name, tag in seen.items():
        repository.git("update-ref", f"refs/tags/{name}", tag)
    settings.IMPORT_MIRROR_DIR /= "fresh"
    other = ApplicationFactory.create(owner=portal.acquiring)
    EnvironmentFactory.create(application=other)
    import_history(other, repository.path, now=now, **SELECTION)
    assert facts(portal.checkout) == facts(other)


# --- Side by side -----------------------------------------------------------------------------


def test_two_repositories_of_one_application_may_have_the_same_tags(portal, three, now, tmp_path):
    other = Repository(tmp_path / "other.git")
    other.commit("z", hours=0.5)
    other.commit("y", "z", hours=2.5)
    other.tag("v1", "z")
    other.tag("v2", "y")
    other.write()
    first = import_history(portal.checkout, three.path, now=now, **SELECTION)
    second = import_history(portal.checkout, other.path, now=now, **SELECTION)
    assert (first.deployments, second.deployments) == (3, 2)
    assert Deployment.objects.filter(version="v1").count() == 2
    assert not [note for note in second.notes if "gone" in note]
    assert Change.objects.count() == 5
    before = rows()
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert rows() == before


def test_one_repository_may_be_deployed_to_two_environments(portal, three, now):
    staging = EnvironmentFactory.create(
        application=portal.checkout, slug="staging", is_production=False
    )
    three.tag("v3-rc1", "c")
    three.write()
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    import_history(portal.checkout, three.path, now=now, environment=staging, tags="*")
    assert staging.deployments.count() == 4
    assert portal.production.deployments.count() == 3
    assert Change.objects.count() == 3


def test_the_repository_is_put_into_the_catalogue_once(portal, three, now):
    import_history(portal.checkout, three.path, now=now, **SELECTION, paths=["file*"])
    import_history(portal.checkout, three.path, now=now, **SELECTION)
    repository = portal.checkout.repositories.get(url=str(three.path))
    assert repository.paths == ["file*"]
    assert Entry.objects.filter(event="catalogue.repository.added").count() == 1


def test_an_import_says_who_asked_and_how_it_went(portal, three, now):
    job = import_history(portal.checkout, three.path, now=now, **SELECTION)
    assert HistoryImport.objects.get() == job
    assert (job.percent, job.phase, job.problem) == (100, "", "")
    assert (job.requested_by, job.requester) == ("command:import_git", "import_git")
    events = Entry.objects.order_by("id").values_list("event", "actor", "subject")
    assert list(events) == [
        (event, "command:import_git", "application:checkout")
        for event in (
            "integrations.import.requested",
            "catalogue.repository.added",
            "kpis.deployments.recorded",
            "integrations.import.finished",
        )
    ]
