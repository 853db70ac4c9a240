"""Rows in by COPY, and the indexes and constraints that wait until the rows are there."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import Model
from psycopg import sql

from portal.home.services.demo.calendar import Bools, Ints

# How COPY spells an unknown value: what numpy writes for an instant that is not one.
NULL = "NaT"
_DEFINED = """
    SELECT c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid)
    FROM pg_constraint c WHERE c.conrelid = ANY(%s::regclass[]) AND c.contype IN ('f', 'u')
    ORDER BY c.contype DESC, c.conname
"""
_INDEXED = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the columns that rows are given in."""

    model: type[Model]
    columns: Sequence[str]

    @property
    def name(self) -> str:
        """The name of the table in the database."""
        return self.model._meta.db_table  # noqa: SLF001 - the documented model API


def instants(at: Ints) -> list[str]:
    """Return Unix times as COPY reads them in a session on UTC; negative ones are unknown."""
    known = np.where(at < 0, np.datetime64("NaT"), at.astype("datetime64[s]"))
    text: list[str] = np.datetime_as_string(known.astype("datetime64[s]")).tolist()
    return text


def numbers(values: Ints) -> list[str]:
    """Return whole numbers as COPY reads them; negative ones are unknown."""
    return [str(value) if value >= 0 else NULL for value in values.tolist()]


def flags(values: Bools) -> list[str]:
    """Return truth values as COPY reads them."""
    letters: list[str] = np.where(values, "t", "f").tolist()
    return letters


class Batch:
    """Rows of several tables that wait to be copied together."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._rows: dict[Table, list[str]] = {table: [] for table in tables}

    def add(self, table: Table, *columns: Iterable[str]) -> None:
        """Take rows, given column by column in the order of the table's columns.

        No text may hold a tab, a line break or a backslash.
        """
        self._rows[table].extend(map("\t".join, zip(*columns, strict=True)))

    def copy(self) -> None:
        """Send what waits to the database."""
        for table, rows in self._rows.items():
            if rows:
                _copy(table, "\n".join(rows))
                rows.clear()


def _copy(table: Table, text: str) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (NULL {})").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        sql.Literal(NULL),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text)


@contextmanager
def constraints_last(models: Sequence[type[Model]]) -> Iterator[None]:
    """Drop foreign keys, unique constraints and indexes of the tables and make them afterwards.

    Checking a million rows once is many times faster than checking each. In the caller's
    transaction: a failure leaves everything as it was.
    """
    tables = [model._meta.db_table for model in models]  # noqa: SLF001
    with connection.cursor() as cursor:
        # What waits for the end of the transaction would lock the tables against alteration.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(_DEFINED, [tables])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXED, [tables])
        indexes = cursor.fetchall()
        for name, table, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for name, table, definition in reversed(constraints):
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def next_id(model: type[Model]) -> int:
    """Return the first id above all there are."""
    table = sql.Identifier(model._meta.db_table)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM {}").format(table))
        return int(cursor.fetchone()[0])


def continue_ids(model: type[Model]) -> None:
    """Let the identity column of a table go on after the rows that brought their own ids."""
    table = model._meta.db_table  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [table, next_id(model)]
        )


def vacuum(models: Sequence[type[Model]]) -> None:
    """Mark what was loaded as visible to all and gather statistics; outside a transaction."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f'VACUUM (ANALYZE) "{model._meta.db_table}"')  # noqa: SLF001
