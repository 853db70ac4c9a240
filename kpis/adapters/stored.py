"""Roll-ups as they are stored: days read back, periods replaced, many scopes at once."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kpis.adapters import bulk
from kpis.adapters.facts import Scope
from kpis.metrics import encoding
from kpis.metrics.days import EPOCH
from kpis.metrics.percentiles import Groups, group
from kpis.metrics.periods import GRAINS
from kpis.metrics.summaries import (
    COUNTS,
    PERCENTILES,
    VALUES,
    Days,
    Frame,
    Ints,
    Run,
    Table,
)

_SCOPES = "unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) WITH ORDINALITY AS s (kind, id, rank)"
_RUNS = "unnest(%(grains)s::text[], %(from_on)s::int[], %(until_on)s::int[]) AS r (grain, from_on, until_on)"
_MATCH = f"""
    p.scope_kind = s.kind AND p.scope_id = s.id AND p.grain = r.grain
    AND p.starts_on >= date '{EPOCH}' + r.from_on AND p.starts_on < date '{EPOCH}' + r.until_on
"""
_READ = f"""
    SELECT s.rank::int - 1, p.starts_on - date '{EPOCH}',
        {", ".join(f"p.{name}" for name in COUNTS)},
        {", ".join(f"p.{name}_values" for name in VALUES)}
    FROM {_SCOPES} CROSS JOIN {_RUNS}
    CROSS JOIN LATERAL (SELECT * FROM kpis_rollup AS p WHERE {_MATCH} OFFSET 0) AS p
"""
_NONE = group(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
_DELETE = f"DELETE FROM kpis_rollup AS p USING {_SCOPES} CROSS JOIN {_RUNS} WHERE {_MATCH}"


def add_stored(days: Days, frame: Frame, scopes: Sequence[Scope]) -> None:
    """Add the days of a frame that are needed as they were summarised before."""
    wanted = {**_keys(scopes), **_runs([("day", run) for run in frame.runs(frame.stored)])}
    if not wanted["grains"]:
        return
    rows = bulk.fetch_binary(_READ, wanted)
    if not rows:
        return
    ranks, numbers, *rest = zip(*rows, strict=True)
    cells = np.array(ranks) * frame.width + np.array(numbers) - frame.first
    days.counts[:, cells] = np.array(rest[: len(COUNTS)])
    for name, sent in zip(VALUES, rest[len(COUNTS) :], strict=True):
        days.values[name].append(_groups(cells, sent))


def replace(frame: Frame, tables: Mapping[str, Table], scopes: Sequence[Scope]) -> None:
    """Make the stored periods of all grains that hold a fresh day equal to tables of them."""
    runs = [(grain, run) for grain in GRAINS for run in frame.runs(frame.days_touched(grain))]
    bulk.execute(_DELETE, {**_keys(scopes), **_runs(runs)})
    days, *longer = (_columns(grain, tables[grain], scopes) for grain in GRAINS)
    # The grain of a row is a day's unless told: without it, rows consist of whole words.
    del days["grain"]
    bulk.copy_encoded(
        "kpis_rollup",
        [*days, *(f"{name}_values" for name in VALUES)],
        encoding.rows_with_values(
            days, [tables["day"].values.get(name, _NONE) for name in VALUES]
        ),
    )
    bulk.copy_encoded("kpis_rollup", list(longer[0]), b"".join(map(encoding.rows, longer)))


def _columns(grain: str, table: Table, scopes: Sequence[Scope]) -> dict[str, NDArray[np.generic]]:
    kinds = np.array([scope.kind for scope in scopes], dtype=np.int16)
    ids = np.array([scope.id for scope in scopes], dtype=np.int64)
    columns: dict[str, NDArray[np.generic]] = {
        "scope_kind": kinds[table.ranks],
        "scope_id": ids[table.ranks],
        "grain": np.full(len(table.ranks), grain.encode()),
        "starts_on": table.starts_on.astype(np.int32),
    }
    for name, counts in zip(COUNTS, table.counts, strict=True):
        columns[name] = counts.astype(np.int32)
    for name, percents in PERCENTILES.items():
        # How many merges are known is already a count, `merged`.
        if name != "merge":
            columns[f"{name}_n"] = table.sizes[name].astype(np.int32)
        for percent, row in zip(percents, table.percentiles[name], strict=True):
            columns[f"{name}_p{percent}"] = row
    return columns


def _keys(scopes: Sequence[Scope]) -> dict[str, list[int]]:
    return {"kinds": [scope.kind for scope in scopes], "ids": [scope.id for scope in scopes]}


def _runs(runs: Sequence[tuple[str, Run]]) -> dict[str, object]:
    return {
        "grains": [grain for grain, _ in runs],
        "from_on": [first for _, (first, _) in runs],
        "until_on": [until for _, (_, until) in runs],
    }


def _groups(cells: Ints, sent: Sequence[bytes]) -> Groups:
    sizes = np.array([len(each) // 4 for each in sent])
    starts, filled = np.cumsum(sizes) - sizes, sizes > 0
    values = np.frombuffer(b"".join(sent), dtype=">i4").astype(np.int32)
    return Groups(cells[filled], starts[filled], sizes[filled], values)
