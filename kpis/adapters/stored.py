"""Day summaries and roll-ups as they are stored: read, replaced, in bulk."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kpis.adapters import bulk
from kpis.adapters.facts import Scope
from kpis.metrics import encoding
from kpis.metrics.summaries import COUNTS, VALUES, Days, Frame, Ints, Table

# Which percentiles a roll-up shows of which values.
PERCENTILES = {
    "lead": (50, 75, 90),
    "coding": (50,),
    "pickup": (50,),
    "review": (50,),
    "merge": (50, 90),
    "recovery": (50, 90),
}
_RANGES = """unnest(%(ranks)s::int[], %(kinds)s::smallint[], %(ids)s::bigint[],
    %(from_on)s::int[], %(until_on)s::int[]) AS r (rank, kind, id, from_on, until_on)"""
_READ = f"""
    SELECT string_agg(int4send(r.rank), ''), string_agg(date_send(d.day), ''),
        {", ".join(f"string_agg(int4send(d.{name}), '')" for name in COUNTS)},
        {", ".join(f"string_agg(int4send(octet_length(d.{name}_values) / 4), '')" for name in VALUES)},
        {", ".join(f"string_agg(d.{name}_values, '')" for name in VALUES)}
    FROM {_RANGES}
    CROSS JOIN LATERAL (
        SELECT * FROM kpis_daysummary AS d WHERE d.scope_kind = r.kind AND d.scope_id = r.id
        AND d.day >= date '2000-01-01' + r.from_on AND d.day < date '2000-01-01' + r.until_on
        OFFSET 0
    ) AS d
"""
_DELETE_DAYS = f"""
    DELETE FROM kpis_daysummary AS d USING {_RANGES}
    WHERE d.scope_kind = r.kind AND d.scope_id = r.id
    AND d.day >= date '2000-01-01' + r.from_on AND d.day < date '2000-01-01' + r.until_on
"""
_DELETE_PERIODS = f"""
    DELETE FROM kpis_rollup AS p USING {_RANGES}
    WHERE p.scope_kind = r.kind AND p.scope_id = r.id AND p.grain = %(grain)s
    AND p.starts_on >= date '2000-01-01' + r.from_on
    AND p.starts_on < date '2000-01-01' + r.until_on
"""


def add_stored(days: Days, frame: Frame, scopes: Sequence[Scope]) -> None:
    """Add the days of a frame that are needed as they were summarised before."""
    if not frame.stored.any():
        return
    ((ranks, day, *rest),) = bulk.fetch_binary(_READ, _ranges(frame, frame.stored, scopes))
    if ranks is None:
        return
    cells = _numbers(ranks) * frame.width + _numbers(day) - frame.first
    counts, rest = rest[: len(COUNTS)], rest[len(COUNTS) :]
    for place, sent in enumerate(counts):
        days.counts[place, cells] = _numbers(sent)
    sizes, values = rest[: len(VALUES)], rest[len(VALUES) :]
    for name, size, sent in zip(VALUES, sizes, values, strict=True):
        days.spread(name, np.repeat(cells, _numbers(size)), _numbers(sent).astype(np.int32))


def replace_days(frame: Frame, table: Table, scopes: Sequence[Scope]) -> None:
    """Make the stored summaries of the fresh days equal to a table of days."""
    bulk.execute(_DELETE_DAYS, _ranges(frame, frame.fresh, scopes))
    columns = {**_scope(table, scopes), "day": table.starts_on.astype(np.int32), **_counts(table)}
    bulk.copy_encoded(
        "kpis_daysummary",
        [*columns, *(f"{name}_values" for name in VALUES)],
        encoding.rows_with_values(columns, [table.values[name] for name in VALUES]),
    )


def replace_periods(frame: Frame, table: Table, scopes: Sequence[Scope], grain: str) -> None:
    """Make the stored roll-ups of the touched periods of a grain equal to a table of them."""
    ranges = _ranges(frame, frame.days_touched(grain), scopes)
    bulk.execute(_DELETE_PERIODS, {**ranges, "grain": grain})
    columns: dict[str, NDArray[np.generic]] = {
        **_scope(table, scopes),
        "grain": np.full(len(table.ranks), grain.encode()),
        "starts_on": table.starts_on.astype(np.int32),
        **_counts(table),
    }
    for name, percents in PERCENTILES.items():
        # How many merges are known is already a count, `merged`.
        if name != "merge":
            columns[f"{name}_n"] = table.sizes(name).astype(np.int32)
        for percent in percents:
            columns[f"{name}_p{percent}"] = table.percentile(name, percent / 100)
    bulk.copy_encoded("kpis_rollup", list(columns), encoding.rows(columns))


def _scope(table: Table, scopes: Sequence[Scope]) -> dict[str, NDArray[np.generic]]:
    kinds = np.array([scope.kind for scope in scopes], dtype=np.int16)
    ids = np.array([scope.id for scope in scopes], dtype=np.int64)
    return {"scope_kind": kinds[table.ranks], "scope_id": ids[table.ranks]}


def _counts(table: Table) -> dict[str, NDArray[np.generic]]:
    return {
        name: counts.astype(np.int32) for name, counts in zip(COUNTS, table.counts, strict=True)
    }


def _ranges(
    frame: Frame, cells: NDArray[np.bool_], scopes: Sequence[Scope]
) -> Mapping[str, object]:
    ranks, begins, ends = (column.tolist() for column in frame.ranges(cells))
    return {
        "ranks": ranks,
        "kinds": [scopes[rank].kind for rank in ranks],
        "ids": [scopes[rank].id for rank in ranks],
        "from_on": begins,
        "until_on": ends,
    }


def _numbers(sent: bytes) -> Ints:
    return np.frombuffer(sent, dtype=">i4").astype(np.int64)
