"""What pages and the command say of the log: proofs, receipts, keys, alarms."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.audit.adapters.keys import KeyFolder
from portal.audit.models import Entry, LogKey
from portal.audit.services.sequencing import raise_alarm, sequence
from portal.audit.tree import Receipt, VerifierKey, leaf_hash
from tests.audit.scene import told
from tests.conftest import NOW


@pytest.fixture
def keys(settings, tmp_path):
    settings.AUDIT_KEY_DIR = tmp_path / "keys"
    return KeyFolder(settings.AUDIT_KEY_DIR)


@pytest.fixture
def auditor(client, world):
    client.force_login(world.audrey)
    return client


def command(*arguments):
    output = StringIO()
    call_command("audit_log", *arguments, stdout=output)
    return output.getvalue()


def verified(receipt, body):
    known = [VerifierKey.parse(key.text) for key in LogKey.objects.all()]
    return Receipt.parse(receipt).verify(leaf_hash(body), known)


def test_a_receipt_and_its_bytes_prove_an_entry_without_the_portal(auditor, keys):
    number = told(3)[1]
    sequence(now=NOW, keys=keys)
    page = auditor.get(f"/audit/{number}/").content.decode()
    assert "Leaf 1 of" in page
    receipt = auditor.get(f"/audit/{number}/receipt.txt").content.decode()
    body = auditor.get(f"/audit/{number}/body.json").content
    assert body == bytes(Entry.objects.get(pk=number).body)
    assert verified(receipt, body).size == 3
    assert verified(command("receipt", str(number)), body).size == 3


def test_an_entry_that_is_not_sequenced_yet_says_so(auditor, keys):
    (number,) = told(1)
    assert "no place in the log yet" in auditor.get(f"/audit/{number}/").content.decode()
    assert auditor.get(f"/audit/{number}/receipt.txt").status_code == 404
    with pytest.raises(CommandError, match="no place in the log yet"):
        command("receipt", str(number))


def test_an_entry_that_is_not_there_has_no_receipt(db, keys):
    with pytest.raises(CommandError, match="no entry 7"):
        command("receipt", "7")


def test_the_page_of_the_log_shows_what_was_signed_and_by_whom(auditor, keys):
    assert "No log yet" in auditor.get("/audit/log/").content.decode()
    assert "No log has begun" in command("status")
    told(2)
    sequence(now=NOW, keys=keys)
    page = auditor.get("/audit/log/").content.decode()
    assert (
        str(LogKey.objects.get()).replace("+", "&#x2B;") in page
        or str(LogKey.objects.get()) in page
    )
    assert "Nothing is wrong" in page
    assert str(LogKey.objects.get()) in command("status")


def test_an_alarm_stands_on_the_page_and_in_the_command(auditor, keys):
    told(1)
    sequence(now=NOW, keys=keys)
    raise_alarm("Leaf 2 is missing: the next is 3.", now=NOW)
    raise_alarm("Leaf 2 is missing: the next is 3.", now=NOW)
    assert auditor.get("/audit/log/").content.decode().count("Leaf 2 is missing") == 1
    assert "ALARM Leaf 2" in command("status")


def test_keys_are_changed_and_a_log_is_begun_by_command(db, keys):
    with pytest.raises(CommandError, match="No log has begun"):
        command("rotate-key")
    told(1)
    sequence(now=NOW, keys=keys)
    assert "Signs as well" in command("rotate-key")
    assert "1 older key retired" in command("retire-keys")
    assert "0 older keys retired" in command("retire-keys")
    assert "/2" in command("begin", "--reason", "A test.")


@pytest.mark.django_db(transaction=True)
def test_the_command_checks_everything(keys):
    told(2)
    sequence(now=NOW, keys=keys)
    assert command("check") == "2 entries, 2 of them in the log.\n"
    (keys.path / "signed").write_text("nonsense")
    with pytest.raises(CommandError, match="does not hold a checkpoint"):
        command("check")


@pytest.mark.parametrize("path", ["log/", "1/receipt.txt", "1/body.json"])
@pytest.mark.parametrize("who", ["bob", "eve"])
def test_only_readers_of_the_trail_see_it(client, world, keys, path, who):
    client.force_login(getattr(world, who))
    assert client.get(f"/audit/{path}").status_code == 403
