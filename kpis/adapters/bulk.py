"""Rows in and out of PostgreSQL in bulk, on Django's own connection and in its transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from kpis.metrics.encoding import HEADER, TRAILER

Parameters = Mapping[str, Any]


def fetch_binary(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Return the rows of a query; bytes arrive as they are, not as text."""
    with psycopg.Cursor(_wrapped()) as cursor:
        return cursor.execute(statement.encode(), parameters, binary=True).fetchall()


def fetch(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def execute(statement: str, parameters: Parameters) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def copy_encoded(table: str, columns: Sequence[str], rows: bytes) -> None:
    """Append rows in the binary format of `COPY`, without its header and trailer."""
    statement = _copy(table, columns) + sql.SQL(" (FORMAT binary)")
    with _wrapped().cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        copy.write(rows)
        copy.write(TRAILER)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Append rows of Python values."""
    with _wrapped().cursor() as cursor, cursor.copy(_copy(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def _copy(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def _wrapped() -> "psycopg.Connection[tuple[Any, ...]]":
    connection.ensure_connection()
    wrapped: psycopg.Connection[tuple[Any, ...]] = connection.connection
    return wrapped
