"""The tree, notes and canonical bytes of the audit trail held to the vectors of their standards.

The packs lie beside the project in `shared/conformance` and in every folder that the environment
variable `CONFORMANCE_EXTRA` lists.
"""

import base64
import csv
import hashlib
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from portal.audit.tree import (
    EMPTY_ROOT,
    Checkpoint,
    Frontier,
    NoteError,
    ProofError,
    Signer,
    VerifierKey,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    open_note,
    root,
    signed,
    verify_consistency,
    verify_inclusion,
)
from portal.core.strict_json import JsonError, read_json

SHARED = Path(__file__).parents[3] / "shared"
EXTRA = [Path(path) for path in os.environ.get("CONFORMANCE_EXTRA", "").split(os.pathsep) if path]
ROOTS = [SHARED / "conformance", *EXTRA]
ABSENT = pytest.mark.skip(reason="no audit vectors in ../shared or CONFORMANCE_EXTRA")
LARGEST = 130


def packs(file):
    """Return a file of each pack, read."""
    paths = [root / "audit" / file for root in ROOTS]
    return [json.loads(path.read_text()) for path in paths if path.exists()]


def cases(file, *members, name="id"):
    """Return a parameter per case of a member of a file of each pack."""
    found = []
    for number, pack in enumerate(packs(file)):
        for member in members:
            for position, case in enumerate(pack[member]):
                prefix = f"extra{number}/" if number else ""
                told = f"{prefix}{member}/{position}/{case.get(name, '')}"
                found.append(pytest.param(case, id=told))
    return found or [pytest.param(None, id="absent", marks=ABSENT)]


def whole(file):
    return [pytest.param(pack, id=str(number)) for number, pack in enumerate(packs(file))] or [
        pytest.param(None, id="absent", marks=ABSENT)
    ]


def decoded(hashes):
    return [base64.b64decode(one) for one in hashes or ()]


def is_refused(verify, **given):
    try:
        verify(**given)
    except ProofError:
        return True
    return False


def spaced(proof):
    return "".join(f" {one.hex()}" for one in proof)


class Tree:
    """A tree that keeps its nodes."""

    def __init__(self, leaves=()):
        self.frontier, self.nodes = Frontier(), {}
        for leaf in leaves:
            for level, index, value in self.frontier.append(leaf):
                self.nodes[level, index] = value

    def __call__(self, level, index):
        return self.nodes[level, index]


# --- RFC 6962 -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("merkle-rfc6962/inclusion_probes.json", "cases"))
def test_an_inclusion_proof_shows_what_it_should_and_nothing_else(case):
    refused = is_refused(
        verify_inclusion,
        leaf=base64.b64decode(case["leafHash"]),
        index=case["leafIdx"],
        size=case["treeSize"],
        proof=decoded(case["proof"]),
        root=base64.b64decode(case["root"]),
    )
    assert refused is case["wantErr"]


@pytest.mark.parametrize("case", cases("merkle-rfc6962/consistency_probes.json", "cases"))
def test_a_consistency_proof_shows_what_it_should_and_nothing_else(case):
    refused = is_refused(
        verify_consistency,
        old=case["size1"],
        new=case["size2"],
        old_root=base64.b64decode(case["root1"]),
        new_root=base64.b64decode(case["root2"]),
        proof=decoded(case["proof"]),
    )
    assert refused is case["wantErr"]


@pytest.mark.parametrize("pack", whole("merkle-rfc6962/reference_tree.json"))
def test_the_reference_tree_is_ours(pack):
    leaves = [leaf_hash(bytes.fromhex(one)) for one in pack["leafInputs_hex"]]
    for size, wanted in enumerate(pack["roots_by_size_hex"]):
        tree = Tree(leaves[:size])
        assert tree.frontier.root.hex() == root(size, tree).hex() == wanted
    tree = Tree(leaves)
    for level, hashes in enumerate(pack["nodeHashes_by_level_hex"]):
        assert [tree(level, index).hex() for index in range(len(hashes))] == hashes
    for case in pack["inclusion"]:
        proof = inclusion_proof(case["leafIdx"], case["treeSize"], tree)
        assert [one.hex() for one in proof] == case["proof"]
    for case in pack["consistency"]:
        proof = consistency_proof(case["size1"], case["size2"], tree)
        assert [one.hex() for one in proof] == case["proof"]


@pytest.mark.parametrize("case", cases("merkle-rfc6962/reference_tree.json", "hasher", name="op"))
def test_leaves_and_nodes_are_hashed_as_the_rfc_says(case):
    inputs = [bytes.fromhex(one) for one in case["inputs"]]
    hashers: dict[str, Callable[..., bytes]] = {
        "empty_root": lambda: EMPTY_ROOT,
        "leaf": leaf_hash,
        "node": node_hash,
    }
    assert hashers[case["op"]](*inputs).hex() == case["want"]


@pytest.mark.parametrize("pack", whole("merkle-rfc6962/reference_tree.json"))
def test_all_roots_and_proofs_up_to_130_leaves_add_up(pack):
    tree = Tree([leaf_hash(bytes([number])) for number in range(LARGEST)])
    sizes = range(1, LARGEST + 1)
    lines = {
        "root": (f"{n} {root(n, tree).hex()}\n" for n in range(LARGEST + 1)),
        "inclusion": (
            f"{i} {n}{spaced(inclusion_proof(i, n, tree))}\n" for n in sizes for i in range(n)
        ),
        "consistency": (
            f"{m} {n}{spaced(consistency_proof(m, n, tree))}\n"
            for n in sizes
            for m in range(1, n + 1)
        ),
    }
    for case in pack["accumulated"]["derived_here_plain_tree"]:
        digest = hashlib.sha256()
        for line in lines[case["name"]]:
            digest.update(line.encode())
        assert digest.hexdigest() == case["sha256"], case["name"]


# --- C2SP signed notes ----------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("signed-note/notes.json", "verifier_keys", name="vkey"))
def test_a_verifier_key_is_read_or_refused(case):
    if case["expect"] == "reject":
        with pytest.raises(NoteError):
            VerifierKey.parse(case["vkey"])
        return
    key = VerifierKey.parse(case["vkey"])
    assert (key.name, key.id.hex(), key.public.hex()) == (
        case["name"],
        case["key_id"],
        case["public_hex"],
    )
    assert str(key) == case["vkey"]


@pytest.mark.parametrize("case", cases("signed-note/notes.json", "open", name="name"))
def test_a_note_is_opened_or_refused(case):
    keys = [VerifierKey.parse(key) for key in case["keys"]]
    note = base64.b64decode(case["note_base64"]).decode(errors="replace")
    if case["expect"] == "reject":
        with pytest.raises(NoteError):
            open_note(note, keys)
        return
    assert [key.name for key in open_note(note, keys).verified] == case["verified"]


@pytest.mark.parametrize("case", cases("signed-note/notes.json", "sign", name="key_name"))
def test_signing_gives_the_same_bytes(case):
    signer = Signer(case["key_name"], bytes.fromhex(case["TEST_ONLY_seed_hex"]))
    note = signed(case["text"], [signer.sign(case["text"])])
    assert note == case["signed_note"]
    assert open_note(note, [signer.verifier]).text == case["text"]
    if "log" in case["key_name"]:
        assert Checkpoint.parse(case["text"]).text == case["text"]


# --- RFC 8785, as the library that we stand on does it ----------------------------------------


def triples():
    folders = [root / "audit" / "jcs-rfc8785" for root in ROOTS]
    found = [
        pytest.param(path, id=f"{number}/{path.stem}")
        for number, folder in enumerate(folders)
        for path in sorted((folder / "input").glob("*.json"))
    ]
    return found or [pytest.param(None, id="absent", marks=ABSENT)]


@pytest.mark.parametrize("path", triples())
def test_canonical_json_is_as_the_rfc_says(path):
    wanted = bytes.fromhex((path.parents[1] / "outhex" / f"{path.stem}.txt").read_text())
    assert rfc8785.dumps(json.loads(path.read_text())) == wanted


@pytest.mark.parametrize("pack", whole("jcs-rfc8785/appendix_b_numbers.json"))
def test_numbers_are_written_as_the_rfc_says(pack):
    for case in pack["vectors"]:
        number = struct.unpack(">d", bytes.fromhex(case["ieee754_hex"]))[0]
        if case["expected"] is None:
            with pytest.raises(rfc8785.CanonicalizationError):
                rfc8785.dumps(number)
        else:
            assert rfc8785.dumps(number).decode() == case["expected"]


def number_lines():
    found = [
        pytest.param(path, id=path.stem)
        for root in ROOTS
        for path in sorted((root / "audit" / "jcs-rfc8785").glob("es6numbers_*.csv"))
    ]
    return found or [pytest.param(None, id="absent", marks=ABSENT)]


@pytest.mark.parametrize("path", number_lines())
def test_thousands_of_numbers_are_written_as_ecmascript_does(path):
    with path.open(newline="") as file:
        for bits, wanted in csv.reader(file):
            number = struct.unpack(">d", bytes.fromhex(bits.zfill(16)))[0]
            assert rfc8785.dumps(number).decode() == wanted


@pytest.mark.parametrize("case", cases("jcs-rfc8785/edge_cases.json", "canonical", name="desc"))
def test_edges_are_canonical(case):
    assert rfc8785.dumps(json.loads(case["input_json_text"])).hex() == case["canonical_hex"]


@pytest.mark.parametrize(
    "case", cases("jcs-rfc8785/edge_cases.json", "reject_policy", name="desc")
)
def test_what_has_no_canonical_form_is_refused(case):
    with pytest.raises(rfc8785.CanonicalizationError):
        rfc8785.dumps(json.loads(case["input_json_text"]))


@pytest.mark.parametrize(
    "case", cases("jcs-rfc8785/edge_cases.json", "parser_policy", name="desc")
)
def test_what_is_no_plain_json_is_refused(case):
    with pytest.raises(JsonError):
        read_json(case["input_json_text"].encode())


# --- Ed25519, as the library that we stand on does it -----------------------------------------


def verifies(public, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("pack", whole("ed25519/wycheproof_ed25519_test.json"))
def test_no_signature_that_is_not_one_is_taken(pack):
    for group in pack["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            found = verifies(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert found is (case["result"] == "valid"), case["tcId"]


@pytest.mark.parametrize("case", cases("ed25519/rfc8032_7_1.json", "vectors", name="name"))
def test_signatures_are_those_of_the_rfc(case):
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"]))
    assert key.public_key().public_bytes_raw().hex() == case["public"]
    assert key.sign(bytes.fromhex(case["message"])).hex() == case["signature"]
