"""The databases that benchmarks measure on: made once, kept, made anew when outdated."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
# What the rows of a prepared database depend on: when any of it changes, they are made anew.
SOURCES = ("portal/home/services/demo/*.py", "kpis/metrics/definitions.py")


@dataclass(frozen=True, slots=True)
class Database:
    """A database on the configured server, and the address that names it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Size:
    """How much history a database holds; no applications: migrated and empty."""

    suffix: str
    applications: int
    deployments: int


EMPTY = Size("empty", 0, 0)
TENTH = Size("tenth", 10_000, 100_000)
FULL = Size("full", 10_000, 1_000_000)


class Context:
    """What a benchmark is given.

    `full` has 10,000 applications with 1,000,000 deployments and about 3,000,000 changes,
    `tenth` as many applications with a tenth of the history, both with their KPIs; `empty` is
    migrated and made anew in each run. Databases are prepared when first asked for.
    """

    def __init__(self, today: date) -> None:
        # Whole months, so that what was prepared serves until the month ends.
        self.until = today.replace(day=1)

    @cached_property
    def full(self) -> Database:
        """The database at the size the portal is built for."""
        return self._prepared(FULL)

    @cached_property
    def tenth(self) -> Database:
        """The database with as many applications and a tenth of the history."""
        return self._prepared(TENTH)

    @cached_property
    def empty(self) -> Database:
        """A migrated database without rows, for benchmarks that write."""
        return self._prepared(EMPTY)

    @contextmanager
    def on(self, database: Database) -> Iterator[None]:
        """Point Django's connection at a database for the length of the block."""
        with _connected_to(database.name):
            yield

    def _prepared(self, size: Size) -> Database:
        name = f"{connection.settings_dict['NAME']}_bench_{size.suffix}"
        recipe = self._recipe(size)
        outdated = size is EMPTY or _comment_on(name) != recipe
        if outdated:
            print(f"preparing {name} ...", flush=True)
            _recreate(name)
        with _connected_to(name):
            call_command("migrate", verbosity=0)
            if outdated and size is not EMPTY:
                call_command(
                    "seed_demo",
                    applications=size.applications,
                    deployments=size.deployments,
                    until=self.until,
                )
        _execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(name), sql.Literal(recipe)
            )
        )
        return Database(name, _url(name))

    def _recipe(self, size: Size) -> str:
        digest = hashlib.sha256(repr((size, self.until)).encode())
        for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
            digest.update(path.read_bytes())
        return digest.hexdigest()


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _execute(*statements: sql.Composed) -> None:
    with _connected_to("postgres"), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _recreate(name: str) -> None:
    identifier = sql.Identifier(name)
    _execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier),
        sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(identifier),
    )


def _comment_on(name: str) -> str | None:
    with _connected_to("postgres"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _url(name: str) -> str:
    given = connection.settings_dict
    secret = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    host, port = quote(given["HOST"], safe=""), given["PORT"]
    user = quote(given["USER"], safe="")
    return f"postgres://{user}{secret}@{host}{f':{port}' if port else ''}/{quote(name, safe='')}"
