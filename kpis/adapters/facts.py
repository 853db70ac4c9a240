"""Facts of many scopes at once, read into arrays by set-based SQL.

A query answers with one row of byte strings, one per column, in which the values of all facts
stand one after another: no object per fact is made on this side. A fact is read once, whatever
the number of scopes that it counts in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from kpis.adapters import bulk
from kpis.metrics.days import day_numbers, midnights
from kpis.metrics.summaries import STAGES, Days, Frame, Ints
from kpis.models import ScopeKind

COMPANY = ScopeKind.COMPANY.value
_EPOCH_AT = datetime(2000, 1, 1, tzinfo=UTC)

_MEMBERS = """
    SELECT string_agg(int4send(s.rank::int - 1), ''), string_agg(int8send(m.application_id), '')
    FROM unnest(%(kinds)s::smallint[], %(ids)s::bigint[]) WITH ORDINALITY AS s (kind, id, rank)
    JOIN kpis_scopemember AS m ON m.scope_kind = s.kind AND m.scope_id = s.id
"""

# What is read of each table of facts: when it counts, which do, and seven numbers: the
# application is added to each. Flags tell a change (1, bot 2), a deployment (4, succeeded 8,
# failed 16, unplanned 32) and an incident (64); an unknown span is -1.
_SPANS = ", ".join(f"coalesce({stage}_seconds, -1) AS {stage}" for stage in STAGES)
_NONE = ", ".join("-1" for _ in STAGES[1:])
_FACTS = (
    f"""SELECT application_id, environment_id, live_at AS at, 1 + 2 * is_bot::int AS flags, {_SPANS}
    FROM kpis_changeindeployment WHERE {{live_at}} AND credited""",
    f"""SELECT application_id, environment_id, finished_at, 4 + 8 * (status = 'SUCCEEDED')::int
        + 16 * failed::int + 32 * unplanned::int,
        CASE WHEN recovered_at >= finished_at
            THEN floor(extract(epoch FROM recovered_at - finished_at))::int ELSE -1 END, {_NONE}
    FROM kpis_deployment WHERE {{finished_at}} AND status IN ('SUCCEEDED', 'FAILED')""",
    f"""SELECT application_id, environment_id, opened_at, 64, -1, {_NONE}
    FROM kpis_incident WHERE {{opened_at}}""",
)
_COLUMNS = ", ".join(
    f"string_agg({column}, '')"
    for column in (
        "int8send(f.application_id)",
        "timestamptz_send(f.at)",
        "int4send(f.flags)",
        *(f"int4send(f.{stage})" for stage in STAGES),
    )
)
_WINDOWS = (
    "unnest(%(from_at)s::timestamptz[], %(until_at)s::timestamptz[]) AS w (from_at, until_at)"
)
# Every application counts in the company, so its row there tells what is production.
_COMPANY = f"m.scope_kind = {COMPANY} AND m.scope_id = 0"
_PRODUCTION = "f.environment_id IS NULL OR f.environment_id = ANY(m.environments)"
_IN_WINDOW = "{at} >= w.from_at AND {at} < w.until_at"


def _facts(*conditions: str) -> str:
    """Return one query of all facts that meet some conditions, in which `{at}` is their time.

    OFFSET 0 keeps the planner from turning the look-ups by index into one scan of all facts.
    """
    every = {
        at: " AND ".join(conditions).replace("{at}", at)
        for at in ("live_at", "finished_at", "opened_at")
    }
    return " UNION ALL ".join(f"({part.format(**every)} OFFSET 0)" for part in _FACTS)


_BY_TIME = f"""
    SELECT {_COLUMNS} FROM {_WINDOWS}
    CROSS JOIN LATERAL ({_facts(_IN_WINDOW)}) AS f
    JOIN kpis_scopemember AS m ON m.application_id = f.application_id AND {_COMPANY}
    WHERE {_PRODUCTION}
"""
_BY_APPLICATION = f"""
    SELECT {_COLUMNS} FROM {_WINDOWS}
    CROSS JOIN unnest(%(applications)s::bigint[]) AS a (id)
    JOIN kpis_scopemember AS m ON m.application_id = a.id AND {_COMPANY}
    CROSS JOIN LATERAL ({_facts("application_id = a.id", _IN_WINDOW)}) AS f
    WHERE {_PRODUCTION}
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is summarised: an application, a node of the team tree, the company; and its zone."""

    kind: int
    id: int
    zone: str


@dataclass(frozen=True, slots=True)
class Members:
    """Which applications count in some scopes, numbered by their rank.

    The scopes of the application `ids[i]`, ascending, are `ranks` from `starts[i]` to
    `starts[i + 1]`.
    """

    ids: Ints
    starts: Ints
    ranks: Ints

    @classmethod
    def of(cls, scopes: Sequence[Scope]) -> "Members":
        """Return the applications of scopes, whose ranks are their places."""
        keys = {"kinds": [scope.kind for scope in scopes], "ids": [scope.id for scope in scopes]}
        ((ranks, applications),) = bulk.fetch_binary(_MEMBERS, keys)
        if ranks is None:
            nothing = np.empty(0, dtype=np.int64)
            return cls(nothing, np.zeros(1, dtype=np.int64), nothing)
        applications = _instants(applications)
        order = np.argsort(applications, kind="stable")
        ids, starts = np.unique(applications[order], return_index=True)
        return cls(ids, np.append(starts, len(order)), _numbers(ranks).astype(np.int64)[order])

    def first(self, ranks: int) -> "Members":
        """Return what is left with so many of the scopes."""
        kept = self.ranks < ranks
        before = np.concatenate([[0], np.cumsum(kept)])
        starts = before[self.starts]
        used = np.diff(starts) > 0
        return Members(self.ids[used], np.append(starts[:-1][used], before[-1]), self.ranks[kept])

    def expand(self, applications: Ints) -> tuple[Ints, Ints]:
        """Return, for facts of applications, the place of each fact and a rank it counts in.

        A fact comes once per scope, and not at all when its application is in none.
        """
        if not len(self.ids):
            return self.ids, self.ids
        places = np.minimum(np.searchsorted(self.ids, applications), len(self.ids) - 1)
        sizes = np.where(
            self.ids[places] == applications, self.starts[places + 1] - self.starts[places], 0
        )
        facts = np.repeat(np.arange(len(applications)), sizes)
        within = np.arange(len(facts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return facts, self.ranks[self.starts[places][facts] + within]


def read_days(frame: Frame, scopes: Sequence[Scope], members: Members) -> Days:
    """Return what the facts tell of the fresh days of a frame."""
    days = Days.empty(frame)
    # The company has every fact of its days; others have few of them, which an index finds.
    by_time = any(scope.kind == COMPANY for scope in scopes)
    windows = _windows(frame, {scope.zone for scope in scopes})
    parameters: dict[str, object] = {
        "from_at": [begin for begin, _ in windows],
        "until_at": [end for _, end in windows],
    }
    if not by_time:
        parameters["applications"] = members.ids.tolist()
    ((sent, *columns),) = bulk.fetch_binary(_BY_TIME if by_time else _BY_APPLICATION, parameters)
    if sent is None:
        return days
    at, flags, *spans = _instants(columns[0]), *map(_numbers, columns[1:])
    facts, ranks = members.expand(_instants(sent))
    cells, inside = _cells(frame, scopes, ranks, at[facts])
    facts = facts[inside]
    _add(days, cells, flags[facts], facts, spans)
    return days


def _add(
    days: Days,
    cells: Ints,
    flags: NDArray[np.int32],
    facts: Ints,
    spans: Sequence[NDArray[np.int32]],
) -> None:
    changes, deployments = flags & 1 > 0, flags & 4 > 0
    of_changes, of_deployments = facts[changes], flags[deployments]
    days.add_changes(
        cells[changes],
        is_bot=flags[changes] & 2 > 0,
        spans={stage: span[of_changes] for stage, span in zip(STAGES, spans, strict=True)},
    )
    days.add_deployments(
        cells[deployments],
        succeeded=of_deployments & 8 > 0,
        failed=of_deployments & 16 > 0,
        unplanned=of_deployments & 32 > 0,
        recovery=spans[0][facts[deployments]],
    )
    days.count("incidents", cells[flags & 64 > 0])


def _cells(
    frame: Frame, scopes: Sequence[Scope], ranks: Ints, at: Ints
) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the cells of facts that lie on fresh days, and which of the facts do."""
    zones = sorted({scope.zone for scope in scopes})
    zone_of_rank = np.array([zones.index(scope.zone) for scope in scopes])
    zone_of_fact = zone_of_rank[ranks]
    days = np.empty(len(at), dtype=np.int64)
    for number, zone in enumerate(zones):
        here = zone_of_fact == number
        days[here] = day_numbers(at[here], first=frame.first, count=frame.width, zone=zone)
    days -= frame.first
    inside = (days >= 0) & (days < frame.width)
    inside[inside] = frame.fresh[days[inside]]
    return (ranks * frame.width + days)[inside], inside


def _windows(frame: Frame, zones: set[str]) -> list[tuple[datetime, datetime]]:
    """Return the instants between which the runs of fresh days lie in any of the zones."""
    windows = []
    for first, until in frame.runs(frame.fresh):
        begins = [midnights(first, until - first + 1, zone) for zone in zones]
        windows.append((_moment(min(b[0] for b in begins)), _moment(max(b[-1] for b in begins))))
    return windows


def _numbers(sent: bytes) -> NDArray[np.int32]:
    return np.frombuffer(sent, dtype=">i4").astype(np.int32)


def _instants(sent: bytes) -> Ints:
    return np.frombuffer(sent, dtype=">i8").astype(np.int64)


def _moment(instant: np.int64) -> datetime:
    return _EPOCH_AT + timedelta(microseconds=int(instant))
