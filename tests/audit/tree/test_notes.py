"""Notes, checkpoints and receipts: what is taken, and what is refused."""

import base64

import pytest

from portal.audit.tree import (
    Checkpoint,
    Frontier,
    NoteError,
    ProofError,
    Receipt,
    Signer,
    VerifierKey,
    inclusion_proof,
    leaf_hash,
    open_note,
    signed,
    split_note,
)

LOG = Signer("portal.example.com/audit", bytes(range(32)))
NEXT = Signer("portal.example.com/audit", bytes(range(1, 33)))
WITNESS = Signer("internal-audit", bytes(range(2, 34)))
TEXT = Checkpoint("portal.example.com/audit", 7, bytes(32)).text


def test_a_rotation_signs_with_both_keys_and_either_is_enough():
    note = signed(TEXT, [LOG.sign(TEXT), NEXT.sign(TEXT)])
    for known in ([LOG], [NEXT], [LOG, NEXT]):
        opened = open_note(note, [signer.verifier for signer in known])
        assert (opened.text, len(opened.verified)) == (TEXT, len(known))


def test_a_cosignature_says_when_and_counts_only_as_one():
    note = signed(TEXT, [LOG.sign(TEXT), WITNESS.cosign(TEXT, 1_700_000_000)])
    verified = open_note(note, [LOG.verifier, WITNESS.witness]).verified
    assert verified == (LOG.verifier, WITNESS.witness)
    with pytest.raises(NoteError, match="No key"):
        open_note(signed(TEXT, [WITNESS.cosign(TEXT, 1)]), [WITNESS.verifier])


def test_a_cosignature_of_another_time_is_none():
    line = WITNESS.cosign(TEXT, 1_700_000_000)
    name, data = split_note(signed(TEXT, [line]))[1][0]
    moved = data[:4] + (1_600_000_000).to_bytes(8, "big") + data[12:]
    forged = f"\N{EM DASH} {name} {base64.b64encode(moved).decode()}\n"
    with pytest.raises(NoteError, match="not of this text"):
        open_note(signed(TEXT, [forged]), [WITNESS.witness])


def test_any_bit_of_a_note_counts():
    note = signed(TEXT, [LOG.sign(TEXT)]).encode()
    for place in range(len(note)):
        for bit in range(8):
            touched = bytearray(note)
            touched[place] ^= 1 << bit
            with pytest.raises(NoteError):
                open_note(touched.decode(errors="replace"), [LOG.verifier])


def test_a_note_without_a_newline_at_its_end_is_not_signed():
    with pytest.raises(NoteError, match="newline"):
        signed("text", [])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb"])
def test_a_name_of_a_key_has_no_spaces_and_no_plus(name):
    with pytest.raises(NoteError, match="no name"):
        VerifierKey(name, bytes(32))


@pytest.mark.parametrize("given", [{"public": bytes(31)}, {"algorithm": 7}])
def test_a_key_is_an_ed25519_key(given):
    with pytest.raises(NoteError, match="not an Ed25519 key"):
        VerifierKey(**{"name": "log", "public": bytes(32), **given})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n7\n",
        "origin\n+7\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n07\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n1_0\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n٣\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n7\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "origin\n7\nnot base64\n",
        "\n7\n" + base64.b64encode(bytes(32)).decode() + "\n",
        "origin\n7\n" + base64.b64encode(bytes(32)).decode(),
        "origin\n7\n" + base64.b64encode(bytes(32)).decode() + "\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_extension_lines_are_passed_over():
    assert Checkpoint.parse(TEXT + "more\n").size == 7


@pytest.fixture
def receipt():
    tree, nodes = Frontier(), {}
    for number in range(5):
        for level, index, value in tree.append(leaf_hash(bytes([number]))):
            nodes[level, index] = value
    text = Checkpoint("portal.example.com/audit", 5, tree.root).text
    proof = tuple(inclusion_proof(3, 5, lambda level, index: nodes[level, index]))
    return Receipt(3, proof, signed(text, [LOG.sign(text)]))


def test_a_receipt_proves_its_leaf_to_who_has_the_key(receipt):
    read = Receipt.parse(receipt.text)
    assert read == receipt
    assert read.verify(leaf_hash(b"\x03"), [LOG.verifier]).size == 5
    with pytest.raises(ProofError):
        read.verify(leaf_hash(b"\x02"), [LOG.verifier])
    with pytest.raises(NoteError):
        read.verify(leaf_hash(b"\x03"), [WITNESS.verifier])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 3", "index 03"),
        ("index 3", "index"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_receipt_is_refused(receipt, before, after):
    text = receipt.text.replace(before, after, 1)
    with pytest.raises((NoteError, ProofError)):
        Receipt.parse(text).verify(leaf_hash(b"\x03"), [LOG.verifier])
