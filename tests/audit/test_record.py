"""What `record` writes, refuses and keeps for ever."""

import hashlib
import json

import pytest
from django.db import DatabaseError, connection, transaction

from portal.audit import services as audit
from portal.audit.events import VOCABULARY, AuditEvent
from portal.audit.models import Entry, FreeText


def opened(now, **changes):
    arguments = {
        "actor": "user:alice@example.com",
        "subject": "application:checkout",
        "now": now,
        "data": {"incident": 7, "severity": 2, "opened_at": "2026-03-04T12:00:00Z"},
        "texts": {"title": "Cards declined"},
    }
    return audit.record(AuditEvent.INCIDENT_OPENED, **(arguments | changes))


def test_the_body_is_canonical_and_its_digest_fits(db, now):
    entry = Entry.objects.get(pk=opened(now))
    body = bytes(entry.body)
    parsed = json.loads(body)
    assert json.dumps(parsed, sort_keys=True, separators=(",", ":")).encode() == body
    assert hashlib.sha256(body).digest() == bytes(entry.digest)
    assert parsed["at"] == "2026-03-04T12:00:00.000000+00:00"
    assert parsed["data"]["incident"] == 7


def test_free_text_is_kept_apart_and_committed_by_salted_hash(db, now):
    entry = Entry.objects.get(pk=opened(now))
    text = FreeText.objects.get(entry=entry)
    assert b"Cards declined" not in bytes(entry.body)
    expected = hashlib.sha256(bytes(text.salt) + b"Cards declined").hexdigest()
    assert json.loads(bytes(entry.body))["texts"] == {"title": expected}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"incident": "7", "severity": 2, "opened_at": ""},
        {"incident": True, "severity": 2, "opened_at": ""},
        {"incident": 7, "severity": 2, "opened_at": "", "more": 1},
    ],
    ids=["missing", "wrong type", "a bool is no int", "unknown name"],
)
def test_data_that_does_not_fit_the_schema_is_refused(db, now, data):
    with pytest.raises(audit.UnknownEventError):
        opened(now, data=data)


def test_an_unknown_free_text_is_refused(db, now):
    with pytest.raises(audit.UnknownEventError, match="gossip"):
        opened(now, texts={"gossip": "x"})


def test_a_body_that_is_too_large_is_refused(db, now):
    with pytest.raises(ValueError, match="at most 61440"):
        opened(now, cause="x" * audit.MAX_BODY_BYTES)


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused(now):
    with pytest.raises(audit.OutsideTransactionError):
        opened(now)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry CASCADE",
        "UPDATE audit_freetext SET text = 'other'",
        "DELETE FROM audit_freetext",
        "TRUNCATE audit_freetext",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_entry",
    ],
)
def test_the_database_refuses_to_change_what_was_recorded(db, now, statement):
    cursor = connection.cursor()
    # As the migration leaves them; tests that commit need them off to flush.
    cursor.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_table")
    cursor.execute("ALTER TABLE audit_freetext ENABLE ALWAYS TRIGGER audit_freetext_table")
    opened(now)
    with pytest.raises(DatabaseError, match="audit"), transaction.atomic():
        cursor.execute(statement)
    assert Entry.objects.count() == 1


def test_a_free_text_can_be_erased_and_nothing_else(db, now):
    opened(now)
    assert FreeText.objects.update(text=None) == 1


@pytest.mark.parametrize("event", AuditEvent)
def test_every_event_has_a_sentence_over_its_own_data(event):
    description = VOCABULARY[event]
    values = {name: kind("7") for name, kind in description.data.items()}
    assert description.sentence.format(actor="Ada", subject="checkout", **values)


def test_many_events_are_recorded_as_one_by_one(db, now):
    data = {"changes": "tier: 2 → 1"}
    told = [(f"application:a{number}", data) for number in range(3)]
    one_by_one = [
        audit.record(
            AuditEvent.APPLICATION_CHANGED,
            actor="user:alice@example.com",
            subject=subject,
            now=now,
            data=data,
            cause="descriptor:x",
        )
        for subject, data in told
    ]
    written = audit.record_many(
        (audit.Happening(AuditEvent.APPLICATION_CHANGED, subject, data) for subject, data in told),
        actor="user:alice@example.com",
        now=now,
        cause="descriptor:x",
    )
    assert written == 3
    entries = list(Entry.objects.order_by("id"))
    for single, bulk in zip(entries[:3], entries[3:], strict=True):
        assert single.pk in one_by_one
        bodies = [json.loads(bytes(entry.body)) for entry in (single, bulk)]
        assert bodies[0].pop("nonce") != bodies[1].pop("nonce")
        assert bodies[0] == bodies[1]
        assert hashlib.sha256(bytes(bulk.body)).digest() == bytes(bulk.digest)
        for column in ("at", "event", "actor", "subject", "outcome"):
            assert getattr(single, column) == getattr(bulk, column)


@pytest.mark.django_db(transaction=True)
def test_many_events_outside_a_transaction_or_the_schema_are_refused(now):
    wrong = audit.Happening(AuditEvent.APPLICATION_CHANGED, "application:a", {"changes": 1})
    with pytest.raises(audit.OutsideTransactionError):
        audit.record_many([wrong], actor="user:a@example.com", now=now)
    with transaction.atomic(), pytest.raises(audit.UnknownEventError):
        audit.record_many([wrong], actor="user:a@example.com", now=now)
    assert not Entry.objects.exists()
