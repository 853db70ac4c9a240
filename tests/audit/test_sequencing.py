"""The sequencer on the real database: contiguous leaves, each entry once, none lost, none forged."""

import threading
from datetime import timedelta
from itertools import count

import pytest
from django.db import ProgrammingError, connection, transaction

from portal.audit.adapters.keys import KeyFileError, KeyFolder
from portal.audit.adapters.storing import reader
from portal.audit.models import Alarm, Checkpoint, Entry, Leaf, Log, LogKey
from portal.audit.services.checking import check_log
from portal.audit.services.sequencing import (
    BrokenLogError,
    begin_new_log,
    retire_keys,
    rotate_key,
    sequence,
)
from portal.audit.tree import Checkpoint as Statement
from portal.audit.tree import (
    Receipt,
    VerifierKey,
    inclusion_proof,
    leaf_hash,
    open_note,
    root_of,
)
from tests.audit.scene import one, told
from tests.conftest import NOW
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keys(tmp_path):
    return KeyFolder(tmp_path / "keys")


def run(keys, *, now=NOW, **options):
    return sequence(now=now, keys=keys, **options)


def leaves():
    return list(Leaf.objects.order_by("index").values_list("index", "entry_id"))


def known():
    return [VerifierKey.parse(key.text) for key in LogKey.objects.all()]


def raw(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def as_owner(sql, *values, table="audit_entry"):
    """Change a table as its owner can: with the triggers away."""
    raw(f"ALTER TABLE {table} DISABLE TRIGGER {table}_rows")
    raw(sql, *values)
    raw(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows")


def concurrently(*jobs):
    """Run jobs at once, each with a connection of its own; return what they returned or raised."""
    found: list[object] = [None] * len(jobs)

    def work(place, job):
        try:
            found[place] = job()
        except Exception as error:  # noqa: BLE001 - told to the test
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=given) for given in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


# --- Growing --------------------------------------------------------------------------------


def test_the_first_run_makes_a_key_and_signs(keys):
    numbers = told(5)
    assert run(keys) == 5
    assert leaves() == list(enumerate(numbers))
    checkpoint = Checkpoint.objects.get()
    said = Statement.parse(open_note(checkpoint.note, known()).text)
    bodies = Entry.objects.order_by("pk").values_list("body", flat=True)
    assert (said.size, said.root) == (5, root_of(leaf_hash(bytes(body)) for body in bodies))
    assert keys.last_signed() == said


def test_without_news_nothing_is_signed(keys):
    told(1)
    assert [run(keys), run(keys), run(keys)] == [1, 0, 0]
    assert Checkpoint.objects.count() == 1


def test_it_goes_on_in_batches(keys):
    told(7)
    assert [run(keys, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert [index for index, _ in leaves()] == list(range(7))
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [7, 6, 3]


def test_a_receipt_proves_each_entry(keys):
    numbers = told(6)
    run(keys)
    note = Checkpoint.objects.get().note
    node = reader(Log.objects.get())
    for index, number in enumerate(numbers):
        body = bytes(Entry.objects.get(pk=number).body)
        receipt = Receipt(index, tuple(inclusion_proof(index, 6, node)), note)
        assert Receipt.parse(receipt.text).verify(leaf_hash(body), known()).size == 6


def test_a_transaction_that_commits_late_is_not_lost(keys):
    begun, may_end = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            number = one(0)
            begun.set()
            may_end.wait(30)
        return number

    def quick():
        begun.wait(30)
        numbers = told(3)
        run(keys)
        for later in (61, 200, 400):  # however often it sweeps meanwhile
            run(keys, now=NOW + timedelta(seconds=later))
        may_end.set()
        return numbers

    late, numbers = concurrently(slow, quick)
    assert late < min(numbers)
    assert run(keys, now=NOW + timedelta(seconds=500)) == 1
    assert leaves() == list(enumerate([*numbers, late]))


def test_what_was_rolled_back_leaves_no_gap(keys):
    told(2)
    with transaction.atomic():
        one()
        transaction.set_rollback(True)
    told(2)
    assert run(keys) == 4
    assert [index for index, _ in leaves()] == [0, 1, 2, 3]


def test_what_is_swept_is_not_looked_for_again_and_nothing_is_missed(keys):
    told(3)
    last = Entry.objects.latest("pk").pk
    minutes = count()

    def is_swept():
        # Transactions of the whole server are waited for, those of other tests too.
        run(keys, now=NOW + timedelta(minutes=2 * next(minutes)))
        return Log.objects.get().swept_id == last

    wait_until(is_swept, seconds=120, every=0.5)
    told(2)
    assert run(keys, now=NOW + timedelta(days=9)) == 2


def test_of_two_sequencers_one_does_it(keys):
    told(400)
    concurrently(*[lambda: [run(keys, limit=50) for _ in range(12)]] * 3)
    while run(keys):
        pass
    assert [index for index, _ in leaves()] == list(range(400))
    assert len({entry for _, entry in leaves()}) == 400
    assert not Alarm.objects.exists()


def test_one_that_is_killed_in_the_middle_leaves_nothing_half_done(keys, monkeypatch):
    told(4)
    run(keys, limit=2)

    def killed(*_given):
        raise SystemExit

    monkeypatch.setattr("portal.audit.services.sequencing._sign", killed)
    with pytest.raises(SystemExit):
        run(keys)
    monkeypatch.undo()
    assert len(leaves()) == 2
    assert run(keys) == 2
    assert check_log(now=NOW, keys=keys).faults == ()


def test_one_that_is_killed_before_it_remembers_goes_on(keys, monkeypatch):
    told(2)
    monkeypatch.setattr(KeyFolder, "remember", lambda *_given: None)
    run(keys)
    monkeypatch.undo()
    told(1)
    assert run(keys) == 1


# --- Keys -----------------------------------------------------------------------------------


def test_a_key_is_changed_with_an_overlap(keys):
    told(1)
    run(keys)
    old = known()
    rotate_key(actor="command:test", now=NOW + timedelta(days=1), keys=keys)
    run(keys)
    overlapping = Checkpoint.objects.latest("size")
    assert len(open_note(overlapping.note, known()).verified) == 2
    assert open_note(overlapping.note, old).verified == tuple(old)
    assert retire_keys(actor="command:test", now=NOW + timedelta(days=2), keys=keys) == 1
    run(keys)
    latest = Checkpoint.objects.latest("size")
    (signer,) = open_note(latest.note, known()).verified
    assert signer not in old
    assert LogKey.objects.filter(ends_at=None).get().text == str(signer)


def test_a_key_that_others_may_read_signs_nothing(keys):
    told(1)
    run(keys)
    next(keys.path.glob("*.seed")).chmod(0o644)
    told(1)
    with pytest.raises(KeyFileError, match="chmod 600"):
        run(keys)
    assert len(leaves()) == 1


def test_a_file_that_is_no_key_says_so(keys):
    told(1)
    run(keys)
    next(keys.path.glob("*.seed")).write_text("secret")
    told(1)
    with pytest.raises(KeyFileError, match="64 hexadecimal digits"):
        run(keys)


# --- Tampering ------------------------------------------------------------------------------


def damaged(keys, sql, *values, table="audit_entry"):
    """Return what is found wrong after a change behind the portal's back."""
    numbers = told(6)
    run(keys)
    as_owner(sql, *(value if value != "third" else numbers[2] for value in values), table=table)
    return numbers, check_log(now=NOW, keys=keys).faults


def test_a_body_that_was_changed_is_found(keys):
    numbers, faults = damaged(
        keys,
        "UPDATE audit_entry SET body = convert_to(replace(convert_from(body, 'UTF8'), 'alice',"
        " 'mallory'), 'UTF8') WHERE id = %s",
        "third",
    )
    assert f"Entry {numbers[2]}: its bytes do not fit its digest." in faults
    assert any("root that was signed" in fault for fault in faults)
    assert Alarm.objects.filter(settled_at=None).count() == len(faults)


def test_a_body_and_digest_that_were_changed_together_are_found(keys):
    _, faults = damaged(
        keys,
        "UPDATE audit_entry SET actor = 'user:mallory@example.com', body = b.body, digest ="
        " sha256(b.body) FROM (SELECT id, convert_to(replace(convert_from(body, 'UTF8'), 'alice',"
        " 'mallory'), 'UTF8') AS body FROM audit_entry) b WHERE b.id = audit_entry.id AND"
        " audit_entry.id = %s",
        "third",
    )
    assert len(faults) == 1
    assert "do not lead to the root that was signed" in faults[0]


def test_a_column_that_says_something_else_is_found(keys):
    numbers, faults = damaged(
        keys, "UPDATE audit_entry SET actor = 'user:x@example.com' WHERE id = %s", "third"
    )
    assert faults == (f"Entry {numbers[2]}: its columns do not say what its bytes say.",)


def test_a_leaf_that_was_removed_is_found(keys):
    _, faults = damaged(keys, "DELETE FROM audit_leaf WHERE index = 2", table="audit_leaf")
    assert faults[0] == "Leaf 2 is missing: the next is 3."


def test_a_tail_that_was_cut_is_found_and_nothing_is_signed_over_it(keys):
    _, faults = damaged(keys, "DELETE FROM audit_leaf WHERE index >= 4", table="audit_leaf")
    assert "removed from number 4 on" in faults[0]
    with pytest.raises(BrokenLogError):
        run(keys)
    assert Checkpoint.objects.count() == 1


def test_two_leaves_that_were_swapped_are_found(keys):
    _, faults = damaged(
        keys,
        "UPDATE audit_leaf SET index = CASE index WHEN 1 THEN -1 WHEN 2 THEN 1 ELSE index END;"
        "UPDATE audit_leaf SET index = 2 WHERE index = -1",
        table="audit_leaf",
    )
    assert any("their order" in fault for fault in faults)


def test_a_node_that_was_changed_is_found_before_anything_is_signed(keys):
    damaged(
        keys,
        "UPDATE audit_node SET hash = sha256(hash) WHERE level = 2 AND index = 0",
        table="audit_node",
    )
    told(1)
    with pytest.raises(BrokenLogError, match="do not lead to the root"):
        run(keys)
    assert Checkpoint.objects.count() == 1


def test_a_checkpoint_that_was_forged_is_found(keys):
    _, faults = damaged(
        keys,
        "UPDATE audit_checkpoint SET note = replace(note, E'\\n6\\n', E'\\n7\\n')",
        table="audit_checkpoint",
    )
    assert "is not of this text" in faults[0]


def test_a_key_that_was_swapped_is_found(keys, tmp_path):
    told(1)
    run(keys)
    other = KeyFolder(tmp_path / "other")
    other.add(NOW)
    stranger = other.signers(Log.objects.get().origin)[0]
    LogKey.objects.update(text=str(stranger.verifier))
    (fault,) = check_log(now=NOW, keys=keys).faults
    assert "No key that is known here has signed it" in fault


def test_a_backup_that_was_restored_is_found_and_only_a_new_log_goes_on(keys):
    told(4)
    run(keys)
    told(2)
    run(keys)
    as_owner("DELETE FROM audit_leaf WHERE index >= 4", table="audit_leaf")
    as_owner("DELETE FROM audit_node WHERE (index + 1) << level > 4", table="audit_node")
    as_owner("DELETE FROM audit_checkpoint WHERE size > 4", table="audit_checkpoint")
    with pytest.raises(BrokenLogError, match="a backup that was restored"):
        run(keys)
    with pytest.raises(BrokenLogError):
        run(keys)
    assert Alarm.objects.filter(settled_at=None).count() == 1
    log = begin_new_log(
        reason="The disk failed.", actor="command:test", now=NOW + timedelta(hours=1), keys=keys
    )
    assert log.origin.endswith("/2")
    assert run(keys) == Entry.objects.count()
    assert check_log(now=NOW, keys=keys).faults == ()
    assert not Alarm.objects.filter(settled_at=None).exists()


@pytest.mark.parametrize("table", ["audit_leaf", "audit_node", "audit_checkpoint"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET log_id = log_id", "DELETE FROM {}"])
def test_the_log_is_append_only_in_the_database(keys, table, sql):
    told(1)
    run(keys)
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        raw(sql.format(table))
