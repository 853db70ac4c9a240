"""Bad input at the door: each is a clear refusal with its mend, nothing is lost, nothing half."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from portal.api.services.tokens import revoke_token
from portal.api.types import Scope, TokenKind, make_secret
from portal.core.problems import MEDIA_TYPE
from portal.integrations.models import ReceivedEvent, RefusedEvent
from portal.integrations.services.door import forget_refusals
from tests.api.tokens import bearer, pipeline_token
from tests.integrations.events.sending import (
    ADDRESS,
    CDEVENT,
    CLOUDEVENT,
    DEPLOYMENT,
    Sender,
    cdevent,
)

BINARY = {
    "ce-specversion": "1.0",
    "ce-id": "271069a8",
    "ce-source": "/ci/checkout",
    "ce-type": "dev.cdevents.service.deployed.0.3.0",
}
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
DEEP = b'{"context":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def raw(**fields):
    """Return a plain event as bytes, with some fields more."""
    return json.dumps(DEPLOYMENT | fields).encode()


def less(event, *names):
    return {name: value for name, value in event.items() if name not in names}


def nested(depth):
    value: object = "x"
    for _ in range(depth):
        value = {"a": value}
    return cdevent() | {"customData": value}


# What is sent, how, and the answer: its status, the place of the fault, and the mend.
CASES = {
    "nothing": (b" ", {}, 400, "#", "Correct the syntax there."),
    "malformed": (b'{"type": "deployment",}', {}, 400, "#", "Correct the syntax there."),
    "cut short": (raw()[:-10], {}, 400, "#", "Correct the syntax there."),
    "two documents": (raw() + raw(), {}, 400, "#", "Correct the syntax there."),
    "a text": (b'"deployment"', {}, 400, "#", "Send a JSON object."),
    "null": (b"null", {}, 400, "#", "Send a JSON object."),
    "duplicate keys": (
        raw()[:-1] + b', "version": "2"}',
        {},
        400,
        "#",
        "Keep one of them.",
    ),
    "NaN": (b'{"type": NaN}', {}, 400, "#", "Use null where there is no number."),
    "endless number": (b'{"type": 1e999}', {}, 400, "#", "Write it as text."),
    "long integer": (b'{"type": ' + b"9" * 5000 + b"}", {}, 400, "#", "Write it as text."),
    "invalid UTF-8": (raw()[:-1] + b', "\xff": 1}', {}, 400, "#", "Encode the body as UTF-8."),
    "UTF-16": (raw().decode().encode("utf-16"), {}, 400, "#", "Encode the body as UTF-8."),
    "NUL": (raw(version="1\0"), {}, 400, "#/version", "Leave it out."),
    "raw NUL": (b'{"type": "\0"}', {}, 400, "#", "Correct the syntax there."),
    "surrogate": (raw(version="\ud800"), {}, 400, "#/version", "Send the whole character"),
    "deep nesting": (DEEP, {}, 400, None, "Send a flatter document."),
    "too deep": (nested(60), {}, 400, None, "Send a flatter document."),
    "wrong content type": (raw(), {"kind": "text/plain"}, 415, "Content-Type", "Send application"),
    "a form": (
        b"type=deployment",
        {"kind": "application/x-www-form-urlencoded"},
        415,
        "Content-Type",
        "Send application",
    ),
    "other charset": (
        raw(),
        {"kind": "application/json; charset=latin-1"},
        415,
        "Content-Type",
        "Send application",
    ),
    "compressed": (
        raw(),
        {"headers": {"Content-Encoding": "gzip"}},
        415,
        "Content-Encoding",
        "Send it as it is.",
    ),
    "10 MB": (b" " * (10 * 1024 * 1024 + 1), {}, 413, "#", "Send at most 10,485,760 bytes"),
    "large": (raw(title="x" * 1024 * 1024), {}, 413, "#", "Send at most 1,048,576 bytes"),
    "large in a batch": (
        [cdevent() | {"customData": {"x": "x" * 1024 * 1024}}],
        {},
        400,
        "#/0",
        "Send at most 1,048,576.",
    ),
    "empty batch": ([], {}, 400, "#", "Send 1 to 10,000"),
    "batch of 10,001": ([1] * 10_001, {}, 413, "#", "Send 1 to 10,000"),
    "batch of nothing good": ([1, {}], {}, 400, "#/0", "Send a JSON object."),
    "batch in a batch": ([[DEPLOYMENT]], {}, 400, "#/0", "Send a JSON object."),
    "no type": (less(DEPLOYMENT, "type"), {}, 400, "#/type", "Send a type: deployment"),
    "unknown type": ({"type": "party"}, {}, 400, "#/type", "Send a type: deployment"),
    "odd type": ({"type": ["deployment"]}, {}, 400, "#/type", "Send a type: deployment"),
    "unknown CDEvent": (
        cdevent(type="dev.cdevents.service.exploded.0.3.0"),
        {},
        400,
        "#/context/type",
        "Send a type of CDEvents 0.5.1",
    ),
    "old CDEvent": (
        cdevent(type="dev.cdevents.service.deployed.0.1.0"),
        {},
        400,
        "#/context/type",
        "Send version 0.3.0",
    ),
    "CDEvent without an id": (
        cdevent() | {"context": less(CDEVENT["context"], "id")},
        {},
        400,
        "#/context/id",
        "Send it.",
    ),
    "long id": (cdevent("x" * 251), {}, 400, "#/context/id", "Send at most 250."),
    "long source": (cdevent(source="x" * 301), {}, 400, "#/context/source", "Send at most 300."),
    "in the future": (
        cdevent(timestamp="2026-03-05T12:00:01Z"),
        {},
        400,
        "#/context/timestamp",
        "Set the clock of the sender",
    ),
    "ancient": (
        cdevent(timestamp="1999-12-31T23:59:59Z"),
        {},
        400,
        "#/context/timestamp",
        "Send when it really happened.",
    ),
    "no such day": (
        cdevent(timestamp="2026-02-29T12:00:00Z"),
        {},
        400,
        "#/context/timestamp",
        "Send RFC 3339",
    ),
    "plain in the future": (
        DEPLOYMENT | {"finished_at": "2027-03-04T12:00:00Z"},
        {},
        400,
        "#/finished_at",
        "Set the clock",
    ),
    "plain and ancient": (
        DEPLOYMENT | {"finished_at": "0001-01-01T00:00:00Z"},
        {},
        400,
        "#/finished_at",
        "Send when it",
    ),
    "other application": (
        DEPLOYMENT | {"application": "loans"},
        {},
        403,
        "#/application",
        "Leave the application out",
    ),
    "unknown application": (
        DEPLOYMENT | {"application": "nothing"},
        {},
        403,
        "#/application",
        "Leave the application out",
    ),
    "other application in the address": (
        DEPLOYMENT,
        {"query": "?application=loans"},
        403,
        "#/application",
        "Leave the application out",
    ),
    "unknown application in the address": (
        DEPLOYMENT,
        {"query": "?application=no%00thing"},
        403,
        "#/application",
        "Leave the application out",
    ),
    "CloudEvent as plain JSON": (CLOUDEVENT, {}, 400, "#", "Send it as application/cloudevents"),
    "CloudEvent that is none": (DEPLOYMENT, {"kind": STRUCTURED}, 400, "#/id", "Send it."),
    "CloudEvents of old": (
        CLOUDEVENT | {"specversion": "0.3"},
        {"kind": STRUCTURED},
        400,
        "#/specversion",
        "Use one of: 1.0.",
    ),
    "CloudEvent with a list": ([CLOUDEVENT], {"kind": STRUCTURED}, 400, "#", "Send a JSON object"),
    "CloudEvent without data": (
        less(CLOUDEVENT, "data"),
        {"kind": STRUCTURED},
        400,
        "#/data",
        "Send the event",
    ),
    "CloudEvent in Base64": (
        less(CLOUDEVENT, "data") | {"data_base64": "e30="},
        {"kind": STRUCTURED},
        400,
        "#/data_base64",
        "Send it as",
    ),
    "CloudEvent of XML": (
        CLOUDEVENT | {"datacontenttype": "text/xml"},
        {"kind": STRUCTURED},
        400,
        "#/datacontenttype",
        "Send the data as application/json.",
    ),
    "CloudEvent that contradicts": (
        CLOUDEVENT | {"id": "other"},
        {"kind": STRUCTURED},
        400,
        "#/id",
        "Send the same id in both.",
    ),
    "CloudEvent with a long id": (
        CLOUDEVENT | {"id": "x" * 251},
        {"kind": STRUCTURED},
        400,
        "#/id",
        "Send at most 250.",
    ),
    "CloudEvent of something else": (
        CLOUDEVENT | {"type": "com.example.party", "data": {"cake": 1}},
        {"kind": STRUCTURED},
        400,
        "#/data/type",
        "Send a type",
    ),
    "CloudEvent with a faulty event": (
        CLOUDEVENT | {"data": less(CDEVENT, "subject")},
        {"kind": STRUCTURED},
        400,
        "#/data/subject",
        "Send it.",
    ),
    "batch that is one": (CLOUDEVENT, {"kind": BATCH}, 400, "#", "Send a JSON array"),
    "no ce-id": (CDEVENT, {"headers": less(BINARY, "ce-id")}, 400, "ce-id", "Send it."),
    "no ce-type": (CDEVENT, {"headers": less(BINARY, "ce-type")}, 400, "ce-type", "Send it."),
    "no ce-source": (
        CDEVENT,
        {"headers": less(BINARY, "ce-source")},
        400,
        "ce-source",
        "Send it.",
    ),
    "no ce-specversion": (
        CDEVENT,
        {"headers": less(BINARY, "ce-specversion")},
        400,
        "ce-specversion",
        "Send it.",
    ),
    "odd ce-time": (
        CDEVENT,
        {"headers": BINARY | {"ce-time": "noon"}},
        400,
        "ce-time",
        "Send RFC 3339",
    ),
    "ce-id that contradicts": (
        CDEVENT,
        {"headers": BINARY | {"ce-id": "other"}},
        400,
        "ce-id",
        "Send the same id in both.",
    ),
    "binary batch": ([CDEVENT], {"headers": BINARY}, 400, "#", "Send a JSON object."),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_input_is_refused_with_its_place_and_its_mend(pipeline, case):
    sent, how, status, place, mend = case
    response = pipeline(sent, **how)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == MEDIA_TYPE
    told = response.json()
    assert told["status"] == status
    assert told["detail"]
    fault = told["errors"][0]
    assert fault["detail"]
    assert fault["mend"].startswith(mend)
    if place is not None:
        assert fault.get("pointer", fault.get("parameter", "")) == place
    assert not ReceivedEvent.objects.exists()
    # It is where the people who can mend it find it.
    assert RefusedEvent.objects.exists()


def test_the_good_ones_of_a_batch_are_stored_and_the_others_told(pipeline):
    sent = [DEPLOYMENT, {"type": "party"}, DEPLOYMENT | {"application": "loans"}]
    response = pipeline(sent)
    assert response.status_code == 202
    good, unknown, foreign = response.json()["events"]
    assert good["status"] == "accepted"
    assert (unknown["code"], foreign["code"]) == (400, 403)
    assert ReceivedEvent.objects.count() == 1


def test_a_body_in_chunks_is_asked_for_whole(pipeline):
    response = pipeline.client.post(
        ADDRESS, content_type="application/json", headers={"Content-Length": ""}
    )
    assert response.status_code == 411
    assert response.json()["errors"][0]["parameter"] == "Content-Length"


def no_token(world, now):
    return {}


def mistyped(world, now):
    return {"Authorization": "Bearer qd_pipeline_x"}


def never_issued(world, now):
    return {"Authorization": f"Bearer {make_secret(TokenKind.PIPELINE).text}"}


def basic(world, now):
    return {"Authorization": "Basic Ym9iOmJvYg=="}


def expired(world, now):
    issued = pipeline_token(
        world.checkout,
        by=world.bob,
        now=now - timedelta(days=2),
        scopes=[Scope.EVENTS_WRITE],
        days=1,
    )
    return bearer(issued)


def revoked(world, now):
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.EVENTS_WRITE])
    revoke_token(token=issued.token, actor=world.bob, now=now)
    return bearer(issued)


def out_of_scope(world, now):
    scopes = [scope for scope in Scope if scope is not Scope.EVENTS_WRITE]
    return bearer(pipeline_token(world.checkout, by=world.bob, now=now, scopes=scopes))


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        (no_token, 401, "send a token"),
        (mistyped, 401, "no token of Quarterdeck"),
        (never_issued, 401, "No such token was issued"),
        (basic, 401, "Send the token as"),
        (expired, 401, "expired on 2026-03-03"),
        (revoked, 401, "was revoked on 2026-03-04"),
        (out_of_scope, 403, "events:write"),
    ],
)
def test_who_may_not_send_is_told_why_and_nothing_is_kept(world, now, headers, status, words):
    response = Sender(headers(world, now))(DEPLOYMENT)
    assert response.status_code == status
    assert response["Content-Type"] == MEDIA_TYPE
    assert words in response.json()["detail"]
    assert "WWW-Authenticate" in response
    assert not ReceivedEvent.objects.exists()
    assert not RefusedEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_events_are_sent_with_post(pipeline, method):
    response = getattr(pipeline.client, method)(ADDRESS)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_an_event_is_read_only(pipeline):
    event_id = pipeline(CDEVENT).json()["id"]
    response = pipeline.client.delete(f"{ADDRESS}/{event_id}")
    assert response.status_code == 405
    assert response["Allow"] == "GET"


def test_without_the_database_it_is_asked_for_again(pipeline, monkeypatch, settings):
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    connection.close()
    response = pipeline(DEPLOYMENT)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "nothing was stored" in response.json()["detail"]


def test_a_flood_of_the_same_mistake_is_kept_once(pipeline):
    for _ in range(5):
        pipeline([{"type": f"party-{number}"} for number in range(30)])
    assert RefusedEvent.objects.count() == 20
    assert set(RefusedEvent.objects.values_list("times", flat=True)) == {5}


def test_of_very_many_faults_the_first_hundred_are_told_and_kept(pipeline):
    many = DEPLOYMENT | {f"x{number}": 1 for number in range(500)}
    assert len(pipeline(many).json()["errors"]) == 100
    assert len(pipeline([DEPLOYMENT, many]).json()["events"][1]["errors"]) == 100
    assert [len(refused.faults) for refused in RefusedEvent.objects.all()] == [100]


def test_a_stranger_learns_nothing_of_an_event(pipeline):
    event_id = pipeline(CDEVENT).json()["id"]
    assert Client().get(f"{ADDRESS}/{event_id}").status_code == 401


def test_a_refusal_that_nobody_repeats_is_forgotten(pipeline, now, settings):
    settings.EVENT_REFUSALS_KEPT_DAYS = 90
    pipeline({"type": "party"})
    assert forget_refusals(now=now + timedelta(days=90)) == 0
    assert forget_refusals(now=now + timedelta(days=91)) == 1
    assert not RefusedEvent.objects.exists()
