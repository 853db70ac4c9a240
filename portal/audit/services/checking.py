"""The whole log, checked against what was signed: every night, and by hand."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import rfc8785
from django.db import connection, transaction

from portal.audit.adapters.keys import KeyFolder
from portal.audit.models import Entry, Leaf, Log, LogKey
from portal.audit.services.sequencing import (
    BrokenLogError,
    consistent_tree,
    current_log,
    key_folder,
    raise_alarm,
)
from portal.audit.tree import (
    Checkpoint,
    Frontier,
    NoteError,
    VerifierKey,
    leaf_hash,
    open_note,
)

CHUNK = 5_000
MOST_FAULTS = 100
COLUMNS = ("event", "actor", "subject", "outcome")


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was looked at, and what is wrong with it: none is the good answer."""

    entries: int
    leaves: int
    faults: tuple[str, ...]


def check_log(*, now: datetime, keys: KeyFolder | None = None) -> Checked:
    """Compare every entry with its digest, its columns and its leaf, and the tree with what was signed.

    Reads all bytes once, in the order of the leaves. An alarm stands for each of the first faults.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One picture of everything, whatever is recorded meanwhile.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        log = current_log()
        if log is None:
            return Checked(Entry.objects.count(), 0, ())
        tree = Frontier()
        found: list[str] = []
        for fault in _leaf_faults(log, tree):
            found.append(fault)
            if len(found) == MOST_FAULTS:
                break
        found += _signature_faults(log, tree, keys or key_folder())
        entries = Entry.objects.count()
    for words in found[:MOST_FAULTS]:
        raise_alarm(words, now=now)
    return Checked(entries, tree.size, tuple(found))


def _leaf_faults(log: Log, tree: Frontier) -> Iterator[str]:
    """Yield what is wrong with entries and leaves, growing a tree of what is there."""
    rows = (
        Leaf.objects.filter(log=log)
        .order_by("index")
        .values_list(
            "index",
            "entry_id",
            "entry__body",
            "entry__digest",
            *(f"entry__{name}" for name in COLUMNS),
        )
    )
    for index, number, body, digest, *columns in rows.iterator(chunk_size=CHUNK):
        if index != tree.size:
            yield f"Leaf {tree.size} is missing: the next is {index}."
            return
        tree.append(leaf_hash(bytes(body)))
        yield from _entry_faults(number, bytes(body), bytes(digest), columns)


def _entry_faults(
    number: int, body: bytes, digest: bytes, columns: Sequence[object]
) -> Iterator[str]:
    if hashlib.sha256(body).digest() != digest:
        yield f"Entry {number}: its bytes do not fit its digest."
    try:
        told = json.loads(body)
        is_canonical = rfc8785.dumps(told) == body
    except ValueError:
        yield f"Entry {number}: its bytes are not JSON."
        return
    if not is_canonical:
        yield f"Entry {number}: its bytes are not canonical."
    if [told[name] for name in COLUMNS] != list(columns):
        yield f"Entry {number}: its columns do not say what its bytes say."


def _signature_faults(log: Log, tree: Frontier, keys: KeyFolder) -> Iterator[str]:
    """Yield what is wrong with the tree as it is stored and with its last checkpoint."""
    try:
        stored = consistent_tree(log, keys)
    except BrokenLogError as error:
        yield str(error)
        return
    if stored.size == tree.size and stored.root != tree.root:
        yield (
            f"The bytes of the {tree.size} entries do not lead to the root that was signed: one of"
            " them, or their order, was changed."
        )
    last = log.checkpoints.first()
    if last is None:
        return
    known = [VerifierKey.parse(key.text) for key in LogKey.objects.all()]
    try:
        said = Checkpoint.parse(open_note(last.note, known).text)
    except NoteError as error:
        yield f"The checkpoint at {last.size} leaves: {error}"
        return
    if (said.origin, said.size, said.root) != (log.origin, last.size, bytes(last.root)):
        yield f"The checkpoint at {last.size} leaves says something else than its columns."
