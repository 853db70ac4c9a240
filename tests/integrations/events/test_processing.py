"""What becomes of events one by one: facts, kept, failed with a reason, replayed."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections

from kpis.models import (
    Artifact,
    Change,
    ChangeInDeployment,
    Deployment,
    FailureLink,
    Incident,
    ToldIncident,
)
from kpis.services import incidents
from kpis.services.incidents import attribute_incident, change_incident, reopen_incident
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Repository
from portal.integrations.adapters import waiting
from portal.integrations.models import EventState, ReceivedEvent
from portal.integrations.services import processing
from portal.integrations.services.processing import process_some
from portal.integrations.services.replay import replay_events
from portal.integrations.types.folds import fold_deployment
from portal.integrations.types.kinds import KINDS, Becomes
from tests.factories import EnvironmentFactory
from tests.integrations.events.telling import cdevent, store, told

PAY = "https://git.example.com/pay"


@pytest.fixture
def send(world, now):
    """Stores events of Checkout and processes them; returns them as they ended, oldest first."""

    def send(*events, application=world.checkout, **values):
        store(events, application=application, now=now, **values)
        while process_some(now=now):
            pass
        return list(ReceivedEvent.objects.order_by("pk"))

    return send


def hours(number):
    return timedelta(hours=number)


def deployed(at, *, id_="s1", environment="production", artifact="pkg:generic/app@1", **more):
    return cdevent(
        "service.deployed",
        at,
        id_=id_,
        content={"environment": {"id": environment}, "artifactId": artifact},
        **more,
    )


def incident(kind, at, *, id_, subject="outage", **more):
    content: dict[str, object] = {"environment": {"id": "production"}}
    if kind == "reported":
        content |= {"ticketURI": "https://tickets.example.com/7"}
    return cdevent(
        f"incident.{kind}", at, id_=id_, subject=subject, content=content, source="/mon", **more
    )


def merged(at, number, *, id_, **custom):
    return cdevent(
        "change.merged",
        at,
        id_=id_,
        subject=str(number),
        content={"repository": {"id": PAY}},
        custom=custom or None,
    )


# --- From one kind each -------------------------------------------------------------------------


def test_a_service_that_was_deployed_is_a_deployment(send, now):
    (event,) = send(deployed(now, artifact="pkg:oci/app@sha256%3A0b31b1c02ff458ad9b7b"))
    one = Deployment.objects.get()
    assert (one.status, one.finished_at, one.kind) == ("SUCCEEDED", now, "PLANNED")
    assert one.version == "sha256:0b31b1c02ff4"
    assert one.told.event == event.public_id
    assert (event.state, event.attempts, event.processed_at) == (EventState.PROCESSED, 1, now)


def test_a_plain_deployment_that_runs_and_then_ends_is_one(send, now):
    words = {"id": "run-7", "environment": "production", "version": "v7"}
    send(told("deployment", status="running", started_at=now - hours(1), **words))
    assert Deployment.objects.get().status == "RUNNING"
    send(told("deployment", status="succeeded", finished_at=now, deployer="ada", **words))
    one = Deployment.objects.get()
    assert (one.status, one.started_at, one.finished_at) == ("SUCCEEDED", now - hours(1), now)
    assert one.deployer == "ada"


def test_the_first_end_of_a_deployment_is_its_end(send, now):
    words = {"id": "run-7", "environment": "production", "version": "v7"}
    send(told("deployment", status="succeeded", finished_at=now, **words))
    send(told("deployment", status="failed", finished_at=now + hours(2), **words))
    assert Deployment.objects.get().status == "SUCCEEDED"
    send(told("deployment", status="failed", finished_at=now - hours(2), **words))
    one = Deployment.objects.get()
    assert (one.status, one.finished_at) == ("FAILED", now - hours(2))


def test_a_rollback_remedies_what_was_live(send, now):
    send(
        deployed(now - hours(5), id_="s1"),
        deployed(now - hours(4), id_="s2", artifact="pkg:generic/app@2"),
        cdevent(
            "service.rolledback",
            now - hours(3),
            id_="s3",
            content={
                "environment": {"id": "production"},
                "artifactId": "pkg:generic/app@1",
            },
        ),
    )
    failed = Deployment.objects.get(version="2")
    rollback = Deployment.objects.get(kind="ROLLBACK")
    assert rollback.remedies == failed
    assert (failed.failed, failed.recovered_at) == (True, now - hours(3))
    assert FailureLink.objects.get().rule == "ROLLBACK"


def test_a_late_deployment_between_two_moves_what_a_rollback_remedies(send, now):
    commit = {"repository": PAY, "environment": "production", "status": "succeeded"}
    send(
        told("deployment", commit="a1", finished_at=now - hours(9), **commit),
        told("deployment", commit="b2", finished_at=now - hours(7), **commit),
        told("deployment", commit="a1", finished_at=now - hours(5), **commit),
    )
    by_commit = {one.commits.get().sha: one for one in Deployment.objects.order_by("-finished_at")}
    assert by_commit["b2"].failed
    send(told("deployment", commit="c3", finished_at=now - hours(6), **commit))
    rollback = Deployment.objects.get(kind="ROLLBACK")
    assert rollback.remedies is not None
    assert rollback.remedies.commits.get().sha == "c3"
    assert rollback.commits.get().previous_sha == "c3"
    assert [one.failed for one in Deployment.objects.order_by("finished_at")] == [
        False,
        False,
        True,
        False,
    ]


def test_ten_updates_are_one_incident(send, now):
    updates = [
        incident("detected", now - hours(9), id_="1"),
        *(incident("reported", now - hours(n), id_=str(n)) for n in range(2, 9)),
        incident("resolved", now - hours(1), id_="10"),
        incident("resolved", now, id_="11"),
    ]
    events = send(*updates)
    one = Incident.objects.get()
    assert (one.opened_at, one.resolved_at) == (now - hours(9), now - hours(1))
    assert one.url == "https://tickets.example.com/7"
    assert {event.state for event in events} == {EventState.PROCESSED}
    assert one.told.event == next(e.public_id for e in events if e.event_id == "1")


def test_an_incident_that_is_detected_again_goes_on(send, now):
    send(
        incident("detected", now - hours(9), id_="1"),
        incident("resolved", now - hours(8), id_="2"),
        incident("detected", now - hours(7), id_="3"),
    )
    assert Incident.objects.get().resolved_at is None


def test_the_end_of_an_incident_waits_for_its_beginning(send, now):
    (end,) = send(incident("resolved", now, id_="2"))
    assert (end.state, end.reason) == (EventState.KEPT, processing.NO_BEGINNING)
    end, begin = send(incident("detected", now - hours(1), id_="1"))
    assert (end.state, end.reason, begin.state) == ("PROCESSED", "", "PROCESSED")
    assert Incident.objects.get().resolved_at == now


def test_an_incident_that_names_an_event_blames_its_deployment(send, now):
    link = {"linkType": "RELATION", "linkKind": "CAUSE", "target": {"contextId": "s1"}}
    send(incident("detected", now, id_="1", links=[link]))
    assert not FailureLink.objects.exists()
    send(
        deployed(now - timedelta(days=9), id_="s1"),
        deployed(now - hours(1), id_="s2", artifact="pkg:generic/app@2"),
    )
    blame = FailureLink.objects.get(is_current=True)
    assert (blame.rule, blame.confidence, blame.deployment.version) == ("EXPLICIT", 100, "1")


def test_a_late_incident_is_blamed_as_if_it_had_been_on_time(send, now):
    send(deployed(now - hours(50), id_="s1"), deployed(now - hours(2), id_="s2"))
    send(incident("detected", now - hours(49), id_="1"))
    assert FailureLink.objects.get().deployment.finished_at == now - hours(50)


def test_an_artifact_tells_which_changes_are_live(send, now):
    send(
        merged(now - hours(9), 1, id_="c1"),
        merged(now - hours(8), 2, id_="c2"),
        merged(now - hours(6), 3, id_="c3"),
        merged(now - hours(3), 4, id_="c4"),
        deployed(now - hours(7), id_="s1"),
        deployed(now - hours(2), id_="s2", artifact="pkg:generic/app@2"),
    )
    assert not ChangeInDeployment.objects.exists()
    for version, number in (("1", "2"), ("2", "3")):
        send(
            cdevent(
                "artifact.packaged",
                now - hours(8),
                id_=f"p{version}",
                subject=f"pkg:generic/app@{version}",
                content={"change": {"id": number, "source": PAY}},
            )
        )
    live = {
        row.change.external_id: (row.deployment.version, row.credited)
        for row in ChangeInDeployment.objects.select_related("change", "deployment")
    }
    assert live == {"1": ("1", False), "2": ("1", False), "3": ("2", True)}


def test_a_change_passes_its_stages(send, now):
    words = {
        "subject": "17",
        "content": {"repository": {"id": "pay", "source": "https://git.example.com"}},
    }
    send(
        cdevent("change.created", now - hours(9), id_="1", **words),
        cdevent("change.reviewed", now - hours(7), id_="2", **words),
        cdevent("change.reviewed", now - hours(6), id_="3", **words),
        cdevent("change.merged", now - hours(5), id_="4", custom={"commit": "ab12"}, **words),
    )
    one = Change.objects.get()
    assert one.repository.url == PAY
    assert (one.sha, one.external_id) == ("ab12", "17")
    assert (one.authored_at, one.opened_at) == (now - hours(9), now - hours(9))
    assert (one.reviewed_at, one.merged_at) == (now - hours(7), now - hours(5))


def test_a_deployment_may_say_what_it_contains(send, now):
    words = {"repository": PAY, "authored_at": now - hours(20)}
    environment = {"environment": "production", "status": "succeeded"}
    send(
        told(
            "deployment",
            version="v0",
            commit="00",
            repository=PAY,
            finished_at=now - hours(19),
            **environment,
        ),
        told("change", commit="a1", merged_at=now - hours(9), **words),
        told("change", commit="b2", merged_at=now - hours(8), **words),
        told("deployment", version="v1", finished_at=now, changes=["b2"], **environment),
    )
    row = ChangeInDeployment.objects.get()
    assert (row.change.sha, row.deployment.version, row.credited) == ("b2", "v1", True)
    assert row.merge_seconds == 8 * 3600


def test_a_repository_that_is_new_is_put_into_the_catalogue(send, world, now):
    send(merged(now, 1, id_="c1"))
    assert Repository.objects.filter(application=world.checkout, url=PAY).exists()
    assert Entry.objects.filter(event="catalogue.repository.added").count() == 1
    send(told("change", repository="git@git.example.com:pay.git", commit="a1", authored_at=now))
    assert Repository.objects.filter(application=world.checkout).count() == 2


@pytest.mark.parametrize("kind", [k for k, one in KINDS.items() if one.becomes is Becomes.NOTHING])
def test_what_is_not_needed_is_kept(send, now, kind):
    event = cdevent("x.y", now, id_="1")
    event["context"]["type"] = kind
    (kept,) = send(event)
    assert (kept.state, kept.reason) == (EventState.KEPT, "")


# --- What cannot be a fact ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda at: deployed(at, environment="moon"), "has no environment “moon”"),
        (
            lambda at: cdevent("change.merged", at, id_="1", content={}),
            "does not say in which repository",
        ),
        (
            lambda at: (
                merged(at, 1, id_="1")
                | {"subject": {"id": "1", "content": {"repository": {"id": "x" * 600}}}}
            ),
            "address of the repository is too long",
        ),
    ],
    ids=["environment", "no repository", "long address"],
)
def test_an_event_that_is_unclear_fails_with_how_to_mend_it(send, now, event, reason):
    (failed,) = send(event(now))
    assert failed.state == EventState.FAILED
    assert reason in failed.reason
    assert not Deployment.objects.exists()
    assert not Change.objects.exists()


def test_a_name_of_an_environment_will_do(send, now):
    (event,) = send(deployed(now, environment="Production"))
    assert event.state == EventState.PROCESSED


def without_application(world, now, *, sender, environment="production", **custom):
    store(
        [deployed(now, environment=environment, custom=custom or None, subject="nobody")],
        application=world.checkout,
        now=now,
        sender=sender,
    )
    ReceivedEvent.objects.update(application=None)
    process_some(now=now)
    return ReceivedEvent.objects.get()


def test_an_application_is_found_by_its_slug_for_who_may_tell_of_it(world, now):
    event = without_application(world, now, sender=f"user:{world.bob.pk}", application="checkout")
    assert (event.state, event.application) == (EventState.PROCESSED, world.checkout)


def test_an_event_that_fails_is_with_the_people_of_the_application_that_it_names(world, now):
    event = without_application(
        world, now, sender=f"user:{world.bob.pk}", environment="moon", application="checkout"
    )
    assert "no environment “moon”" in event.reason
    assert event.application == world.checkout
    assert replay_events(ids=[event.pk], actor=world.alice, now=now) == 1


@pytest.mark.parametrize(
    ("person", "slug", "reason"),
    [
        ("charlie", "checkout", "may not tell of Checkout"),
        ("bob", "unheard-of", "There is no application “unheard-of”"),
    ],
)
def test_an_application_of_others_and_an_unknown_one_fail(world, now, person, slug, reason):
    sender = f"user:{getattr(world, person).pk}"
    event = without_application(world, now, sender=sender, application=slug)
    assert event.state == EventState.FAILED
    assert reason in event.reason


def test_a_poisonous_event_fails_alone(send, now, monkeypatch):
    """The database refuses one of the facts; the others are recorded."""
    bad = told(
        "deployment",
        id="bad",
        environment="production",
        status="succeeded",
        version="v",
        finished_at=now,
    )
    good = [deployed(now - hours(n), id_=f"s{n}") for n in range(1, 20)]
    fold = fold_deployment

    def broken(said, **where):
        fact = fold(said, **where)
        if fact.external_id == "plain#bad":
            object.__setattr__(fact, "status", "NONSENSE IN A SHORT COLUMN")
        return fact

    monkeypatch.setattr(processing, "fold_deployment", broken)
    events = send(*good[:7], bad, *good[7:])
    failed = [event for event in events if event.state == EventState.FAILED]
    assert [event.type for event in failed] == ["deployment"]
    assert "database refuses" in failed[0].reason
    assert Deployment.objects.count() == 19


def test_a_body_that_is_broken_fails_alone(send, world, now):
    store([deployed(now, id_="s1")], application=world.checkout, now=now)
    ReceivedEvent.objects.update(body=b"{", type="deployment")
    first, second = send(deployed(now, id_="s2"))
    assert (first.state, second.state) == (EventState.FAILED, EventState.PROCESSED)
    assert "portal cannot process" in first.reason


def test_a_database_that_is_away_for_a_moment_delays_only(world, now, monkeypatch):
    store([deployed(now)], application=world.checkout, now=now)
    claim, calls = waiting.claim, []

    def flaky(only=None):
        calls.append(only)
        if len(calls) < 3:
            raise OperationalError("the connection was closed")
        return claim(only)

    monkeypatch.setattr(waiting, "claim", flaky)
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(processing, "PAUSE_SECONDS", 0)
    assert process_some(now=now) == 1
    assert Deployment.objects.count() == 1


def test_large_events_go_in_smaller_batches(world, now, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_BYTES", 2000)
    events = [deployed(now, id_=f"s{n}", custom={"x": "y" * 900}) for n in range(5)]
    store(events, application=world.checkout, now=now)
    assert [process_some(now=now) for _ in range(6)] == [1, 1, 1, 1, 1, 0]


# --- Replay -------------------------------------------------------------------------------------


def test_what_failed_is_processed_once_it_is_mended_and_replayed(send, world, now):
    (failed,) = send(deployed(now, environment="staging"))
    EnvironmentFactory.create(application=world.checkout, slug="staging", is_production=False)
    assert replay_events(ids=[failed.pk], actor=world.bob, now=now) == 1
    (event,) = send()
    assert (event.state, event.attempts, event.reason) == (EventState.PROCESSED, 2, "")
    assert Deployment.objects.get().environment.slug == "staging"


def test_what_did_not_fail_is_not_replayed(send, world, now):
    (event,) = send(deployed(now))
    assert replay_events(ids=[event.pk], actor=world.bob, now=now) == 0
    assert not Entry.objects.filter(event="integrations.events.replayed").exists()


def test_only_who_may_change_the_application_replays(send, world, now):
    (failed,) = send(deployed(now, environment="moon"))
    with pytest.raises(NotAllowedError):
        replay_events(ids=[failed.pk], actor=world.charlie, now=now)
    ReceivedEvent.objects.update(application=None)
    with pytest.raises(NotAllowedError, match="only operations"):
        replay_events(ids=[failed.pk], actor=world.bob, now=now)
    assert replay_events(ids=[failed.pk], actor=world.olive, now=now) == 1


# --- A person's word ----------------------------------------------------------------------------


def test_a_persons_word_stays_when_later_events_come(send, world, now):
    send(incident("detected", now - hours(9), id_="1"))
    one = Incident.objects.get()
    change_incident(
        incident=one,
        title="Cards declined in Spain",
        severity=1,
        opened_at=now - hours(10),
        environment=one.environment,
        actor=world.bob,
        now=now,
    )
    send(
        incident("reported", now - hours(8), id_="2", custom={"severity": "low", "title": "Slow"}),
        incident("resolved", now - hours(7), id_="3"),
    )
    one.refresh_from_db()
    assert (one.title, one.severity, one.opened_at) == (
        "Cards declined in Spain",
        1,
        now - hours(10),
    )
    assert one.resolved_at == now - hours(7)
    assert ToldIncident.objects.get().corrections == ["beginning", "severity", "title"]


def test_an_incident_that_a_person_reopens_stays_open(send, world, now):
    send(
        incident("detected", now - hours(9), id_="1"),
        incident("resolved", now - hours(8), id_="2"),
    )
    reopen_incident(incident=Incident.objects.get(), actor=world.bob, now=now)
    send(incident("resolved", now - hours(7), id_="3"))
    assert Incident.objects.get().resolved_at is None
    incidents.resolve_incident(
        incident=Incident.objects.get(), resolved_at=now - hours(1), actor=world.bob, now=now
    )
    send(incident("resolved", now - hours(6), id_="4"))
    assert Incident.objects.get().resolved_at == now - hours(1)


def test_a_persons_blame_stays_when_a_later_event_names_another(send, world, now):
    send(deployed(now - hours(9), id_="s1"), deployed(now - hours(8), id_="s2"))
    send(incident("detected", now - hours(7), id_="1"))
    first = Deployment.objects.order_by("finished_at").first()
    attribute_incident(
        incident=Incident.objects.get(),
        deployment=first,
        reason="Seen in the log.",
        actor=world.bob,
        now=now,
    )
    send(incident("reported", now - hours(6), id_="2", custom={"caused_by": "s2"}))
    assert FailureLink.objects.get(is_current=True).deployment == first


def test_an_end_before_a_corrected_beginning_is_that_beginning(send, world, now):
    send(incident("detected", now - hours(9), id_="1"))
    one = Incident.objects.get()
    change_incident(
        incident=one,
        title=one.title,
        severity=one.severity,
        opened_at=now - hours(2),
        environment=one.environment,
        actor=world.bob,
        now=now,
    )
    send(incident("resolved", now - hours(5), id_="2"))
    one.refresh_from_db()
    assert one.resolved_at == one.opened_at == now - hours(2)


# --- The trail ----------------------------------------------------------------------------------


def test_the_trail_tells_once_per_batch_and_application(send, world, now):
    EnvironmentFactory.create(application=world.loans)
    store([deployed(now, id_="l1")], application=world.loans, now=now)
    send(
        *(deployed(now - hours(n), id_=f"s{n}") for n in range(3)),
        incident("detected", now, id_="1"),
    )
    entries = Entry.objects.filter(event="kpis.facts.told").order_by("subject")
    assert [entry.subject for entry in entries] == ["application:checkout", "application:loans"]
    assert json.loads(bytes(entries[0].body))["data"] == {
        "deployments": 3,
        "changes": 0,
        "incidents": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_process_each_event_once(world, now):
    applications = [world.checkout, world.loans]
    EnvironmentFactory.create(application=world.loans)
    for number in range(60):
        store(
            [
                deployed(now - hours(number), id_=f"s{number}"),
                incident("detected", now - hours(number), id_=f"i{number}", subject="o"),
            ],
            application=applications[number % 2],
            now=now,
        )

    def work(_number):
        try:
            done = 0
            for _ in range(30):
                done += process_some(now=now)
            return done
        finally:
            connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "MOST_EVENTS", 7)
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(work, range(4))) == 120
    assert Deployment.objects.count() == 60
    assert Incident.objects.count() == 2
    assert set(ReceivedEvent.objects.values_list("state", "attempts")) == {("PROCESSED", 1)}
    assert Artifact.objects.count() == 0
