"""Browsing the audit trail: who may, what each row says, filters, pages and export."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.audit import selectors, services
from portal.audit.events import AuditEvent, plain_label, sentence
from portal.audit.models import Entry, FreeText
from portal.audit.policies import NotAReaderError


@pytest.fixture
def trail(world, now):
    """Three things that happened, an hour apart, the newest last."""
    return [
        services.record(
            AuditEvent.INCIDENT_OPENED,
            actor="user:alice@example.com",
            subject="application:checkout",
            now=now,
            data={"incident": 7, "severity": 2, "opened_at": "2026-03-04T12:00:00Z"},
            texts={"title": "Cards <b>declined</b>"},
        ),
        services.record(
            AuditEvent.MEMBER_REMOVED,
            actor="user:olive@example.com",
            subject="team:acquiring",
            now=now + timedelta(hours=1),
            data={"person": "user:bob@example.com"},
        ),
        services.record(
            AuditEvent.DEPLOYMENTS_RECORDED,
            actor="system:import",
            subject="application:checkout",
            now=now + timedelta(hours=2),
            data={"deployments": 3, "changes": 12, "source": "git"},
        ),
    ]


@pytest.fixture
def auditor(client, world):
    client.force_login(world.audrey)
    return client


def shown(response):
    return [entry.pk for entry in response.context["entries"]]


@pytest.mark.parametrize("name", ["olive", "audrey"])
def test_operations_and_auditors_read_the_trail_and_find_it_in_the_navigation(
    client, world, trail, name
):
    client.force_login(getattr(world, name))
    response = client.get("/audit/")
    assert shown(response) == trail[::-1]
    assert '<a href="/audit/" aria-current="page">' in " ".join(response.text.split())


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "eve"])
@pytest.mark.parametrize("path", ["/audit/", "/audit/?format=csv", "/audit/1/"])
def test_others_are_told_who_may_and_see_no_link(client, world, name, path):
    client.force_login(getattr(world, name))
    response = client.get(path)
    assert response.status_code == 403
    assert "Auditors and operations read the audit trail" in response.text
    assert 'href="/audit/"' not in response.text


def test_a_row_is_a_sentence_with_its_free_texts_escaped(auditor, trail):
    text = " ".join(auditor.get("/audit/").text.split())
    assert "alice@example.com opened incident 7 on checkout" in text
    assert "Title: Cards &lt;b&gt;declined&lt;/b&gt;" in text
    assert "The portal (import) recorded 3 deployments and 12 changes of checkout" in text


def test_an_erased_text_is_said_to_be_erased(auditor, trail):
    FreeText.objects.update(text=None)
    assert "Title: erased" in " ".join(auditor.get("/audit/").text.split())
    assert "Only its salted hash is left" in auditor.get(f"/audit/{trail[0]}/").text


def test_an_event_that_has_left_the_vocabulary_is_still_readable(world, now):
    told = sentence("old.event", actor="user:a@example.com", subject="team:x", data={})
    assert told == "a@example.com: old.event on x"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("user:ada@example.com", "ada@example.com"),
        ("application:checkout", "checkout"),
        ("system:rollups", "The portal (rollups)"),
        ("command:seed_demo", "The command seed_demo"),
        ("nothing", "nothing"),
    ],
)
def test_labels_read_as_words(label, words):
    assert plain_label(label) == words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("event=kpis.incident.opened", [0]),
        ("actor=user:olive@example.com", [1]),
        ("actor=olive@example.com", [1]),
        ("actor=import", [2]),
        ("subject=application:checkout", [2, 0]),
        ("subject=checkout", [2, 0]),
        ("subject=acquiring", [1]),
        ("subject=application:acquiring", []),
        ("subject=checkout&actor=alice@example.com", [0]),
        ("from_on=2026-03-04&to_on=2026-03-04", [2, 1, 0]),
        ("from_on=2026-03-05", []),
        ("to_on=2026-03-03", []),
    ],
)
def test_filters_choose_the_entries(auditor, trail, query, expected):
    assert shown(auditor.get(f"/audit/?{query}")) == [trail[index] for index in expected]


def test_days_are_those_of_the_readers_zone(client, world, trail):
    world.audrey.zone = "Pacific/Auckland"
    world.audrey.save()
    client.force_login(world.audrey)
    # 12:00 UTC on the 4th is 01:00 on the 5th in Auckland.
    assert shown(client.get("/audit/?from_on=2026-03-05&to_on=2026-03-05")) == trail[::-1]
    assert shown(client.get("/audit/?to_on=2026-03-04")) == []


@pytest.mark.parametrize("query", ["from_on=soon", "from_on=9999-12-31", "event=x", "actor=%00"])
def test_a_filter_that_cannot_be_read_shows_nothing_and_says_why(auditor, trail, query):
    response = auditor.get(f"/audit/?{query}")
    assert shown(response) == []
    assert "errorlist" in response.text


def test_an_entry_shows_its_bytes_and_that_they_fit(auditor, trail):
    response = auditor.get(f"/audit/{trail[0]}/")
    stored = Entry.objects.get(pk=trail[0])
    assert json.loads(response.context["pretty"]) == json.loads(bytes(stored.body))
    assert hashlib.sha256(bytes(stored.body)).hexdigest() in response.text
    assert "Fits the bytes" in response.text
    assert "Fits its hash" in response.text


def test_an_entry_that_was_tampered_with_says_so(auditor, trail):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_rows")
        cursor.execute("UPDATE audit_entry SET digest = 'x' WHERE id = %s", [trail[0]])
        cursor.execute("ALTER TABLE audit_freetext DISABLE TRIGGER audit_freetext_update")
        cursor.execute("UPDATE audit_freetext SET text = 'Other'")
    text = auditor.get(f"/audit/{trail[0]}/").text
    assert "Does not fit the bytes" in text
    assert "Does not fit its hash" in text


def test_an_entry_that_is_not_there_is_not_found(auditor):
    assert auditor.get("/audit/0/").status_code == 404


def test_pages_lead_through_everything_in_few_queries(auditor, now):
    for number in range(120):
        services.record(
            AuditEvent.INCIDENT_ATTRIBUTED,
            actor="user:bob@example.com",
            subject="application:checkout",
            now=now + timedelta(seconds=number // 3),
            data={"incident": number, "cause": "v1", "rule": "PERSON"},
            texts={"reason": f"Because {number}"},
        )
    seen, url = [], "/audit/?subject=application:checkout"
    while url:
        with CaptureQueriesContext(connection) as queries:
            response = auditor.get(url)
        assert len(queries) <= 12
        asked = [query["sql"] for query in queries if "audit_entry" in query["sql"]]
        assert "COUNT(" not in " ".join(asked)
        seen += shown(response)
        after = response.context["page"].after
        url = (
            f"/audit/?subject=application:checkout&place={after.replace('+', '%2B')}"
            if after
            else ""
        )
    assert seen == list(Entry.objects.order_by("-at", "-pk").values_list("pk", flat=True))


def test_an_htmx_request_gets_the_table_alone(auditor, trail):
    response = auditor.get("/audit/", headers={"HX-Request": "true"})
    assert response.text.strip().startswith('<div id="table"')
    assert shown(response) == trail[::-1]


def test_an_export_has_every_entry_and_leaves_one_itself(auditor, world, trail):
    response = auditor.get("/audit/?format=csv&subject=checkout")
    lines = list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))
    assert [int(line["number"]) for line in lines] == [trail[2], trail[0]]
    assert lines[1]["texts"] == "title: Cards <b>declined</b>"
    assert lines[1]["at"] == "2026-03-04T12:00:00Z"
    left = Entry.objects.latest("pk")
    assert (left.event, left.actor) == ("audit.trail.exported", "user:audrey@example.com")
    assert selectors.entry_view(left).body["data"] == {"rows": 2, "filters": "subject=checkout"}


def test_an_export_that_is_too_large_is_refused_with_the_way_out(auditor, trail, monkeypatch):
    monkeypatch.setattr("portal.audit.views.LARGEST_EXPORT", 2)
    response = auditor.get("/audit/?format=csv", follow=True)
    assert "More than 2 entries fit. Choose a shorter time" in response.text
    assert not Entry.objects.filter(event=AuditEvent.TRAIL_EXPORTED).exists()


def test_an_export_by_somebody_else_is_refused_by_the_service_too(world, now):
    with pytest.raises(NotAReaderError):
        services.record_export(rows=1, filters="", actor=world.bob, now=now)
    assert Entry.objects.count() == 0


def test_the_empty_trail_offers_a_next_step(auditor):
    assert "Nothing has happened yet" in auditor.get("/audit/").text
