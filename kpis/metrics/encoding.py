"""Columns of numbers written as the rows of PostgreSQL's binary `COPY`, without a loop per row.

Source of the format: PostgreSQL documentation, COPY, "Binary Format". A row is the number of its
fields in 16 bits, and for each field its length in 32 bits and its bytes; all big-endian.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kpis.metrics.percentiles import Groups

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = -1

Columns = Mapping[str, NDArray[np.generic]]


def rows(columns: Columns) -> bytes:
    """Return rows of columns of fixed width, in the order given.

    Numbers keep their own width, bytes too; a float that is not a number is null.
    """
    table, kept = _fixed(columns, len(columns))
    plain = table.view(np.uint8).reshape(len(table), table.itemsize)
    return (plain if kept.all() else plain[kept]).tobytes()


def rows_with_values(columns: Columns, values: Sequence[Groups]) -> bytes:
    """Return rows of columns of fixed width, followed by one column of bytes per group.

    The bytes are the group's values as big-endian 32-bit integers. The fixed columns must fill
    whole 32-bit words, so that everything here can move by words.
    """
    table, kept_bytes = _fixed(columns, len(columns) + len(values))
    fixed = table.view(np.uint32).reshape(len(table), table.itemsize // 4)
    kept = kept_bytes[:, ::4]
    widths = kept.sum(axis=1)
    sizes = np.zeros((len(table), len(values)), dtype=np.int64)
    for place, groups in enumerate(values):
        sizes[groups.keys, place] = groups.sizes
    lengths = widths + len(values) + sizes.sum(axis=1)
    offsets = np.cumsum(lengths) - lengths
    words = np.empty(int(lengths.sum()), dtype=np.uint32)
    # The kept words of a row stand next to each other.
    shifts = np.repeat(offsets - (np.cumsum(widths) - widths), widths)
    words[shifts + np.arange(len(shifts))] = fixed[kept]
    offsets += widths
    for place, groups in enumerate(values):
        words[offsets] = (sizes[:, place] * 4).astype(">i4").view(np.uint32)
        offsets += 1
        shifts = np.repeat(offsets[groups.keys] - groups.starts, groups.sizes)
        words[shifts + np.arange(len(shifts))] = groups.values.astype(">i4").view(np.uint32)
        offsets += sizes[:, place]
    return words.tobytes()


def _fixed(columns: Columns, fields: int) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """Return all fields with their sizes, and which of the bytes of each row to keep."""
    layout = [("fields", ">i2")]
    for name, values in columns.items():
        layout += [(f"{name} size", ">i4"), (name, values.dtype.newbyteorder(">").str)]
    table = np.empty(len(next(iter(columns.values()))), dtype=layout)
    kept = np.ones((len(table), table.itemsize), dtype=np.bool_)
    table["fields"] = fields
    offset = table.dtype["fields"].itemsize
    for name, values in columns.items():
        table[f"{name} size"] = values.dtype.itemsize
        table[name] = values
        offset += 4
        end = offset + values.dtype.itemsize
        if values.dtype.kind == "f" and (missing := np.isnan(values.astype(np.float64))).any():
            table[f"{name} size"][missing] = _NULL
            kept[missing, offset:end] = False
        offset = end
    return table, kept
