"""The door: each event is stored once, as it was sent, and can be followed."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.api.models import ApiToken
from portal.api.services.tokens import revoke_token
from portal.api.types import Scope
from portal.integrations.models import EventState, ReceivedEvent, RefusedEvent
from tests.api.tokens import bearer, personal_token, pipeline_token
from tests.factories import ApplicationFactory
from tests.integrations.events.sending import CDEVENT, CLOUDEVENT, DEPLOYMENT, Sender, cdevent
from tests.integrations.events.test_cdevents import each_event, read


def stored():
    return list(ReceivedEvent.objects.order_by("pk"))


def person(user, now, name="laptop", scopes=(Scope.EVENTS_WRITE,)):
    return Sender(bearer(personal_token(user, now=now, name=name, scopes=scopes)))


def test_an_event_is_stored_as_it_was_sent(pipeline, world, now):
    response = pipeline(CDEVENT)
    assert response.status_code == 202
    (event,) = stored()
    assert response.json() == {"id": str(event.public_id), "status": "accepted"}
    assert json.loads(bytes(event.body)) == CDEVENT
    assert event.sender == f"application:{world.checkout.pk}"
    assert (event.source, event.event_id) == ("/ci/checkout", "271069a8")
    assert event.type == "dev.cdevents.service.deployed.0.3.0"
    assert event.application == world.checkout
    assert event.received_at == now
    assert event.occurred_at.isoformat() == "2026-03-04T11:59:00+00:00"


@pytest.mark.parametrize(
    ("sent", "kind", "headers"),
    [
        (CDEVENT, "application/json", {}),
        (CDEVENT, "application/json; charset=utf-8", {}),
        (CLOUDEVENT, "application/cloudevents+json", {}),
        (CLOUDEVENT, "application/cloudevents+json; charset=UTF-8", {}),
        ([CLOUDEVENT], "application/cloudevents-batch+json", {}),
        ([CDEVENT], "application/json", {}),
        (
            CDEVENT,
            "application/json",
            {
                "ce-specversion": "1.0",
                "ce-id": "271069a8",
                "ce-source": "/ci/checkout",
                "ce-type": "dev.cdevents.service.deployed.0.3.0",
                "ce-time": "2026-03-04T11:59:00Z",
                "ce-anything": "caf%C3%A9",
            },
        ),
    ],
    ids=["alone", "charset", "structured", "structured-charset", "batch", "array", "binary"],
)
def test_an_event_is_the_same_however_it_is_sent(pipeline, sent, kind, headers):
    first = pipeline(CDEVENT).json()["id"]
    response = pipeline(sent, kind=kind, headers=headers)
    assert response.status_code == 202
    told = response.json()
    if isinstance(sent, list):
        assert (told["accepted"], told["duplicates"], told["refused"]) == (0, 1, 0)
        (told,) = told["events"]
    assert told == {"id": first, "status": "accepted", "duplicate": True}
    assert len(stored()) == 1


@each_event
def test_every_published_event_comes_in(pipeline, path):
    response = pipeline(path.read_bytes())
    assert response.status_code == 202
    (event,) = stored()
    assert json.loads(bytes(event.body)) == read(path)


def test_a_plain_event_is_known_by_its_content(pipeline):
    first = pipeline(DEPLOYMENT).json()["id"]
    again = pipeline(dict(reversed(DEPLOYMENT.items()))).json()
    assert again == {"id": first, "status": "accepted", "duplicate": True}
    other = pipeline(DEPLOYMENT | {"version": "1.4.3"}).json()
    assert other["id"] != first
    assert {event.source for event in stored()} == {"plain"}


def test_a_plain_event_may_have_the_id_of_a_cloudevent(pipeline):
    envelope = {"specversion": "1.0", "id": "17", "source": "/ci", "type": "deployment"}
    data = {name: value for name, value in DEPLOYMENT.items() if name != "type"}
    response = pipeline(envelope | {"data": data}, kind="application/cloudevents+json")
    assert response.status_code == 202
    (event,) = stored()
    assert (event.source, event.event_id, event.type) == ("/ci", "17", "deployment")
    assert json.loads(bytes(event.body)) == DEPLOYMENT


def test_more_about_the_same_thing_is_another_event(pipeline):
    incident = {"type": "incident", "id": "INC-7", "opened_at": "2026-03-04T11:00:00Z"}
    pipeline(incident)
    resolved = incident | {"resolved_at": "2026-03-04T11:30:00Z"}
    assert pipeline(resolved).status_code == 202
    assert len(stored()) == 2


def test_another_event_with_the_same_id_is_told_and_the_first_stays(pipeline):
    first = pipeline(CDEVENT).json()["id"]
    response = pipeline(cdevent(timestamp="2026-03-04T11:58:00Z"))
    assert response.status_code == 409
    (fault,) = response.json()["errors"]
    assert first in fault["detail"]
    assert fault["mend"].startswith("Give every event an id of its own")
    (event,) = stored()
    assert json.loads(bytes(event.body)) == CDEVENT


def test_ids_of_another_sender_are_another_event(pipeline, world, now):
    pipeline(CDEVENT)
    loans = pipeline_token(world.loans, by=world.charlie, now=now, scopes=[Scope.EVENTS_WRITE])
    assert "duplicate" not in Sender(bearer(loans))(CDEVENT).json()
    assert len(stored()) == 2


def test_a_new_token_of_the_pipeline_keeps_duplicates_duplicates(pipeline, world, now):
    pipeline(CDEVENT)
    new = pipeline_token(
        world.checkout, by=world.bob, now=now, name="next", scopes=[Scope.EVENTS_WRITE]
    )
    assert Sender(bearer(new))(CDEVENT).json()["duplicate"] is True


def test_a_batch_tells_of_each_event_what_happened(pipeline):
    first = pipeline(cdevent("1")).json()["id"]
    bad = cdevent("3")
    del bad["subject"]
    response = pipeline(
        [cdevent("1"), cdevent("2"), bad, cdevent("2"), cdevent("2", chainId="x"), DEPLOYMENT, 7]
    )
    assert response.status_code == 202
    told = response.json()
    assert (told["accepted"], told["duplicates"], told["refused"]) == (2, 2, 3)
    one, two, three, four, five, six, seven = told["events"]
    assert one == {"id": first, "status": "accepted", "duplicate": True}
    assert two["status"] == "accepted"
    assert three["code"] == 400
    assert three["errors"] == [
        {"pointer": "#/subject", "detail": "This field is missing.", "mend": "Send it."}
    ]
    assert four == two | {"duplicate": True}
    assert (five["status"], five["code"], five["id"]) == ("refused", 409, two["id"])
    assert six["status"] == "accepted"
    assert seven["errors"][0]["mend"] == "Send a JSON object."
    assert len(stored()) == 3
    assert RefusedEvent.objects.count() == 3


def test_a_batch_is_one_statement_whatever_its_size(pipeline):
    def statements(number):
        events = [cdevent(f"{number}-{one}") for one in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert pipeline(events).json()["accepted"] == number
        return [query["sql"] for query in queries if "receivedevent" in query["sql"]]

    pipeline(cdevent("warm"))
    assert len(statements(3)) == len(statements(200)) == 1


def test_an_event_of_a_pipeline_is_one_statement(pipeline, django_assert_num_queries):
    pipeline(cdevent("1"))
    with django_assert_num_queries(1):
        pipeline(cdevent("2"))
    with django_assert_num_queries(4):  # nothing is stored, so the sender is asked who it is
        pipeline(cdevent("2"))


@pytest.mark.parametrize("event", [cdevent("2"), cdevent("1"), {"type": "party"}, b"{"])
def test_a_revoked_token_is_refused_at_once(pipeline, world, now, event):
    pipeline(cdevent("1"))
    token = ApiToken.objects.get()
    revoke_token(token=token, actor=world.bob, now=now)
    assert pipeline(event).status_code == 401
    assert len(stored()) == 1
    assert not RefusedEvent.objects.exists()


def test_a_token_is_refused_from_the_instant_on_at_which_it_expires(pipeline, time_machine):
    time_machine.move_to(ApiToken.objects.get().expires_at - timedelta(seconds=1), tick=False)
    assert pipeline(cdevent("1")).status_code == 202
    time_machine.shift(1)
    assert pipeline(cdevent("2")).status_code == 401


def test_a_person_sends_events_of_applications_they_work_on(world, now, at_noon):
    bob = person(world.bob, now)
    assert bob(DEPLOYMENT | {"application": "checkout"}).status_code == 202
    assert bob(DEPLOYMENT, query="?application=checkout").status_code == 202
    named = cdevent() | {"customData": {"application": "checkout"}}
    assert bob(named).status_code == 202
    assert {event.application for event in stored()} == {world.checkout}
    assert {event.sender for event in stored()} == {f"user:{world.bob.pk}"}


def test_a_person_sends_nothing_of_what_others_work_on(world, now, at_noon):
    response = person(world.bob, now)(DEPLOYMENT | {"application": "loans"})
    assert response.status_code == 403
    assert "You may not send events of Loans." in response.json()["detail"]
    assert stored() == []


def test_operations_send_for_any_application(world, now, at_noon):
    assert person(world.olive, now)(DEPLOYMENT | {"application": "loans"}).status_code == 202


def test_events_of_many_applications_cost_few_queries(world, now, at_noon):
    bob = person(world.bob, now)
    applications = ApplicationFactory.create_batch(20, owner=world.acquiring)
    bob(DEPLOYMENT | {"application": "checkout"})
    with CaptureQueriesContext(connection) as queries:
        response = bob([DEPLOYMENT | {"application": one.slug} for one in applications])
    assert response.json()["accepted"] == 20
    assert len(queries) <= 12


def test_an_event_of_an_application_that_is_not_there_yet_is_kept(world, now, at_noon):
    response = person(world.bob, now)(DEPLOYMENT | {"application": "new-shop"})
    assert response.status_code == 202
    assert response.json()["status"] == "failed"
    (event,) = stored()
    assert event.state == EventState.FAILED
    assert event.reason.startswith("There is no application “new-shop”. Register it")
    assert event.processed_at == now


def test_what_is_not_needed_needs_no_application(world, now, at_noon):
    event = cdevent(type="dev.cdevents.build.started.0.3.0")
    event["subject"]["content"] = {}
    assert person(world.bob, now)(event).status_code == 202
    (event,) = stored()
    assert event.application is None


def test_a_pipeline_may_name_its_own_application(pipeline):
    assert pipeline(DEPLOYMENT | {"application": "checkout"}).status_code == 202
    assert pipeline(DEPLOYMENT, query="?application=checkout").status_code == 202


def test_a_pipeline_does_not_learn_which_other_applications_there_are(pipeline):
    told = {
        slug: pipeline(DEPLOYMENT, query=f"?application={slug}") for slug in ("loans", "nothing")
    }
    assert {response.status_code for response in told.values()} == {403}
    there, missing = (response.json()["detail"] for response in told.values())
    assert there == missing.replace("nothing", "loans")


def test_naming_the_own_application_in_the_address_costs_a_pipeline_nothing(pipeline):
    pipeline(cdevent("1"), query="?application=checkout")
    with CaptureQueriesContext(connection) as queries:
        pipeline(cdevent("2"), query="?application=checkout")
    assert len(queries) == 1


@pytest.mark.parametrize("slug", ["nothing", "no%00thing"])
def test_a_person_who_names_no_application_in_the_address_is_told(world, now, at_noon, slug):
    response = person(world.bob, now)(DEPLOYMENT, query=f"?application={slug}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["mend"] == "Register it, or mend it."
    assert stored() == []


def test_an_event_can_be_followed(pipeline, world, now):
    event_id = pipeline(CDEVENT).json()["id"]
    told = pipeline.follow(event_id).json()
    assert told["status"] == "accepted"
    assert told["application"] == "checkout"
    assert told["event_id"] == "271069a8"
    assert person(world.charlie, now).follow(event_id).status_code == 404
    reads = person(world.charlie, now, "reads", [Scope.FACTS_READ])
    assert reads.follow(event_id).status_code == 200
    no_scope = person(world.charlie, now, "kpis", [Scope.KPIS_READ])
    assert no_scope.follow(event_id).status_code == 403


def test_whoever_is_signed_in_follows_an_event_but_sends_none(pipeline, world, client):
    event_id = pipeline(CDEVENT).json()["id"]
    client.force_login(world.audrey)
    assert client.get(f"/api/v1/events/{event_id}").json()["status"] == "accepted"
    response = client.post("/api/v1/events", DEPLOYMENT, content_type="application/json")
    assert response.status_code == 401


def test_what_is_refused_is_kept_for_those_who_mend_it(pipeline, world, now):
    bad = DEPLOYMENT | {"status": "great"}
    assert pipeline(bad).status_code == 400
    assert pipeline(bad).status_code == 400
    (refused,) = RefusedEvent.objects.all()
    assert refused.application == world.checkout
    assert refused.times == 2
    assert refused.status == 400
    assert refused.type == "deployment"
    assert json.loads(bytes(refused.body)) == bad
    (fault,) = refused.faults
    assert fault["pointer"] == "/status"


def test_an_event_is_accepted_while_redis_is_gone(redis_server, pipeline):
    redis_server.stop()
    assert pipeline(CDEVENT).json()["status"] == "accepted"
    assert pipeline([cdevent("1"), cdevent("2")]).json()["accepted"] == 2
    assert len(stored()) == 3
