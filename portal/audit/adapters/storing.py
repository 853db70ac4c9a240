"""The tree of a log in the database: its nodes read one by one, written many at once."""

from collections.abc import Iterable, Sequence
from typing import cast

from django.db import connection
from psycopg import Cursor

from portal.audit.models import Log, Node
from portal.audit.tree import NodeReader


class MissingNodeError(LookupError):
    """A node of the tree is not there."""


def reader(log: Log) -> NodeReader:
    """Return what reads the nodes of a log.

    Raises, when it reads:
        MissingNodeError: the node is not stored.
    """

    def node(level: int, index: int) -> bytes:
        found = Node.objects.filter(log=log, level=level, index=index).values_list("hash")
        row = found.first()
        if row is None:
            message = f"Node {level}/{index} of the tree is missing."
            raise MissingNodeError(message)
        return bytes(row[0])

    return node


def write(
    log: Log,
    leaves: Sequence[tuple[int, int]],
    nodes: Iterable[tuple[int, int, bytes]],
) -> None:
    """Store leaves, as index and number of entry, and nodes, as level, index and hash."""
    with connection.cursor() as wrapper:
        cursor = cast("Cursor[tuple[object, ...]]", wrapper.cursor)
        with cursor.copy("COPY audit_leaf (log_id, index, entry_id) FROM STDIN") as copy:
            for index, entry in leaves:
                copy.write_row((log.pk, index, entry))
        with cursor.copy("COPY audit_node (log_id, level, index, hash) FROM STDIN") as copy:
            for level, index, digest in nodes:
                copy.write_row((log.pk, level, index, digest))
