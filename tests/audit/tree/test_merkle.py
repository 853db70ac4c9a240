"""The tree: every proof verifies, and nothing else does."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    frontier,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LARGEST = 200
LEAVES = [leaf_hash(str(number).encode()) for number in range(LARGEST)]
NODES = {}
ROOTS = [EMPTY_ROOT]


def build():
    tree = Frontier()
    for leaf in LEAVES:
        NODES.update({(level, index): value for level, index, value in tree.append(leaf)})
        ROOTS.append(tree.root)


build()


def node(level, index):
    return NODES[level, index]


def recursive(leaves):
    """Return the root by the definition of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(1 << power for power in range(9) if 1 << power < len(leaves))
    return node_hash(recursive(leaves[:split]), recursive(leaves[split:]))


def test_roots_are_those_of_the_definition():
    for size in range(LARGEST + 1):
        assert ROOTS[size] == recursive(LEAVES[:size]) == root_of(LEAVES[:size])
        assert root(size, node) == ROOTS[size]


def test_every_proof_up_to_200_leaves_verifies():
    for size in range(1, LARGEST + 1):
        for index in range(size):
            verify_inclusion(
                leaf=LEAVES[index],
                index=index,
                size=size,
                proof=inclusion_proof(index, size, node),
                root=ROOTS[size],
            )
        for old in range(1, size + 1):
            verify_consistency(
                old=old,
                new=size,
                old_root=ROOTS[old],
                new_root=ROOTS[size],
                proof=consistency_proof(old, size, node),
            )


def test_a_tree_goes_on_from_what_is_stored():
    for size in range(LARGEST):
        tree = frontier(size, node)
        assert (tree.size, tree.root) == (size, ROOTS[size])
        assert tree.append(LEAVES[size])[0] == (0, size, LEAVES[size])
        assert tree.root == ROOTS[size + 1]


@st.composite
def spoilt(draw, proof):
    """Return a proof with a bit flipped, two hashes swapped, one dropped, or one put in."""
    proof = list(proof)
    kinds = ["insert", *(["flip", "drop"] if proof else []), *(["swap"] if len(proof) > 1 else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "insert":
        place = draw(st.integers(0, len(proof)))
        return [*proof[:place], draw(st.sampled_from(LEAVES)), *proof[place:]]
    place = draw(st.integers(0, len(proof) - 1))
    if kind == "drop":
        return [*proof[:place], *proof[place + 1 :]]
    if kind == "flip":
        bit = draw(st.integers(0, 255))
        flipped = bytearray(proof[place])
        flipped[bit // 8] ^= 1 << bit % 8
        return [*proof[:place], bytes(flipped), *proof[place + 1 :]]
    other = draw(st.integers(0, len(proof) - 2))
    other += other >= place
    proof[place], proof[other] = proof[other], proof[place]
    return proof


@given(st.data())
def test_a_proof_of_inclusion_that_was_touched_proves_nothing(data):
    size = data.draw(st.integers(1, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    proof = data.draw(spoilt(inclusion_proof(index, size, node)))
    with pytest.raises(ProofError):
        verify_inclusion(leaf=LEAVES[index], index=index, size=size, proof=proof, root=ROOTS[size])


@given(st.data())
def test_a_proof_of_consistency_that_was_touched_proves_nothing(data):
    size = data.draw(st.integers(1, LARGEST))
    old = data.draw(st.integers(1, size))
    proof = data.draw(spoilt(consistency_proof(old, size, node)))
    with pytest.raises(ProofError):
        verify_consistency(
            old=old, new=size, old_root=ROOTS[old], new_root=ROOTS[size], proof=proof
        )


@given(st.data())
def test_a_proof_proves_its_own_leaf_place_size_and_root_alone(data):
    size = data.draw(st.integers(2, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    told = {
        "leaf": LEAVES[index],
        "index": index,
        "size": size,
        "proof": inclusion_proof(index, size, node),
        "root": ROOTS[size],
    }
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index))
    for wrong in ({"leaf": LEAVES[other]}, {"index": other}, {"root": ROOTS[size - 1]}):
        with pytest.raises(ProofError):
            verify_inclusion(**{**told, **wrong})


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5)])
def test_of_nothing_there_is_nothing_to_prove(old, new):
    with pytest.raises(ProofError):
        consistency_proof(old, new, node)
    with pytest.raises(ProofError):
        verify_consistency(old=old, new=new, old_root=ROOTS[0], new_root=ROOTS[5], proof=[])


@pytest.mark.parametrize("index", [-1, 5])
def test_a_leaf_that_is_not_there_has_no_proof(index):
    with pytest.raises(ProofError, match="no leaf"):
        inclusion_proof(index, 5, node)
    with pytest.raises(ProofError, match="no leaf"):
        verify_inclusion(leaf=LEAVES[0], index=index, size=5, proof=[], root=ROOTS[5])


def test_a_hash_has_32_bytes():
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(leaf=b"x", index=0, size=1, proof=[], root=ROOTS[1])
