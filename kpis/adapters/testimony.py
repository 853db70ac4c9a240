"""Facts as events tell them, written set by set: what is new is added, what differs is corrected."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kpis.adapters import bulk

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A table, the columns that know one row from another, and those that a source tells.

    `keys` and `values` map columns to their types; `fixed` are further columns of new rows with
    their values in SQL; `condition` is that of the partial index over the keys.
    """

    name: str
    keys: Mapping[str, str]
    values: Mapping[str, str]
    fixed: Mapping[str, str]
    id: str = "id"
    condition: str = "true"

    @cached_property
    def read(self) -> str:
        """The statement that finds the stored rows, with what they tell."""
        match = " AND ".join(f"s.{key} = t.{key}" for key in self.keys)
        return (
            f"SELECT t.rank, s.{self.id}, {_list(self.values, 's')} FROM {self._told(self.keys)}"
            f" JOIN {self.name} AS s ON {match} AND {self.condition}"
        )

    @cached_property
    def insert(self) -> str:
        """The statement that adds rows and returns their ids and keys."""
        told = {**self.keys, **self.values}
        return (
            f"INSERT INTO {self.name} ({', '.join([*told, *self.fixed])})"
            f" SELECT {', '.join([_list(told, 't'), *self.fixed.values()])}"
            f" FROM {self._told(told)} ORDER BY t.rank RETURNING {self.id}, {', '.join(self.keys)}"
        )

    @cached_property
    def update(self) -> str:
        """The statement that corrects rows found by their ids."""
        changes = ", ".join(f"{column} = t.{column}" for column in self.values)
        return (
            f"UPDATE {self.name} AS s SET {changes}"
            f" FROM {self._told({'stored_id': 'bigint', **self.values})}"
            f" WHERE s.{self.id} = t.stored_id"
        )

    @staticmethod
    def _told(columns: Mapping[str, str]) -> str:
        types = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        return f"jsonb_to_recordset(%(rows)s::jsonb) AS t (rank integer, {types})"


def _list(columns: Iterable[str], alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it stands now: its id, whether that is news, and what it told before, if it did."""

    id: int
    is_changed: bool
    before: Row | None


_TIME = "timestamptz"
DEPLOYMENTS = Table(
    "kpis_deployment",
    {
        "application_id": "bigint",
        "environment_id": "bigint",
        "source": "text",
        "external_id": "text",
    },
    {
        "version": "text",
        "status": "text",
        "started_at": _TIME,
        "finished_at": _TIME,
        "deployer": "text",
        "url": "text",
    },
    {"kind": "'PLANNED'", "is_baseline": "false", "failed": "false", "unplanned": "false"},
)
TOLD_DEPLOYMENTS = Table(
    "kpis_tolddeployment",
    {"deployment_id": "bigint"},
    {
        "event": "uuid",
        "kind": "text",
        "repository_id": "bigint",
        "sha": "text",
        "artifact": "text",
        "changes": "text[]",
        "names": "text[]",
        "remedies": "text",
    },
    {},
    id="deployment_id",
)
CHANGES = Table(
    "kpis_change",
    {"application_id": "bigint", "repository_id": "bigint", "external_id": "text"},
    {
        "sha": "text",
        "title": "text",
        "author": "text",
        "is_bot": "boolean",
        "is_revert": "boolean",
        "is_hotfix": "boolean",
        "authored_at": _TIME,
        "committed_at": _TIME,
        "opened_at": _TIME,
        "reviewed_at": _TIME,
        "merged_at": _TIME,
        "url": "text",
    },
    {},
    condition="s.external_id <> ''",
)
INCIDENTS = Table(
    "kpis_incident",
    {"application_id": "bigint", "source": "text", "external_id": "text"},
    {
        "environment_id": "bigint",
        "title": "text",
        "severity": "smallint",
        "opened_at": _TIME,
        "acknowledged_at": _TIME,
        "resolved_at": _TIME,
        "url": "text",
    },
    {"caused_by_change": "true"},
)
TOLD_INCIDENTS = Table(
    "kpis_toldincident",
    {"incident_id": "bigint"},
    {"event": "uuid", "causes": "text[]"},
    {},
    id="incident_id",
)
ARTIFACTS = Table(
    "kpis_artifact",
    {"application_id": "bigint", "name": "text"},
    {"repository_id": "bigint", "change": "text", "sha": "text"},
    {},
)


def write(table: Table, rows: Sequence[Row], stored: Mapping[int, Written]) -> list[Written]:
    """Make stored rows tell what these tell, and return each as it stands now.

    `stored` are the rows that `find` found, by their place among these.
    """
    new = [place for place in range(len(rows)) if place not in stored]
    differing = [
        place
        for place, found in stored.items()
        if found.before is not None
        and any(found.before[column] != rows[place][column] for column in table.values)
    ]
    ids = _insert(table, [rows[place] for place in new])
    if differing:
        bulk.execute(
            table.update,
            {"rows": _json([{**rows[p], "stored_id": stored[p].id} for p in differing])},
        )
    written = dict(stored)
    written |= {
        place: Written(ids[_key(table, rows[place])], is_changed=True, before=None)
        for place in new
    }
    written |= {
        place: Written(stored[place].id, is_changed=True, before=stored[place].before)
        for place in differing
    }
    return [written[place] for place in range(len(rows))]


def find(table: Table, rows: Sequence[Row]) -> dict[int, Written]:
    """Return the stored rows with the keys of these, by their place among these."""
    if not rows:
        return {}
    keys = [
        {"rank": place, **{key: row[key] for key in table.keys}} for place, row in enumerate(rows)
    ]
    return {
        place: Written(id_, is_changed=False, before=dict(zip(table.values, told, strict=True)))
        for place, id_, *told in bulk.fetch(table.read, {"rows": _json(keys)})
    }


def _insert(table: Table, rows: Sequence[Row]) -> dict[tuple[Any, ...], int]:
    if not rows:
        return {}
    ranked = [{"rank": place, **row} for place, row in enumerate(rows)]
    return {tuple(key): id_ for id_, *key in bulk.fetch(table.insert, {"rows": _json(ranked)})}


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[key] for key in table.keys)


def _json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=str)
