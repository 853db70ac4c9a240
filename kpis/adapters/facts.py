"""Facts of many scopes at once, read into arrays by set-based SQL.

A query answers with one row of byte strings, one per column, in which the values of all facts
stand one after another: no object per fact is made on this side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from kpis.adapters import bulk
from kpis.metrics.days import day_numbers, midnights
from kpis.metrics.summaries import Days, Frame

# With more applications than this a scope's facts are found by time, else application by
# application.
WIDE = 1000
_EPOCH_AT = datetime(2000, 1, 1, tzinfo=UTC)
_Range = tuple[datetime, datetime]
_STAGES = ("lead", "coding", "pickup", "review", "merge")


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope as the roll-ups last saw it."""

    kind: int
    id: int
    zone: str
    applications: int


@dataclass(frozen=True, slots=True)
class _Source:
    """A table of facts: when each counts, which do, and what is read of them, null-free."""

    table: str
    at: str
    condition: str
    columns: tuple[str, ...]


_CHANGES = _Source(
    "kpis_changeindeployment",
    "live_at",
    "f.credited AND f.environment_id = ANY(m.environments)",
    (
        "int4send(f.is_bot::int)",
        *(f"int4send(coalesce(f.{stage}_seconds, -1))" for stage in _STAGES),
    ),
)
_DEPLOYMENTS = _Source(
    "kpis_deployment",
    "finished_at",
    "f.status IN ('SUCCEEDED', 'FAILED') AND f.environment_id = ANY(m.environments)",
    (
        "int4send((f.status = 'SUCCEEDED')::int + 2 * f.failed::int + 4 * f.unplanned::int)",
        "timestamptz_send(coalesce(f.recovered_at, '-infinity'))",
    ),
)
_INCIDENTS = _Source(
    "kpis_incident",
    "opened_at",
    "(f.environment_id IS NULL OR f.environment_id = ANY(m.environments))",
    (),
)
_RANGES = """unnest(%(ranks)s::int[], %(kinds)s::smallint[], %(ids)s::bigint[],
    %(from_at)s::timestamptz[], %(until_at)s::timestamptz[]) AS r (rank, kind, id, from_at, until_at)"""
# OFFSET 0 keeps the planner from turning the look-ups by index into one scan of all facts.
_NARROW = """
    SELECT {columns} FROM {ranges}
    JOIN kpis_scopemember AS m ON m.scope_kind = r.kind AND m.scope_id = r.id
    CROSS JOIN LATERAL (
        SELECT * FROM {table} AS f WHERE f.application_id = m.application_id
        AND f.{at} >= r.from_at AND f.{at} < r.until_at OFFSET 0
    ) AS f
    WHERE {condition}
"""
_WIDE = """
    SELECT {columns} FROM {ranges}
    CROSS JOIN LATERAL (
        SELECT * FROM {table} AS f
        WHERE f.{at} >= r.from_at AND f.{at} < r.until_at OFFSET 0
    ) AS f
    JOIN kpis_scopemember AS m ON m.application_id = f.application_id
        AND m.scope_kind = %(kind)s AND m.scope_id = %(id)s
    WHERE {condition}
"""


class FactsReader:
    """Reads the facts of the fresh days of a frame, of which `scopes` are the ranks."""

    def __init__(self, frame: Frame, scopes: Sequence[Scope]) -> None:
        self._frame = frame
        self._scopes = scopes
        self._zones = sorted({scope.zone for scope in scopes})
        self._zone_of_rank = np.array([self._zones.index(scope.zone) for scope in scopes])
        self._narrow, self._wide = self._parameters()

    def read(self) -> Days:
        """Return what the facts tell of the fresh days."""
        days = Days.empty(self._frame)
        for ranks, at, (bots, *spans) in self._answers(_CHANGES):
            stages = {stage: _numbers(span) for stage, span in zip(_STAGES, spans, strict=True)}
            days.add_changes(self._cells(ranks, at), _numbers(bots) == 1, stages)
        for ranks, at, (flags, recovered) in self._answers(_DEPLOYMENTS):
            marks = _numbers(flags)
            days.add_deployments(
                self._cells(ranks, at),
                succeeded=marks & 1 > 0,
                failed=marks & 2 > 0,
                unplanned=marks & 4 > 0,
                recovery=_seconds(at, _instants(recovered)),
            )
        for ranks, at, _ in self._answers(_INCIDENTS):
            days.count("incidents", self._cells(ranks, at))
        return days

    def _answers(
        self, source: _Source
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int64], list[bytes]]]:
        columns = ("int4send(r.rank)", f"timestamptz_send(f.{source.at})", *source.columns)
        names = {
            "columns": ", ".join(f"string_agg({column}, '')" for column in columns),
            "ranges": _RANGES,
            "table": source.table,
            "at": source.at,
            "condition": source.condition,
        }
        answers = []
        asked = [(_NARROW, self._narrow)] if self._narrow["ranks"] else []
        for statement, parameters in [*asked, *((_WIDE, each) for each in self._wide)]:
            ((ranks, at, *rest),) = bulk.fetch_binary(statement.format(**names), parameters)
            if ranks is not None:
                answers.append((_numbers(ranks).astype(np.int64), _instants(at), rest))
        return answers

    def _cells(self, ranks: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
        frame, days = self._frame, np.empty(len(at), dtype=np.int64)
        zones = self._zone_of_rank[ranks]
        for number, zone in enumerate(self._zones):
            here = zones == number
            days[here] = day_numbers(at[here], first=frame.first, count=frame.width, zone=zone)
        return ranks * frame.width + days - frame.first

    def _parameters(self) -> tuple[Mapping[str, object], list[Mapping[str, object]]]:
        """Return the ranges of all narrow scopes together, and of each wide scope."""
        narrow: dict[int, list[_Range]] = {}
        wide: dict[int, list[_Range]] = {}
        for rank, first, until in zip(*self._frame.ranges(self._frame.fresh), strict=True):
            scope = self._scopes[rank]
            begins = midnights(int(first), int(until - first) + 1, scope.zone)
            kept = narrow if scope.applications <= WIDE else wide
            kept.setdefault(int(rank), []).append((_moment(begins[0]), _moment(begins[-1])))
        return self._arrays(narrow), [
            {**self._arrays({rank: ranges}), "kind": scope.kind, "id": scope.id}
            for rank, ranges in wide.items()
            for scope in [self._scopes[rank]]
        ]

    def _arrays(self, ranges: Mapping[int, list[_Range]]) -> Mapping[str, object]:
        rows = [(rank, *each) for rank, those in ranges.items() for each in those]
        return {
            "ranks": [rank for rank, _, _ in rows],
            "kinds": [self._scopes[rank].kind for rank, _, _ in rows],
            "ids": [self._scopes[rank].id for rank, _, _ in rows],
            "from_at": [from_at for _, from_at, _ in rows],
            "until_at": [until_at for _, _, until_at in rows],
        }


def _numbers(sent: bytes) -> NDArray[np.int32]:
    return np.frombuffer(sent, dtype=">i4").astype(np.int32)


def _instants(sent: bytes) -> NDArray[np.int64]:
    return np.frombuffer(sent, dtype=">i8").astype(np.int64)


def _seconds(begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return whole seconds, -1 where the end is missing, which is minus infinity, or before."""
    ordered = end >= begin
    spans = np.full(len(begin), -1, dtype=np.int64)
    spans[ordered] = (end[ordered] - begin[ordered]) // 1_000_000
    return spans.astype(np.int32)


def _moment(instant: np.int64) -> datetime:
    return _EPOCH_AT + timedelta(microseconds=int(instant))
