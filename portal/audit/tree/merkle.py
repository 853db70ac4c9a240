"""The Merkle tree of RFC 6962, section 2.1, over SHA-256: roots, proofs, and their verification.

A tree of `size` leaves is the largest full subtree to the left, and the tree of the rest to the
right. Proofs are lists of hashes, in the order in which the RFCs have them. The verifications are
those of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = 32

# The hash of the full subtree at a level (0: leaves), by its place from the left.
NodeReader = Callable[[int, int], bytes]


class ProofError(ValueError):
    """A proof does not show what it should; the message says what is wrong with it."""


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The full subtrees that a tree consists of, largest first: all it takes to go on appending.

    `append` returns the nodes that the leaf completed, as `(level, index, hash)`: the leaf itself
    and each full subtree that ends with it.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append the hash of a leaf."""
        level, index = 0, self.size
        nodes = [(level, index, leaf)]
        while index & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            level, index = level + 1, index >> 1
            nodes.append((level, index, leaf))
        self.hashes.append(leaf)
        self.size += 1
        return nodes

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return _folded(self.hashes)


def frontier(size: int, node: NodeReader) -> Frontier:
    """Return the frontier of a tree of that size from its stored nodes."""
    return Frontier(size, [node(level, index) for level, index in _full_subtrees(0, size)])


def root(size: int, node: NodeReader) -> bytes:
    """Return the root of a tree of that size from its stored nodes."""
    return frontier(size, node).root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over the hashes of leaves."""
    found = Frontier()
    for leaf in leaves:
        found.append(leaf)
    return found.root


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return the proof that a leaf is in a tree (RFC 6962, section 2.1.1).

    Raises:
        ProofError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} leaves has no leaf {index}.")
    return [_range_hash(start, end, node) for start, end in _siblings(index, 0, size)]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Return the proof that a tree is the beginning of another (RFC 6962, section 2.1.2).

    Raises:
        ProofError: the older tree is empty or larger.
    """
    if not 0 < old <= new:
        raise ProofError(f"There is nothing to prove from {old} to {new} leaves.")
    return [] if old == new else list(_consistency(old, 0, new, node, is_known=True))


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Do nothing when a proof shows that a leaf is in the tree with a root.

    Raises:
        ProofError: otherwise.
    """
    _require_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} leaves has no leaf {index}.")
    found = leaf
    for sibling, is_left in _climb(index, size - 1, proof):
        found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    if found != root:
        raise ProofError("The leaf and its proof lead to another root.")


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Do nothing when a proof shows that the tree with one root is the beginning of the other's.

    Raises:
        ProofError: otherwise; also for an empty older tree, of which there is nothing to prove.
    """
    _require_hashes([old_root, new_root, *proof])
    if not 0 < old <= new:
        raise ProofError(f"There is nothing to prove from {old} to {new} leaves.")
    if old == new:
        if proof or old_root != new_root:
            raise ProofError("Trees of one size have one root, and need no proof.")
        return
    path = list(proof)
    if old & (old - 1) == 0:  # a full tree is a node of the new one
        path.insert(0, old_root)
    if not path:
        raise ProofError("The proof is empty.")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling, is_left in _climb(place, last, path[1:]):
        first = node_hash(sibling, first) if is_left else first
        second = node_hash(sibling, second) if is_left else node_hash(second, sibling)
    if first != old_root:
        raise ProofError("The proof leads to another root of the older tree.")
    if second != new_root:
        raise ProofError("The proof leads to another root of the newer tree.")


def _climb(place: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a proof on the way from a node to the root, and whether it is the left.

    Raises:
        ProofError: the proof has more or fewer hashes than the way has steps.
    """
    for sibling in proof:
        if last == 0:
            raise ProofError("The proof is longer than the tree is deep.")
        is_left = bool(place & 1) or place == last
        yield sibling, is_left
        while is_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("The proof is shorter than the tree is deep.")


def _full_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the full subtrees that the leaves `[start, end)` consist of, as level and index."""
    while start < end:
        fitting = (start & -start).bit_length() - 1 if start else end.bit_length()
        level = min(fitting, (end - start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def _range_hash(start: int, end: int, node: NodeReader) -> bytes:
    return _folded([node(level, index) for level, index in _full_subtrees(start, end)])


def _folded(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    *others, found = hashes
    for left in reversed(others):
        found = node_hash(left, found)
    return found


def _siblings(index: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges beside the way from a leaf to the root, the lowest first."""
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _siblings(index, start, middle)
        yield middle, end
    else:
        yield from _siblings(index, middle, end)
        yield start, middle


def _consistency(
    old: int, start: int, end: int, node: NodeReader, *, is_known: bool
) -> Iterator[bytes]:
    if old == end:
        if not is_known:
            yield _range_hash(start, end, node)
        return
    middle = start + _split(end - start)
    if old <= middle:
        yield from _consistency(old, start, middle, node, is_known=is_known)
        yield _range_hash(middle, end, node)
    else:
        yield from _consistency(old, middle, end, node, is_known=False)
        yield _range_hash(start, middle, node)


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"A hash has {HASH_BYTES} bytes.")
