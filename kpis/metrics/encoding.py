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


def rows(columns: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Return rows of columns of fixed width, in the order given.

    Numbers keep their own width, bytes too; a float that is not a number is null.
    """
    table = _fixed(columns)
    nulls = [name for name, values in columns.items() if values.dtype.kind == "f"]
    kept = np.ones((len(table), table.itemsize), dtype=np.bool_)
    for name in nulls:
        missing = np.isnan(columns[name].astype(np.float64))
        table[f"{name} size"][missing] = _NULL
        offset = table.dtype.fields[name][1]  # type: ignore[index]
        kept[missing, offset : offset + table.dtype[name].itemsize] = False
    plain = table.view(np.uint8).reshape(kept.shape)
    return (plain if kept.all() else plain[kept]).tobytes()


def rows_with_values(
    columns: Mapping[str, NDArray[np.generic]], values: Sequence[Groups]
) -> bytes:
    """Return rows of columns of fixed width, followed by one column of bytes per group.

    The bytes are the group's values as big-endian 32-bit integers. The fixed columns must fill
    whole 32-bit words, so that everything here can move by words.
    """
    table = _fixed(columns, more=len(values))
    count = len(table)
    fixed = table.view(np.uint32).reshape(count, table.itemsize // 4)
    sizes = np.zeros((count, len(values)), dtype=np.int64)
    for place, groups in enumerate(values):
        sizes[groups.keys, place] = groups.sizes
    lengths = fixed.shape[1] + len(values) + sizes.sum(axis=1)
    offsets = np.cumsum(lengths) - lengths
    words = np.empty(int(lengths.sum()), dtype=np.uint32)
    words[offsets[:, None] + np.arange(fixed.shape[1])] = fixed
    offsets += fixed.shape[1]
    for place, groups in enumerate(values):
        words[offsets] = (sizes[:, place] * 4).astype(">i4").view(np.uint32)
        offsets += 1
        shift = np.repeat(offsets[groups.keys] - groups.starts, groups.sizes)
        words[shift + np.arange(len(shift))] = groups.values.astype(">i4").view(np.uint32)
        offsets += sizes[:, place]
    return words.tobytes()


def _fixed(columns: Mapping[str, NDArray[np.generic]], more: int = 0) -> NDArray[np.void]:
    fields = [("fields", ">i2")]
    for name, values in columns.items():
        fields += [(f"{name} size", ">i4"), (name, values.dtype.newbyteorder(">").str)]
    table = np.empty(len(next(iter(columns.values()))), dtype=fields)
    table["fields"] = len(columns) + more
    for name, values in columns.items():
        table[f"{name} size"] = values.dtype.itemsize
        table[name] = values
    return table
