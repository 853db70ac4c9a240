"""Recording a history: what is stored, corrected, kept and marked."""

from datetime import timedelta

import pytest

from kpis.models import (
    ChangeInDeployment,
    Deployment,
    DeploymentCommit,
    FailureLink,
    Mark,
    ScopeKind,
    ScopeMember,
)
from kpis.services.history import InconsistentHistoryError
from portal.audit.models import Entry
from tests.factories import EnvironmentFactory, RepositoryFactory
from tests.kpis.histories import change, deployment, tell


def days(number):
    return timedelta(days=number)


@pytest.fixture
def start(now):
    return now - days(100)


@pytest.fixture
def counted(world):
    """Checkout counts in its own scope, whose zone is five and a half hours ahead of UTC."""
    ScopeMember.objects.create(
        scope_kind=ScopeKind.APPLICATION,
        scope_id=world.checkout.pk,
        application=world.checkout,
        zone="Asia/Kolkata",
        environments=[world.production.pk],
    )


def live(sha):
    return ChangeInDeployment.objects.select_related("deployment").get(change__sha=sha)


def history(start):
    deployments = [
        deployment("v1", start, contains=["a"]),
        deployment("v2", start + days(7), contains=["b", "c"]),
    ]
    changes = [
        change("a", start - days(3)),
        change(
            "b",
            start + days(1),
            opened_at=start + days(2),
            reviewed_at=start + days(3),
            merged_at=start + days(5),
        ),
        change("c", start + days(6), is_bot=True, opened_at=start + days(6)),
    ]
    return deployments, changes


def test_the_first_deployment_is_a_baseline_and_earns_no_lead_time(world, now, start):
    outcome = tell(world, *history(start), now=now)
    assert (outcome.new_deployments, outcome.new_changes) == (2, 3)
    assert Deployment.objects.get(version="v1").is_baseline
    assert not live("a").credited
    assert live("b").credited
    assert not Deployment.objects.get(version="v2").is_baseline


def test_spans_are_whole_seconds_and_unknown_where_an_instant_is(world, now, start):
    tell(world, *history(start), now=now)
    b, c = live("b"), live("c")
    day = 86_400
    assert (b.lead_seconds, b.coding_seconds, b.pickup_seconds) == (6 * day, day, day)
    assert (b.review_seconds, b.merge_seconds) == (2 * day, 2 * day)
    assert (c.lead_seconds, c.coding_seconds, c.merge_seconds) == (day, None, None)
    assert c.is_bot


def test_a_negative_span_is_unknown_and_earns_no_lead_time(world, now, start):
    deployments, changes = history(start)
    changes[1] = change("b", start + days(8), merged_at=start + days(9))
    tell(world, deployments, changes, now=now)
    assert (live("b").lead_seconds, live("b").merge_seconds) == (None, None)
    assert not live("b").credited


def test_telling_the_same_again_writes_nothing(world, now, start, counted):
    tell(world, *history(start), now=now)
    entries, marks = Entry.objects.count(), Mark.objects.count()
    outcome = tell(world, *history(start), now=now + days(1))
    assert not outcome.changed
    assert outcome.unchanged_deployments == 2
    assert (Entry.objects.count(), Mark.objects.count()) == (entries, marks)


def test_the_days_of_what_is_new_are_marked_in_the_zone_of_the_scope(world, now, start, counted):
    late = start.replace(hour=20)  # past midnight in Kolkata
    tell(world, [deployment("v1", late, contains=["a"])], [change("a", late - days(1))], now=now)
    mark = Mark.objects.get()
    assert (mark.from_on, mark.until_on) == (late.date() + days(1), late.date() + days(2))


def test_a_tag_that_moved_is_corrected_and_both_days_are_marked(world, now, start, counted):
    deployments, changes = history(start)
    tell(world, deployments, changes, now=now)
    Mark.objects.all().delete()
    deployments[1] = deployment("v2", start + days(9), sha="elsewhere", contains=["b"])
    outcome = tell(world, deployments, changes[:2], now=now)
    assert (outcome.corrected_deployments, outcome.removed_changes) == (1, 1)
    assert live("b").lead_seconds == 8 * 86_400
    assert not ChangeInDeployment.objects.filter(change__sha="c").exists()
    assert DeploymentCommit.objects.get(deployment__version="v2").sha == "elsewhere"
    assert {m.from_on for m in Mark.objects.all()} == {
        (start + days(7)).date(),
        (start + days(9)).date(),
    }


def test_an_earlier_deployment_told_later_becomes_the_baseline(world, now, start):
    tell(world, *history(start), now=now)
    first = deployment("v0", start - days(10), contains=["z"])
    deployments, changes = history(start)
    tell(world, [first, *deployments], [*changes, change("z", start - days(11))], now=now)
    assert list(Deployment.objects.filter(is_baseline=True).values_list("version")) == [("v0",)]
    assert live("a").credited
    assert not live("z").credited


def test_what_is_no_longer_told_stays_and_is_named(world, now, start):
    deployments, changes = history(start)
    tell(world, deployments, changes, now=now)
    outcome = tell(world, deployments[1:], changes[1:], now=now)
    assert outcome.missing == ["v1"]
    assert Deployment.objects.filter(version="v1").exists()
    assert live("a").deployment.version == "v1"


def test_each_success_knows_what_was_live_before(world, now, start):
    tell(
        world,
        [
            deployment("v1", start),
            deployment("v2", start + days(1), status="FAILED"),
            deployment("v3", start + days(2)),
        ],
        now=now,
    )
    before = dict(DeploymentCommit.objects.values_list("deployment__version", "previous_sha"))
    assert before == {"v1": "", "v2": "", "v3": "sha-of-v1"}


def test_two_repositories_have_a_baseline_each(world, now, start):
    tell(world, *history(start), now=now)
    other = RepositoryFactory.create(application=world.checkout)
    tell(
        world,
        [deployment("api-1", start + days(1)), deployment("api-2", start + days(2))],
        now=now,
        source="git:api",
        repository=other,
    )
    assert set(Deployment.objects.filter(is_baseline=True).values_list("version", flat=True)) == {
        "v1",
        "api-1",
    }


def test_a_change_that_another_source_saw_live_earlier_stays_there(world, now, start):
    tell(world, *history(start), now=now)
    tell(
        world,
        [deployment("hand", start + days(8), contains=["b"])],
        [history(start)[1][1]],
        now=now,
        source="manual",
    )
    assert live("b").deployment.version == "v2"
    tell(
        world,
        [deployment("hand", start + days(6), contains=["b"])],
        [history(start)[1][1]],
        now=now,
        source="manual",
    )
    assert live("b").deployment.version == "hand"


def test_environments_are_kept_apart(world, now, start):
    staging = EnvironmentFactory.create(
        application=world.checkout, slug="staging", name="Staging", is_production=False
    )
    tell(world, *history(start), now=now)
    tell(world, *history(start - days(1)), now=now, environment=staging)
    assert ChangeInDeployment.objects.filter(change__sha="b").count() == 2


def test_a_rollback_blames_what_it_rolls_back(world, now, start):
    deployments, changes = history(start)
    later = start + days(7) + timedelta(minutes=30)
    undo = deployment("v1-again", later, kind="ROLLBACK", remedies="v2")
    tell(world, [*deployments, undo], changes, now=now)
    failed = Deployment.objects.get(version="v2")
    rollback = Deployment.objects.get(version="v1-again")
    assert failed.failed
    assert failed.recovered_at == rollback.finished_at
    assert rollback.unplanned
    assert FailureLink.objects.get().rule == "ROLLBACK"


def test_a_rollback_that_moves_moves_the_recovery(world, now, start):
    deployments, changes = history(start)
    for day in (8, 9):
        undo = deployment("undo", start + days(day), kind="ROLLBACK", remedies="v2")
        tell(world, [*deployments, undo], changes, now=now)
        assert Deployment.objects.get(version="v2").recovered_at == start + days(day)


def test_a_remedy_that_is_taken_back_frees_the_deployment(world, now, start):
    deployments, changes = history(start)
    fix = deployment("v3", start + days(8), kind="HOTFIX", remedies="v2")
    tell(world, [*deployments, fix], changes, now=now)
    tell(world, [*deployments, deployment("v3", start + days(8))], changes, now=now)
    assert not Deployment.objects.get(version="v2").failed
    assert not Deployment.objects.get(version="v3").unplanned
    assert [link.is_current for link in FailureLink.objects.all()] == [False]


@pytest.mark.parametrize(
    ("deployments", "complaint"),
    [
        (lambda at: [deployment("v1", at), deployment("v1", at)], "told twice: v1"),
        (lambda at: [deployment("v1", at, contains=["x"])], "not told: x"),
        (lambda at: [deployment("v1", at, remedies="v0")], "remedied but not told: v0"),
        (
            lambda at: [
                deployment("v1", at, contains=["a"]),
                deployment("v2", at, contains=["a"]),
            ],
            "first live twice: a",
        ),
        (lambda at: [deployment("v1", at, status="FAILED", contains=["a"])], "not succeed"),
    ],
    ids=["twice", "unknown change", "unknown remedied", "contained twice", "failed contains"],
)
def test_a_history_that_contradicts_itself_is_refused_whole(
    world, now, start, deployments, complaint
):
    with pytest.raises(InconsistentHistoryError, match=complaint):
        tell(world, deployments(start), [change("a", start)], now=now)
    assert not Deployment.objects.exists()
