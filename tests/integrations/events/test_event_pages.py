"""The pages on events: the list, one event, what was refused, and replaying."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from kpis.models import Deployment
from portal.audit.events import AuditEvent
from portal.audit.models import Entry
from portal.integrations.models import EventState, ReceivedEvent, RefusedEvent
from portal.integrations.selectors.events import fact_of
from portal.integrations.services.processing import process_some
from tests.factories import EnvironmentFactory
from tests.integrations.events.sending import CDEVENT, DEPLOYMENT, cdevent


@pytest.fixture
def event(world, now):
    """Return a function that makes a stored event of `checkout`."""

    def make(number=1, **values):
        told = {
            "public_id": uuid4(),
            "sender": f"application:{world.checkout.pk}",
            "source": "/ci",
            "event_id": str(number),
            "type": "deployment",
            "body": b'{"type":"deployment","version":"1.4.2"}',
            "occurred_at": now - timedelta(minutes=1),
            "received_at": now,
            "application": world.checkout,
        } | values
        if told.get("state", EventState.ACCEPTED) != EventState.ACCEPTED:
            told.setdefault("processed_at", now)
        if told.get("state") == EventState.FAILED:
            told.setdefault("reason", "checkout has no environment “live”. Add it, then replay.")
        return ReceivedEvent.objects.create(**told)

    return make


@pytest.fixture
def client_of(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def page(client, address="/events/", **query):
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def test_everybody_signed_in_sees_what_came_in(client_of, world, event, at_noon):
    event(1, state=EventState.PROCESSED)
    shown = page(client_of(world.charlie))
    assert "deployment" in shown
    assert "pipeline of checkout" in shown
    assert "Processed" in shown


def test_an_empty_list_says_what_to_do_first(client_of, world):
    assert "No event came in yet" in page(client_of(world.bob))


def test_a_person_who_sent_is_named(client_of, world, event):
    event(sender=f"user:{world.alice.pk}")
    assert "alice@example.com" in page(client_of(world.bob))


def test_the_counts_are_of_what_waits_for_somebody(client_of, world, event):
    for number in range(3):
        event(number, state=EventState.FAILED)
    event(4)
    response = client_of(world.bob).get("/events/")
    assert {tab.label: str(tab.count) for tab in response.context["tabs"] if tab.count} == {
        "Waiting": "1",
        "Failed": "3",
    }


def test_counts_stop_where_they_would_cost_too_much(client_of, world, event, monkeypatch):
    monkeypatch.setattr("portal.integrations.selectors.events.MOST_COUNTED", 2)
    for number in range(3):
        event(number, state=EventState.FAILED)
    assert "2+" in page(client_of(world.bob))


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(
    "case",
    [
        ({}, {"1", "2", "3", "4"}),
        ({"state": "FAILED"}, {"2"}),
        ({"state": "ACCEPTED"}, {"1", "3", "4"}),
        ({"application": "loans"}, {"3"}),
        ({"application": "nothing"}, set()),
        ({"type": "incident"}, {"4"}),
        ({"sender": "bob@example.com"}, {"3"}),
        ({"sender": "checkout"}, {"1", "2", "4"}),
        ({"sender": "nobody@example.com"}, set()),
        ({"sender": "nothing"}, set()),
        ({"period": "day"}, {"1", "2", "3"}),
        ({"period": "week"}, {"1", "2", "3", "4"}),
        ({"type": "party"}, set()),
        ({"state": "FAILED", "type": "incident"}, set()),
    ],
)
def test_the_list_is_filtered(client_of, world, event, now, case):
    query, found = case
    event(1)
    event(2, state=EventState.FAILED)
    event(3, application=world.loans, sender=f"user:{world.bob.pk}")
    event(4, type="incident", received_at=now - timedelta(days=2))
    response = client_of(world.bob).get("/events/", query)
    assert {one.event_id for one in response.context["page"].rows} == found


def test_pages_follow_one_another_without_counting(client_of, world, event, now):
    for number in range(60):
        event(number, received_at=now - timedelta(minutes=number))
    client = client_of(world.bob)
    first = client.get("/events/").context["page"]
    second = client.get("/events/", {"place": first.after}).context["page"]
    assert [one.event_id for one in first.rows] == [str(number) for number in range(50)]
    assert [one.event_id for one in second.rows] == [str(number) for number in range(50, 60)]


def test_the_list_takes_few_queries_however_much_it_shows(
    client_of, world, event, django_assert_max_num_queries
):
    client = client_of(world.bob)
    people = [world.alice, world.bob, world.charlie, world.olive]
    for number in range(40):
        event(number, state=EventState.FAILED, sender=f"user:{people[number % 4].pk}")
    with django_assert_max_num_queries(12):
        page(client, application="checkout", state="FAILED")


def test_htmx_gets_the_table_alone(client_of, world, event):
    event()
    response = client_of(world.bob).get("/events/", headers={"HX-Request": "true"})
    assert response.content.strip().startswith(b'<div id="table"')


def test_an_event_shows_what_was_sent_and_how_to_send_it_again(
    client_of, pipeline, world, django_assert_max_num_queries
):
    quoted = cdevent() | {"customData": {"note": "it's"}}
    event_id = pipeline(quoted).json()["id"]
    client = client_of(world.charlie)
    with django_assert_max_num_queries(12):
        shown = page(client, f"/events/{event_id}/")
    assert "pkg:oci/checkout@1.4.2" in shown
    assert "curl --fail-with-body http://testserver/api/v1/events" in shown
    assert "it&#x27;&quot;&#x27;&quot;&#x27;s" in shown  # as a shell reads it
    assert "It is stored and waits for a worker" in shown


def test_an_event_leads_to_what_it_became_in_its_own_environment(pipeline, world, now):
    EnvironmentFactory(application=world.checkout, slug="staging")
    for environment in ("production", "staging"):
        pipeline(DEPLOYMENT | {"id": "42", "environment": environment})
    process_some(now=now)
    for event in ReceivedEvent.objects.all():
        environment = event.subject.split(":")[1]
        fact = fact_of(event)
        assert fact
        assert Deployment.objects.get(pk=fact.pk).environment.slug == environment


def test_a_failed_event_says_why_and_who_may_replay_it(client_of, world, event):
    failed = event(state=EventState.FAILED)
    shown = page(client_of(world.charlie), failed.get_absolute_url())
    assert "checkout has no environment “live”" in shown
    assert "The team that owns the application, and operations, replay it" in shown
    assert "Replay</button>" in page(client_of(world.bob), failed.get_absolute_url())


def test_an_event_that_is_not_there_is_not_found(client_of, world):
    client = client_of(world.bob)
    assert client.get(f"/events/{uuid4()}/").status_code == 404
    assert client.get(f"/events/refused/{uuid4()}/").status_code == 404
    assert client.post(f"/events/{uuid4()}/replay/").status_code == 404


def test_what_is_refused_is_shown_with_its_mend(client_of, pipeline, world):
    pipeline(DEPLOYMENT | {"status": "great"})
    pipeline(b"{")
    client = client_of(world.bob)
    shown = page(client, state="REFUSED")
    assert "“great” is not known here." in shown
    assert "Use one of: running, succeeded, failed, cancelled." in shown
    for refused in RefusedEvent.objects.all():
        assert "Why it was refused" in page(client, refused.get_absolute_url())


def test_a_failed_event_is_replayed(client_of, world, event):
    failed = event(state=EventState.FAILED)
    response = client_of(world.bob).post(f"/events/{failed.public_id}/replay/")
    assert response.url == failed.get_absolute_url()
    failed.refresh_from_db()
    assert failed.state == EventState.ACCEPTED
    assert Entry.objects.latest("id").event == AuditEvent.EVENTS_REPLAYED


def test_who_does_not_work_on_it_replays_nothing(client_of, world, event):
    failed = event(state=EventState.FAILED)
    for person in (world.charlie, world.audrey):
        client = client_of(person)
        assert client.post(f"/events/{failed.public_id}/replay/").status_code == 403
        assert client.post("/events/replay/?application=checkout").status_code == 403
    failed.refresh_from_db()
    assert failed.state == EventState.FAILED


def test_all_that_match_are_replayed(client_of, world, event):
    for number in range(3):
        event(number, state=EventState.FAILED)
    other = event(4, state=EventState.FAILED, type="incident")
    done = event(5, state=EventState.PROCESSED)
    query = "?application=checkout&type=deployment&state=FAILED"
    response = client_of(world.bob).post(f"/events/replay/{query}", follow=True)
    assert "3 events wait to be processed again." in response.content.decode()
    assert ReceivedEvent.objects.filter(state=EventState.ACCEPTED).count() == 3
    assert {other.pk, done.pk} == set(
        ReceivedEvent.objects.exclude(state=EventState.ACCEPTED).values_list("pk", flat=True)
    )
    assert Entry.objects.filter(event=AuditEvent.EVENTS_REPLAYED).count() == 1


def test_operations_replay_across_applications(client_of, world, event):
    event(1, state=EventState.FAILED)
    event(2, state=EventState.FAILED, application=None)
    client = client_of(world.olive)
    assert "Replay all that match" in page(client, state="FAILED")
    client.post("/events/replay/")
    assert not ReceivedEvent.objects.filter(state=EventState.FAILED).exists()


def test_the_list_is_exported_and_that_is_on_record(client_of, world, event):
    event(1, source="=cmd()")
    response = client_of(world.bob).get("/events/", {"format": "csv", "application": "checkout"})
    header, row = b"".join(response.streaming_content).decode().splitlines()
    assert header.startswith("id,received_at,occurred_at,state")
    assert "'=cmd()" in row
    entry = Entry.objects.latest("id")
    assert entry.event == AuditEvent.EVENTS_EXPORTED
    assert entry.actor == "user:bob@example.com"


def test_the_page_of_an_application_leads_to_its_events(client_of, world, event):
    client = client_of(world.bob)
    assert reverse("application-events", args=["checkout"]) in page(client, "/apps/checkout/")
    assert "No event came in yet." in page(client, "/apps/checkout/events/")
    event(1, state=EventState.FAILED)
    shown = page(client, "/apps/checkout/events/")
    assert "1 failed: see why" in shown
    assert reverse("events") + "?application=checkout&amp;state=FAILED" in shown


def test_a_command_replays_what_failed(world, event, now, capsys):
    event(1, state=EventState.FAILED)
    event(2, state=EventState.FAILED, type="incident")
    event(3, state=EventState.FAILED, application=None)
    event(4, state=EventState.FAILED, received_at=now - timedelta(days=9))
    options = {"application": "checkout", "type": "deployment", "since": "2026-03-01"}
    call_command("replay_events", **options, dry_run=True)
    assert "1 failed event would be replayed." in capsys.readouterr().out
    assert ReceivedEvent.objects.filter(state=EventState.FAILED).count() == 4
    call_command("replay_events", **options)
    assert "1 event waits to be processed again." in capsys.readouterr().out
    call_command("replay_events")
    assert "3 events wait to be processed again." in capsys.readouterr().out
    call_command("replay_events")
    assert "No failed event matches." in capsys.readouterr().out
    assert Entry.objects.latest("id").actor == "command:replay_events"


@pytest.mark.parametrize(
    "wrong", [{"application": "nothing"}, {"type": "party"}, {"since": "yesterday"}]
)
def test_the_command_says_what_is_wrong(db, wrong):
    with pytest.raises(CommandError):
        call_command("replay_events", **wrong)


def test_the_published_event_has_a_page(client_of, pipeline, world):
    event_id = pipeline(CDEVENT).json()["id"]
    assert pipeline.follow(event_id).json()["page"] == f"/events/{event_id}/"
    page(client_of(world.bob), f"/events/{event_id}/")
