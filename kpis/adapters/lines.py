"""What follows from where deployments stand in line: succession, reach, contents, rollbacks.

The line of an environment is its successful deployments, one after another. Everything here
is a function of the facts alone, whatever the order in which they were told, and is worked out
anew only from the instant on from which something changed.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kpis.adapters import bulk
from kpis.adapters.told import SPANS
from kpis.models import EVENTS

_BYTES = 'COLLATE "C"'
EVER = datetime(1, 1, 1, tzinfo=UTC)


def in_order(alias: str, *, newest_first: bool = False) -> str:
    """Return the order of the line: by finish; at one instant as the source tells them.

    An import tells them ancestors first; events come after, by name.
    """
    terms = (
        f"{alias}.finished_at",
        f"(CASE WHEN {alias}.source = '{EVENTS}' THEN {alias}.external_id ELSE '' END) {_BYTES}",
        f"{alias}.id",
    )
    return ", ".join(f"{term} DESC" if newest_first else term for term in terms)


# --- Which commit a deployment put live ---------------------------------------------------------

# Deployments about whose commit something may be news: their own words, an artifact's, a change's.
_CONCERNED = f"""
    SELECT id FROM unnest(%(deployments)s::bigint[]) AS each (id)
    UNION
    SELECT t.deployment_id FROM kpis_artifact AS a
    JOIN kpis_tolddeployment AS t ON t.artifact = a.name AND t.artifact <> ''
    JOIN kpis_deployment AS d ON d.id = t.deployment_id AND d.application_id = a.application_id
    WHERE a.id = ANY(%(artifacts)s)
    UNION
    SELECT t.deployment_id FROM kpis_change AS c
    JOIN kpis_artifact AS a ON a.application_id = c.application_id AND a.change = c.external_id
        AND a.change <> ''
    JOIN kpis_tolddeployment AS t ON t.artifact = a.name AND t.artifact <> ''
    JOIN kpis_deployment AS d ON d.id = t.deployment_id AND d.application_id = a.application_id
    WHERE c.id = ANY(%(changes)s)
    UNION
    SELECT x.deployment_id FROM kpis_change AS c
    JOIN kpis_deploymentcommit AS x ON x.repository_id = c.repository_id AND x.sha = c.sha
    WHERE c.id = ANY(%(changes)s) AND c.sha <> ''
    UNION
    SELECT x.deployment_id FROM kpis_deploymentcommit AS x WHERE x.head_id = ANY(%(changes)s)
    UNION
    SELECT d.id FROM kpis_deployment AS d JOIN kpis_tolddeployment AS t ON t.deployment_id = d.id
    WHERE d.application_id = ANY(%(placed)s) AND d.source = '{EVENTS}'
        AND t.repository_id IS NULL
"""
# By its own word, by that of the artifact, else the only repository there is.
_WANTED_COMMITS = """
    SELECT d.id, r.id, coalesce(said.sha, by_name.sha, ''), coalesce(by_sha.id, by_name.id)
    FROM unnest(%(concerned)s::bigint[]) AS each (id)
    JOIN kpis_deployment AS d USING (id)
    JOIN kpis_tolddeployment AS t ON t.deployment_id = d.id
    LEFT JOIN kpis_artifact AS a
        ON a.application_id = d.application_id AND a.name = t.artifact AND t.artifact <> ''
    LEFT JOIN LATERAL (
        SELECT min(id) AS id FROM catalogue_repository
        WHERE application_id = d.application_id HAVING count(*) = 1
    ) AS lone ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(t.repository_id, a.repository_id, lone.id) AS id
    ) AS r
    CROSS JOIN LATERAL (SELECT coalesce(nullif(t.sha, ''), nullif(a.sha, '')) AS sha) AS said
    LEFT JOIN LATERAL (
        SELECT c.id FROM kpis_change AS c
        WHERE c.repository_id = r.id AND c.sha = said.sha
        ORDER BY c.external_id COLLATE "C" LIMIT 1
    ) AS by_sha ON true
    LEFT JOIN LATERAL (
        SELECT c.id, nullif(c.sha, '') AS sha FROM kpis_change AS c
        WHERE said.sha IS NULL AND a.change <> '' AND c.external_id <> ''
            AND c.application_id = d.application_id AND c.repository_id = r.id
            AND c.external_id = a.change
    ) AS by_name ON true
    WHERE r.id IS NOT NULL AND (said.sha IS NOT NULL OR by_name.id IS NOT NULL)
"""
_STORED_COMMITS = """
    SELECT x.deployment_id, x.repository_id, x.sha, x.head_id
    FROM kpis_deploymentcommit AS x JOIN kpis_tolddeployment AS t USING (deployment_id)
    WHERE x.deployment_id = ANY(%(concerned)s)
"""
_REMOVE_COMMITS = """
    DELETE FROM kpis_deploymentcommit AS x
    USING unnest(%(deployments)s::bigint[], %(repositories)s::bigint[]) AS g (deployment, repository)
    WHERE x.deployment_id = g.deployment AND x.repository_id = g.repository
"""
_WRITE_COMMITS = """
    INSERT INTO kpis_deploymentcommit (deployment_id, repository_id, sha, head_id, previous_sha)
    SELECT *, '' FROM unnest(%(deployments)s::bigint[], %(repositories)s::bigint[],
        %(shas)s::text[], %(heads)s::bigint[])
    ON CONFLICT (deployment_id, repository_id)
    DO UPDATE SET sha = excluded.sha, head_id = excluded.head_id
"""
# Deployments that an import told have their commit from there; its change may be news.
_HEADS = """
    WITH found AS (
        SELECT x.id, (
            SELECT c.id FROM kpis_change AS c
            WHERE c.repository_id = x.repository_id AND c.sha = x.sha
            ORDER BY c.external_id COLLATE "C" LIMIT 1
        ) AS head_id
        FROM kpis_deploymentcommit AS x
        WHERE x.deployment_id = ANY(%(deployments)s)
            AND NOT EXISTS (SELECT FROM kpis_tolddeployment AS t WHERE t.deployment_id = x.deployment_id)
    )
    UPDATE kpis_deploymentcommit AS x SET head_id = f.head_id
    FROM found AS f WHERE f.id = x.id AND x.head_id IS DISTINCT FROM f.head_id
"""


class Commit(NamedTuple):
    """That a deployment put a commit of a repository live, and which change that is, if known."""

    deployment: int
    repository: int
    sha: str
    head: int | None


# A rollback that named what it mends before that was told.
_MENDING = """
    SELECT m.deployment_id FROM kpis_tolddeployment AS t
    CROSS JOIN LATERAL unnest(t.names) AS n (name)
    JOIN kpis_tolddeployment AS m ON m.remedies = n.name AND m.remedies <> ''
    WHERE t.deployment_id = ANY(%(deployments)s)
"""


def mending(deployments: Collection[int]) -> set[int]:
    """Return the deployments that name one of these as what they mend."""
    rows = bulk.fetch(_MENDING, {"deployments": list(deployments)})
    return {id_ for (id_,) in rows}


def concerned(
    *,
    deployments: Collection[int],
    changes: Collection[int],
    artifacts: Collection[int],
    placed: Collection[int],
) -> list[int]:
    """Return the deployments whose commit, or whose commit's change, may be news."""
    keys = {
        "deployments": list(deployments),
        "changes": list(changes),
        "artifacts": list(artifacts),
        "placed": list(placed),
    }
    return [id_ for (id_,) in bulk.fetch(_CONCERNED, keys)]


def write_commits(deployments: Sequence[int]) -> list[Commit]:
    """Store which commit each deployment put live; return what was stored before and differs."""
    keys = {"concerned": list(deployments)}
    wanted = {Commit(*row) for row in bulk.fetch(_WANTED_COMMITS, keys)}
    stored = {Commit(*row) for row in bulk.fetch(_STORED_COMMITS, keys)}
    kept = {(commit.deployment, commit.repository) for commit in wanted}
    gone = [c for c in stored - wanted if (c.deployment, c.repository) not in kept]
    if gone:
        bulk.execute(_REMOVE_COMMITS, _columns(gone))
    if news := wanted - stored:
        bulk.execute(_WRITE_COMMITS, _columns(news))
    write_heads(deployments)
    return list(stored - wanted)


def write_heads(deployments: Collection[int]) -> None:
    """Say which changes the commits are that an import told."""
    bulk.execute(_HEADS, {"deployments": list(deployments)})


def _columns(commits: Iterable[Commit]) -> dict[str, list[Any]]:
    columns = list(zip(*commits, strict=True))
    names = ("deployments", "repositories", "shas", "heads")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


# --- One deployment told twice ------------------------------------------------------------------

# OFFSET 0 keeps the look-up of each commit by index. In the transaction of a large import the
# planner knows nothing of the tables yet, and would pair everything with everything.
_KEYS = """
    unnest(%(environments)s::bigint[], %(repositories)s::bigint[], %(shas)s::text[])
        AS k (environment_id, repository_id, sha)
    CROSS JOIN LATERAL (
        SELECT d.* FROM kpis_deploymentcommit AS x
        JOIN kpis_deployment AS d ON d.id = x.deployment_id
        WHERE x.repository_id = k.repository_id AND x.sha = k.sha OFFSET 0
    ) AS d
"""
# Later than that a commit goes live again: it is not the deployment that the import recorded.
_WEEK = "interval '7 days'"
_DUPLICATES = f"""
    WITH same AS (
        SELECT k.*, d.id, d.status, d.source, d.finished_at, count(*) OVER (PARTITION BY k.environment_id, k.repository_id, k.sha) AS times
        FROM {_KEYS} WHERE d.environment_id = k.environment_id
    ), judged AS (
        SELECT s.id, EXISTS (
            SELECT FROM same AS e
            WHERE (e.environment_id, e.repository_id, e.sha)
                    = (s.environment_id, s.repository_id, s.sha)
                AND e.source = '{EVENTS}' AND e.status = 'SUCCEEDED'
                AND e.finished_at BETWEEN s.finished_at - {_WEEK} AND s.finished_at + {_WEEK}
        ) AS is_told
        FROM same AS s
        WHERE s.source <> '{EVENTS}'
            AND (s.status = 'DUPLICATE' OR s.status = 'SUCCEEDED' AND s.times > 1)
    )
    UPDATE kpis_deployment AS d
    SET status = CASE WHEN j.is_told THEN 'DUPLICATE' ELSE 'SUCCEEDED' END
    FROM judged AS j
    WHERE d.id = j.id AND d.status <> CASE WHEN j.is_told THEN 'DUPLICATE' ELSE 'SUCCEEDED' END
    RETURNING d.id
"""
# What an import found in a deployment goes with the first that is counted of the same commit.
_FOLLOW = f"""
    WITH same AS (
        SELECT * FROM (
            SELECT k.*, d.id, d.status, d.finished_at, d.source, d.external_id,
                count(*) OVER (PARTITION BY k.environment_id, k.repository_id, k.sha) AS times
            FROM {_KEYS} WHERE d.environment_id = k.environment_id
        ) AS each WHERE times > 1
    ), first AS (
        SELECT DISTINCT ON (s.environment_id, s.repository_id, s.sha) s.*
        FROM same AS s WHERE s.status = 'SUCCEEDED'
        ORDER BY s.environment_id, s.repository_id, s.sha, {in_order("s")}
    ), wanted AS (
        SELECT c.live_id, c.application_id, c.was_live_at,
            d.id AS deployment_id, d.finished_at AS live_at, {SPANS}
        FROM first AS f
        JOIN same AS s USING (environment_id, repository_id, sha)
        CROSS JOIN LATERAL (
            SELECT l.id AS live_id, l.live_at AS was_live_at, c.*
            FROM kpis_changeindeployment AS l JOIN kpis_change AS c ON c.id = l.change_id
            WHERE l.deployment_id = s.id AND NOT l.from_events OFFSET 0
        ) AS c
        JOIN kpis_deployment AS d ON d.id = f.id
        WHERE c.repository_id = f.repository_id
    )
    UPDATE kpis_changeindeployment AS l
    SET (deployment_id, live_at, credited, is_bot, lead_seconds, coding_seconds, pickup_seconds,
        review_seconds, merge_seconds) = (w.deployment_id, w.live_at, w.credited, w.is_bot, w.lead,
        w.coding, w.pickup, w.review, w.merge)
    FROM wanted AS w
    WHERE l.id = w.live_id
        AND (l.deployment_id, l.live_at, l.credited, l.lead_seconds, l.merge_seconds)
        IS DISTINCT FROM (w.deployment_id, w.live_at, w.credited, w.lead, w.merge)
    RETURNING w.application_id, w.was_live_at, w.live_at
"""


class Key(NamedTuple):
    """A commit in an environment."""

    environment: int
    repository: int
    sha: str


def find_duplicates(keys: Collection[Key]) -> set[int]:
    """Let deployments that an import told count only where no event tells of their commit.

    Return those that changed.
    """
    return {id_ for (id_,) in bulk.fetch(_DUPLICATES, _key_columns(keys))} if keys else set()


def follow(keys: Collection[Key]) -> list[tuple[int, datetime]]:
    """Move what imports found in deployments to the first counted one of the same commit.

    Return the applications and instants whose figures change.
    """
    if not keys:
        return []
    rows = bulk.fetch(_FOLLOW, _key_columns(keys))
    return [(application, at) for application, *instants in rows for at in instants]


def _key_columns(keys: Collection[Key]) -> dict[str, list[Any]]:
    return {
        "environments": [key.environment for key in keys],
        "repositories": [key.repository for key in keys],
        "shas": [key.sha for key in keys],
    }


# --- The line of one repository in an environment -----------------------------------------------

_LINES = """
    unnest(%(environments)s::bigint[], %(repositories)s::bigint[], %(since)s::timestamptz[])
        AS line (environment_id, repository_id, since)
"""
_BEFORE = f"""
    SELECT line.environment_id, line.repository_id, b.sha, b.reach_at, b.id IS NOT NULL
    FROM {_LINES}
    LEFT JOIN LATERAL (
        SELECT d.id, x.sha, x.reach_at
        FROM kpis_deployment AS d
        JOIN kpis_deploymentcommit AS x
            ON x.deployment_id = d.id AND x.repository_id = line.repository_id
        WHERE d.environment_id = line.environment_id AND d.status = 'SUCCEEDED'
            AND d.finished_at < line.since
        ORDER BY {in_order("d", newest_first=True)} LIMIT 1
    ) AS b ON true
"""
_LINE = f"""
    WITH placed AS (
        SELECT x.id AS commit_id, d.id AS deployment_id, line.environment_id, line.repository_id,
            line.reach_at AS start_at, d.finished_at, x.reach_at, x.previous_sha, d.is_baseline,
            coalesce(lag(x.sha) OVER w, line.sha, '') AS follows,
            NOT line.is_old AND row_number() OVER w = 1 AS is_first,
            row_number() OVER w AS place,
            CASE WHEN t.changes <> '{{}}' THEN NULL ELSE h.merged_at END AS head_at
        FROM unnest(%(environments)s::bigint[], %(repositories)s::bigint[],
            %(since)s::timestamptz[], %(shas)s::text[], %(reach)s::timestamptz[],
            %(old)s::boolean[])
            AS line (environment_id, repository_id, since, sha, reach_at, is_old)
        JOIN kpis_deployment AS d ON d.environment_id = line.environment_id
            AND d.status = 'SUCCEEDED' AND d.finished_at >= line.since
        JOIN kpis_deploymentcommit AS x
            ON x.deployment_id = d.id AND x.repository_id = line.repository_id
        LEFT JOIN kpis_tolddeployment AS t ON t.deployment_id = d.id
        LEFT JOIN kpis_change AS h ON h.id = x.head_id
        WINDOW w AS (PARTITION BY line.environment_id, line.repository_id ORDER BY {in_order("d")})
    ), reached AS (
        SELECT *, greatest(start_at, max(
            CASE WHEN is_first THEN coalesce(head_at, finished_at) ELSE head_at END
        ) OVER (PARTITION BY environment_id, repository_id ORDER BY place)) AS reaches
        FROM placed
    ), wanted AS (
        SELECT *, coalesce(lag(reaches) OVER (
            PARTITION BY environment_id, repository_id ORDER BY place
        ), start_at) AS floor_at
        FROM reached
    ), linked AS (
        UPDATE kpis_deploymentcommit AS x SET previous_sha = w.follows, reach_at = w.reaches
        FROM wanted AS w WHERE x.id = w.commit_id
            AND (x.previous_sha, x.reach_at) IS DISTINCT FROM (w.follows, w.reaches)
    ), based AS (
        UPDATE kpis_deployment AS d SET is_baseline = w.is_first
        FROM wanted AS w WHERE d.id = w.deployment_id AND d.is_baseline <> w.is_first
    )
    SELECT deployment_id, repository_id, is_baseline <> is_first,
        least(floor_at, reach_at, reaches), greatest(reach_at, reaches), floor_at IS NULL
    FROM wanted
    WHERE deployment_id = ANY(%(touched)s) OR is_baseline <> is_first
        OR (previous_sha, reach_at) IS DISTINCT FROM (follows, reaches)
"""
# What is no success stands in no line.
_LEAVE = """
    WITH left_alone AS (
        UPDATE kpis_deploymentcommit AS x SET previous_sha = '', reach_at = NULL
        FROM kpis_deployment AS d
        WHERE d.id = x.deployment_id AND d.id = ANY(%(touched)s) AND d.status <> 'SUCCEEDED'
            AND (x.previous_sha <> '' OR x.reach_at IS NOT NULL)
    )
    UPDATE kpis_deployment AS d SET is_baseline = false
    WHERE d.id = ANY(%(touched)s) AND d.is_baseline AND (d.status <> 'SUCCEEDED'
        OR NOT EXISTS (SELECT FROM kpis_deploymentcommit AS x WHERE x.deployment_id = d.id))
"""
_ALL_OF_LINE = """
    SELECT x.deployment_id FROM kpis_deploymentcommit AS x
    JOIN kpis_deployment AS d ON d.id = x.deployment_id
    JOIN unnest(%(environments)s::bigint[], %(repositories)s::bigint[])
        AS line (environment_id, repository_id)
        ON d.environment_id = line.environment_id AND x.repository_id = line.repository_id
"""


class Line(NamedTuple):
    """The successes of one repository in one environment."""

    environment: int
    repository: int


class Stretch(NamedTuple):
    """A place in line that may have changed: what was merged between two instants is concerned."""

    deployment: int
    repository: int
    became_first: bool
    low: datetime
    high: datetime


def write_lines(lines: dict[Line, datetime], touched: Collection[int]) -> list[Stretch]:
    """Say of every success since some instants what it followed and how far it reaches.

    `touched` are deployments that may have moved. Return the stretches that changed or hold one.
    """
    bulk.execute(_LEAVE, {"touched": list(touched)})
    if not lines:
        return []
    before = _before(lines)
    # Deployments from before there were events have never been looked at like this.
    unknown = {line for line, (_, reach, is_old) in before.items() if is_old and reach is None}
    if unknown:
        keys = {
            "environments": [line.environment for line in unknown],
            "repositories": [line.repository for line in unknown],
        }
        write_heads([id_ for (id_,) in bulk.fetch(_ALL_OF_LINE, keys)])
        lines |= dict.fromkeys(unknown, EVER)
        before |= dict.fromkeys(unknown, ("", None, False))
    rows = bulk.fetch(
        _LINE,
        {
            **_line_columns(lines),
            "shas": [before[line][0] for line in lines],
            "reach": [before[line][1] for line in lines],
            "old": [before[line][2] for line in lines],
            "touched": list(touched),
        },
    )
    return [
        Stretch(deployment, repository, first, EVER if is_open else low, high)
        for deployment, repository, first, low, high, is_open in rows
    ]


def _before(lines: dict[Line, datetime]) -> dict[Line, tuple[str, datetime | None, bool]]:
    return {
        Line(environment, repository): (sha or "", reach, is_old)
        for environment, repository, sha, reach, is_old in bulk.fetch(
            _BEFORE, _line_columns(lines)
        )
    }


def _line_columns(lines: dict[Line, datetime]) -> dict[str, list[Any]]:
    return {
        "environments": [line.environment for line in lines],
        "repositories": [line.repository for line in lines],
        "since": list(lines.values()),
    }


# --- What is first live with what, as events tell it --------------------------------------------

_AFFECTED = """
    SELECT id FROM unnest(%(changes)s::bigint[]) AS each (id)
    UNION
    SELECT c.id
    FROM unnest(%(repositories)s::bigint[], %(low)s::timestamptz[], %(high)s::timestamptz[])
        AS r (repository_id, low, high)
    CROSS JOIN LATERAL (
        SELECT id FROM kpis_change
        WHERE repository_id = r.repository_id AND merged_at > r.low AND merged_at <= r.high
        OFFSET 0
    ) AS c
    UNION
    SELECT l.change_id FROM kpis_changeindeployment AS l
    WHERE l.deployment_id = ANY(%(touched)s) AND l.from_events
    UNION
    SELECT c.id FROM (
        SELECT d.application_id, substr(n.name, strpos(n.name, '/') + 1) AS name
        FROM kpis_tolddeployment AS t
        JOIN kpis_deployment AS d ON d.id = t.deployment_id
        CROSS JOIN LATERAL unnest(t.changes) AS n (name)
        WHERE t.deployment_id = ANY(%(touched)s) AND t.changes <> '{}'
        OFFSET 0
    ) AS n
    JOIN catalogue_repository AS r ON r.application_id = n.application_id
    CROSS JOIN LATERAL (
        (SELECT id FROM kpis_change WHERE repository_id = r.id AND sha = n.name OFFSET 0)
        UNION ALL (
            SELECT id FROM kpis_change WHERE application_id = n.application_id
                AND repository_id = r.id AND external_id = n.name AND external_id <> '' OFFSET 0
        )
    ) AS c
"""
# A history that was imported knows the changes up to its end: those that only events tell of
# would count them twice. Where it says where a change is live, events say no more about it.
_CONTENTS = f"""
    WITH place AS (
        SELECT c.id AS change_id, c.application_id, c.repository_id, c.sha, c.external_id,
            c.merged_at, e.id AS environment_id,
            c.external_id = '' OR NOT EXISTS (
                SELECT FROM kpis_change AS g WHERE g.repository_id = c.repository_id
                    AND g.external_id = '' AND g.application_id = c.application_id
                    AND (g.merged_at >= c.merged_at OR g.sha = nullif(c.sha, ''))
            ) AS is_counted
        FROM ({_AFFECTED}) AS affected (id)
        JOIN kpis_change AS c USING (id)
        JOIN catalogue_environment AS e ON e.application_id = c.application_id
        WHERE NOT EXISTS (
            SELECT FROM kpis_changeindeployment AS g
            WHERE g.change_id = c.id AND g.environment_id = e.id AND NOT g.from_events
        )
    ), target AS (
        SELECT p.change_id, p.environment_id, p.application_id, first.id AS deployment_id
        FROM place AS p
        LEFT JOIN LATERAL (
            SELECT f.id FROM (
                (
                    SELECT d.id, d.finished_at, d.source, d.external_id
                    FROM kpis_deploymentcommit AS x
                    JOIN kpis_deployment AS d ON d.id = x.deployment_id
                    WHERE x.repository_id = p.repository_id AND x.reach_at >= p.merged_at
                        AND d.environment_id = p.environment_id
                    ORDER BY x.reach_at, {in_order("d")} LIMIT 1
                ) UNION ALL (
                    SELECT d.id, d.finished_at, d.source, d.external_id
                    FROM kpis_tolddeployment AS t
                    JOIN kpis_deployment AS d ON d.id = t.deployment_id
                    WHERE t.changes <> '{{}}' AND t.changes && ARRAY[
                            p.application_id || '/' || p.sha,
                            p.application_id || '/' || p.external_id
                        ]
                        AND d.environment_id = p.environment_id AND d.status = 'SUCCEEDED'
                    ORDER BY {in_order("d")} LIMIT 1
                )
            ) AS f ORDER BY {in_order("f")} LIMIT 1
        ) AS first ON p.is_counted
    ), wanted AS (
        SELECT t.change_id, t.environment_id, t.application_id, d.id AS deployment_id,
            d.finished_at AS live_at, {SPANS}
        FROM target AS t
        JOIN kpis_deployment AS d ON d.id = t.deployment_id
        JOIN kpis_change AS c ON c.id = t.change_id
    ), stored AS (
        SELECT l.* FROM target AS t JOIN kpis_changeindeployment AS l USING (change_id, environment_id)
    ), removed AS (
        DELETE FROM kpis_changeindeployment AS l USING target AS t
        WHERE l.change_id = t.change_id AND l.environment_id = t.environment_id AND l.from_events
            AND t.deployment_id IS NULL
        RETURNING l.application_id, l.live_at
    ), written AS (
        INSERT INTO kpis_changeindeployment AS l (change_id, deployment_id, application_id,
            environment_id, live_at, credited, from_events, is_bot, lead_seconds, coding_seconds,
            pickup_seconds, review_seconds, merge_seconds)
        SELECT change_id, deployment_id, application_id, environment_id, live_at, credited, true,
            is_bot, lead, coding, pickup, review, merge
        FROM wanted
        ON CONFLICT (change_id, environment_id) DO UPDATE
        SET (deployment_id, live_at, credited, is_bot, lead_seconds, coding_seconds,
            pickup_seconds, review_seconds, merge_seconds) = (excluded.deployment_id,
            excluded.live_at, excluded.credited, excluded.is_bot, excluded.lead_seconds,
            excluded.coding_seconds, excluded.pickup_seconds, excluded.review_seconds,
            excluded.merge_seconds)
        WHERE (l.deployment_id, l.live_at, l.credited, l.is_bot, l.lead_seconds, l.coding_seconds,
            l.pickup_seconds, l.review_seconds, l.merge_seconds) IS DISTINCT FROM (
            excluded.deployment_id, excluded.live_at, excluded.credited, excluded.is_bot,
            excluded.lead_seconds, excluded.coding_seconds, excluded.pickup_seconds,
            excluded.review_seconds, excluded.merge_seconds)
        RETURNING l.change_id, l.environment_id, l.application_id, l.live_at
    )
    SELECT application_id, live_at FROM removed
    UNION SELECT application_id, live_at FROM written
    UNION SELECT s.application_id, s.live_at FROM written JOIN stored AS s USING (change_id, environment_id)
"""


def write_contents(
    stretches: Collection[Stretch], *, changes: Collection[int], touched: Collection[int]
) -> list[tuple[int, datetime]]:
    """Store which changes are first live with which deployments, as far as events tell.

    Return the applications and instants whose figures change.
    """
    affected = {each.deployment for each in stretches} | set(touched)
    return bulk.fetch(
        _CONTENTS,
        {
            "changes": list(changes),
            "repositories": [each.repository for each in stretches],
            "low": [each.low for each in stretches],
            "high": [each.high for each in stretches],
            "touched": list(affected),
        },
    )


# --- The line of an environment -----------------------------------------------------------------

# Going back to what was live before, but not to what is live, is a rollback.
_KINDS = f"""
    WITH line AS (
        SELECT * FROM unnest(%(environments)s::bigint[], %(since)s::timestamptz[])
            AS line (environment_id, since)
    ), placed AS (
        SELECT d.id, d.environment_id, d.finished_at, d.source,
            coalesce(lag(d.id) OVER (PARTITION BY d.environment_id ORDER BY {in_order("d")}), (
                SELECT b.id FROM kpis_deployment AS b
                WHERE b.environment_id = line.environment_id AND b.status = 'SUCCEEDED'
                    AND b.finished_at < line.since
                ORDER BY {in_order("b", newest_first=True)} LIMIT 1
            )) AS live_id
        FROM line JOIN kpis_deployment AS d ON d.environment_id = line.environment_id
            AND d.status = 'SUCCEEDED' AND d.finished_at >= line.since
    ), judged AS (
        SELECT p.id, p.live_id, p.environment_id, p.finished_at, t.remedies, CASE
            WHEN t.kind <> '' THEN t.kind
            WHEN p.live_id IS NULL THEN 'PLANNED'
            WHEN (
                EXISTS (
                    SELECT FROM kpis_deploymentcommit AS o
                    JOIN kpis_deployment AS e ON e.id = o.deployment_id
                    WHERE o.repository_id = x.repository_id AND o.sha = x.sha AND x.sha <> ''
                        AND e.environment_id = p.environment_id AND e.status = 'SUCCEEDED'
                        AND e.finished_at < p.finished_at
                ) AND NOT EXISTS (
                    SELECT FROM kpis_deploymentcommit AS o
                    WHERE o.deployment_id = p.live_id AND o.repository_id = x.repository_id
                        AND o.sha = x.sha
                )
            ) OR (
                EXISTS (
                    SELECT FROM kpis_tolddeployment AS o
                    JOIN kpis_deployment AS e ON e.id = o.deployment_id
                    WHERE o.artifact = t.artifact AND t.artifact <> '' AND o.artifact <> ''
                        AND e.environment_id = p.environment_id AND e.status = 'SUCCEEDED'
                        AND e.finished_at < p.finished_at
                ) AND NOT EXISTS (
                    SELECT FROM kpis_tolddeployment AS o
                    WHERE o.deployment_id = p.live_id AND o.artifact = t.artifact
                )
            ) THEN 'ROLLBACK'
            ELSE 'PLANNED' END AS kind
        FROM placed AS p
        JOIN kpis_tolddeployment AS t ON t.deployment_id = p.id
        LEFT JOIN kpis_deploymentcommit AS x ON x.deployment_id = p.id
    ), wanted AS (
        SELECT id, kind, CASE
            WHEN remedies <> '' THEN (
                SELECT d.id FROM kpis_tolddeployment AS o
                JOIN kpis_deployment AS d ON d.id = o.deployment_id
                WHERE o.names @> ARRAY[j.remedies] AND d.status = 'SUCCEEDED'
                    AND d.environment_id = j.environment_id AND d.finished_at < j.finished_at
                ORDER BY {in_order("d", newest_first=True)} LIMIT 1
            )
            WHEN kind <> 'PLANNED' THEN live_id END AS remedies_id
        FROM judged AS j
        UNION ALL
        SELECT d.id, coalesce(nullif(t.kind, ''), 'PLANNED'), NULL
        FROM kpis_deployment AS d JOIN kpis_tolddeployment AS t ON t.deployment_id = d.id
        WHERE d.id = ANY(%(touched)s) AND d.status <> 'SUCCEEDED'
    )
    UPDATE kpis_deployment AS d SET kind = w.kind, remedies_id = w.remedies_id
    FROM wanted AS w
    WHERE d.id = w.id AND (d.kind, d.remedies_id) IS DISTINCT FROM (w.kind, w.remedies_id)
    RETURNING d.id
"""


def write_kinds(environments: dict[int, datetime], touched: Collection[int]) -> set[int]:
    """Say why deployments that events tell of were made, and which one they remedy.

    Return those about which that changed.
    """
    rows = bulk.fetch(
        _KINDS,
        {
            "environments": list(environments),
            "since": list(environments.values()),
            "touched": list(touched),
        },
    )
    return {id_ for (id_,) in rows}
