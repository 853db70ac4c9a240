"""A history as it is told, laid into temporary tables so that the difference is set-based SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from kpis.types import ChangeFact

_CHANGE_COLUMNS = (
    "title",
    "author",
    "is_bot",
    "is_revert",
    "is_hotfix",
    "authored_at",
    "committed_at",
    "opened_at",
    "reviewed_at",
    "merged_at",
    "url",
)
_NAMES = ", ".join(_CHANGE_COLUMNS)
_TOLD = ", ".join(f"t.{name}" for name in _CHANGE_COLUMNS)
_STORED = ", ".join(f"c.{name}" for name in _CHANGE_COLUMNS)

_TABLES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS told_change (
        sha text PRIMARY KEY, title text, author text, is_bot boolean, is_revert boolean,
        is_hotfix boolean, authored_at timestamptz, committed_at timestamptz,
        opened_at timestamptz, reviewed_at timestamptz, merged_at timestamptz, url text
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE IF NOT EXISTS told_content (sha text, deployment_id bigint)
        ON COMMIT DROP;
    CREATE TEMPORARY TABLE IF NOT EXISTS told_live (
        change_id bigint PRIMARY KEY, deployment_id bigint, live_at timestamptz,
        credited boolean, is_bot boolean, lead integer, coding integer, pickup integer,
        review integer, merge integer
    ) ON COMMIT DROP;
    TRUNCATE told_change, told_content, told_live
"""

_CORRECT_CHANGES = f"""
    UPDATE kpis_change AS c SET ({_NAMES}) = ({_TOLD}) FROM told_change AS t
    WHERE c.application_id = %(application)s AND c.repository_id = %(repository)s
        AND c.sha = t.sha AND c.external_id = '' AND ({_STORED}) IS DISTINCT FROM ({_TOLD})
"""
_ADD_CHANGES = f"""
    INSERT INTO kpis_change (application_id, repository_id, sha, {_NAMES})
    SELECT %(application)s, %(repository)s, t.sha, {_TOLD} FROM told_change AS t
    WHERE NOT EXISTS (
        SELECT FROM kpis_change AS c
        WHERE c.application_id = %(application)s AND c.repository_id = %(repository)s
            AND c.sha = t.sha AND c.external_id = ''
    )
    ORDER BY t.committed_at, t.sha
"""

# Whole seconds between two instants; a negative span means clocks disagree: unknown.
_SPAN = "nullif(greatest(floor(extract(epoch FROM {until} - {since})), -1), -1)::integer"
LEAD = _SPAN.format(until="d.finished_at", since="c.authored_at")
# What a change `c` that is first live with a deployment `d` took.
SPANS = f"""
    NOT d.is_baseline AND {LEAD} IS NOT NULL AS credited, c.is_bot, {LEAD} AS lead,
    CASE WHEN NOT c.is_bot THEN {_SPAN.format(until="c.opened_at", since="c.authored_at")} END
        AS coding,
    CASE WHEN NOT c.is_bot THEN {_SPAN.format(until="c.reviewed_at", since="c.opened_at")} END
        AS pickup,
    CASE WHEN NOT c.is_bot THEN {_SPAN.format(until="c.merged_at", since="c.reviewed_at")} END
        AS review,
    {_SPAN.format(until="d.finished_at", since="c.merged_at")} AS merge
"""
_LIVE = f"""
    INSERT INTO told_live
    SELECT c.id, d.id, d.finished_at, {SPANS}
    FROM told_content AS t
    JOIN kpis_deployment AS d ON d.id = t.deployment_id
    JOIN kpis_change AS c ON c.application_id = %(application)s
        AND c.repository_id = %(repository)s AND c.sha = t.sha AND c.external_id = ''
"""
# A change that another source saw live earlier stays with that deployment, unless that follows
# from events only: ancestry is certain.
_MATCHES = """
    JOIN kpis_changeindeployment AS e
        ON e.change_id = t.change_id AND e.environment_id = %(environment)s
        AND (e.deployment_id = ANY(%(told)s) OR e.from_events OR t.live_at < e.live_at)
        AND (e.from_events, e.deployment_id, e.live_at, e.credited, e.is_bot, e.lead_seconds, e.coding_seconds,
            e.pickup_seconds, e.review_seconds, e.merge_seconds)
        IS DISTINCT FROM (false, t.deployment_id, t.live_at, t.credited, t.is_bot, t.lead, t.coding,
            t.pickup, t.review, t.merge)
"""
_MOVED = f"SELECT DISTINCT e.live_at, t.live_at FROM told_live AS t {_MATCHES}"
_CORRECT_LIVE = f"""
    WITH differing AS (SELECT e.id AS differing_id, t.* FROM told_live AS t {_MATCHES})
    UPDATE kpis_changeindeployment AS e
    SET (from_events, deployment_id, live_at, credited, is_bot, lead_seconds, coding_seconds, pickup_seconds,
        review_seconds, merge_seconds) = (false, t.deployment_id, t.live_at, t.credited, t.is_bot,
        t.lead, t.coding, t.pickup, t.review, t.merge)
    FROM differing AS t WHERE e.id = t.differing_id
"""
_REMOVE_LIVE = """
    DELETE FROM kpis_changeindeployment AS e
    WHERE e.deployment_id = ANY(%(told)s) AND NOT e.from_events
        AND NOT EXISTS (SELECT FROM told_live AS t WHERE t.change_id = e.change_id)
    RETURNING e.live_at
"""
_ADD_LIVE = """
    WITH added AS (
        INSERT INTO kpis_changeindeployment (change_id, deployment_id, application_id, environment_id,
            live_at, credited, is_bot, lead_seconds, coding_seconds, pickup_seconds, review_seconds,
            merge_seconds)
        SELECT t.change_id, t.deployment_id, %(application)s, %(environment)s, t.live_at, t.credited,
            t.is_bot, t.lead, t.coding, t.pickup, t.review, t.merge
        FROM told_live AS t
        WHERE NOT EXISTS (
            SELECT FROM kpis_changeindeployment AS e
            WHERE e.change_id = t.change_id AND e.environment_id = %(environment)s
        )
        ORDER BY t.live_at, t.change_id
        RETURNING live_at
    ) SELECT DISTINCT live_at FROM added
"""


class Place(NamedTuple):
    """Ids of where a history belongs."""

    application: int
    environment: int
    repository: int


def lay_out(changes: Iterable[ChangeFact]) -> None:
    """Fill `told_change` for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
    _copy(
        "told_change",
        (
            (
                c.sha,
                c.title[:200],
                c.author[:120],
                c.is_bot,
                c.is_revert,
                c.is_hotfix,
                c.authored_at,
                c.committed_at,
                c.opened_at,
                c.reviewed_at,
                c.merged_at,
                c.url,
            )
            for c in changes
        ),
    )


def write_changes(place: Place) -> tuple[int, int]:
    """Store the told changes and return how many are new and how many were corrected."""
    corrected = _execute(_CORRECT_CHANGES, place)
    return _execute(_ADD_CHANGES, place), corrected


def write_contents(
    place: Place, contents: Iterable[tuple[str, int]], told: Sequence[int]
) -> tuple[set[datetime], int]:
    """Store which deployment first has which change, by sha and id of the deployment.

    `told` are the ids of the deployments that the source tells. Return the instants whose
    figures change, and how many changes are live in no deployment of the source any more.
    """
    _copy("told_content", contents)
    _execute(_LIVE, place)
    extra: dict[str, object] = {"told": list(told)}
    instants = {at for pair in _fetch(_MOVED, place, extra) for at in pair}
    if instants:
        _execute(_CORRECT_LIVE, place, extra)
    removed = [at for (at,) in _fetch(_REMOVE_LIVE, place, extra)]
    added = {at for (at,) in _fetch(_ADD_LIVE, place)}
    return instants | added | set(removed), len(removed)


def _execute(statement: str, place: Place, extra: dict[str, object] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, place._asdict() | (extra or {}))
        return int(cursor.rowcount)


def _fetch(
    statement: str, place: Place, extra: dict[str, object] | None = None
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, place._asdict() | (extra or {}))
        return list(cursor.fetchall())


def _copy(table: str, rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
