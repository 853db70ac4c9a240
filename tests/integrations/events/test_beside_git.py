"""Events beside an imported history: one deployment told twice, and who knows what is live."""

from datetime import timedelta

import pytest

from kpis.models import ChangeInDeployment, Deployment, DeploymentStatus, FailureLink
from portal.integrations.services.processing import process_some
from tests.integrations.events.telling import cdevent, store, told
from tests.kpis.histories import change, deployment, tell

A, B, C = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture
def start(now):
    return now - timedelta(days=30)


@pytest.fixture
def imports(world, now, start):
    """Imports two tags: v1 with the change a, v2 with b."""

    def imports():
        return tell(
            world,
            [
                deployment("v1", start, sha=A, contains=[A]),
                deployment("v2", start + timedelta(days=7), sha=B, contains=[B]),
            ],
            [
                change(A, start - timedelta(days=2), merged_at=start - timedelta(days=1)),
                change(
                    B,
                    start + timedelta(days=5),
                    merged_at=start + timedelta(days=6),
                ),
            ],
            now=now,
        )

    return imports


@pytest.fixture
def sends(world, now):
    def sends(*events):
        store(events, application=world.checkout, now=now)
        while process_some(now=now):
            pass

    return sends


def live(world, sha, at, **values):
    """A deployment of a commit that an event tells."""
    return told(
        "deployment",
        environment="production",
        repository=world.repository.url,
        commit=sha,
        **({"status": "succeeded", "finished_at": at} | values),
    )


def seen():
    """Return what counts, and what is live with what."""
    deployments = Deployment.objects.order_by("finished_at", "source")
    rows = ChangeInDeployment.objects.order_by("live_at", "change__sha", "change__external_id")
    return (
        [(d.source, d.status, d.finished_at, d.is_baseline, d.kind) for d in deployments],
        [
            (row.change.sha, row.change.external_id, row.deployment.source, row.live_at)
            for row in rows.select_related("change", "deployment")
        ],
        [row.lead_seconds for row in rows],
    )


def test_a_tag_and_an_event_of_one_commit_are_one_deployment(world, start, imports, sends):
    imports()
    at = start + timedelta(days=7, hours=2)
    sends(live(world, B, at))
    tag = Deployment.objects.get(external_id="v2")
    event = Deployment.objects.get(source="events")
    assert (tag.status, tag.failed) == (DeploymentStatus.DUPLICATE, False)
    assert (event.status, event.is_baseline, event.kind) == ("SUCCEEDED", False, "PLANNED")
    row = event.contains.get()
    assert (row.change.sha, row.live_at) == (B, at)
    assert row.lead_seconds == (2 * 24 + 2) * 3600
    assert event.commits.get().previous_sha == A


def test_it_does_not_matter_which_is_told_first(world, start, imports, sends):
    event = live(world, B, start + timedelta(days=7, hours=2))
    sends(event)
    imports()
    first = seen()
    assert imports().changed is False
    assert seen() == first
    ChangeInDeployment.objects.all().delete()
    FailureLink.objects.all().delete()
    Deployment.objects.filter(remedies__isnull=False).update(remedies=None)
    Deployment.objects.all().delete()
    imports()
    sends(live(world, B, start + timedelta(days=7, hours=2), version="again"))
    assert seen() == first


def test_a_tag_counts_again_when_the_event_turns_out_to_have_failed(world, start, imports, sends):
    imports()
    before = seen()
    at = start + timedelta(days=7, hours=2)
    sends(live(world, B, at, id="run"))
    sends(live(world, B, at - timedelta(hours=1), id="run", status="failed"))
    assert Deployment.objects.get(external_id="v2").status == "SUCCEEDED"
    failed = Deployment.objects.get(source="events")
    assert failed.status == "FAILED"
    failed.told.delete()
    failed.commits.all().delete()
    failed.delete()
    assert seen() == before


def test_a_change_that_only_events_know_counts_after_the_end_of_the_history(
    world, start, imports, sends
):
    words = {"repository": world.repository.url, "authored_at": start}
    # The first is the merge of what the history knows as the commit b.
    sends(
        told("change", id="17", commit="d" * 40, merged_at=start + timedelta(days=5), **words),
        told("change", id="18", commit=C, merged_at=start + timedelta(days=9), **words),
        live(world, C, start + timedelta(days=9, hours=1)),
    )
    imports()
    assert {name for _, name, *_ in seen()[1]} == {"", "18"}
    row = ChangeInDeployment.objects.get(change__external_id="18")
    assert (row.credited, row.deployment.source, row.from_events) == (True, "events", True)


def test_the_same_change_from_both_counts_once(world, start, imports, sends):
    imports()
    sends(
        told(
            "change",
            id="17",
            commit=B,
            repository=world.repository.url,
            authored_at=start,
            merged_at=start + timedelta(days=6, seconds=2),
        ),
        live(world, B, start + timedelta(days=7, hours=2)),
    )
    assert [row[:2] for row in seen()[1]] == [(A, ""), (B, "")]


def test_a_rollback_by_event_to_an_imported_tag_remedies_what_was_live(
    world, start, imports, sends
):
    imports()
    at = start + timedelta(days=8)
    sends(
        live(world, C, at),
        live(world, A, at + timedelta(hours=1)),
        cdevent(
            "incident.detected",
            at + timedelta(minutes=20),
            id_="1",
            subject="outage",
            content={"environment": {"id": "production"}},
        ),
    )
    rollback = Deployment.objects.get(kind="ROLLBACK")
    assert rollback.remedies == Deployment.objects.get(commits__sha=C)
    rules = FailureLink.objects.filter(is_current=True).values_list("rule", flat=True)
    assert sorted(rules) == ["ROLLBACK", "ROLLBACK"]
