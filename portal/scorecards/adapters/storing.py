"""Results into their tables: each statement for all applications at once, only what differs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from kpis.models import COMPANY_ID, ScopeKind
from portal.scorecards.models import Scorecard
from portal.scorecards.rules.evaluation import Outcome, State

_STORED = """
    SELECT application_id, rule, state, evidence->>'words', evidence->>'wanted'
    FROM scorecards_ruleresult WHERE scorecard_id = %(scorecard)s {among}
"""
_RESULTS = """
    INSERT INTO scorecards_ruleresult (scorecard_id, application_id, rule, state, evidence, since)
    SELECT %(scorecard)s, r.application, r.rule, r.state,
        jsonb_build_object('words', r.words, 'wanted', r.wanted), %(now)s
    FROM unnest(%(applications)s::bigint[], %(rules)s::text[], %(states)s::text[],
                %(words)s::text[], %(wanted)s::text[])
        AS r (application, rule, state, words, wanted)
    ON CONFLICT (scorecard_id, application_id, rule) DO UPDATE SET
        state = excluded.state,
        evidence = excluded.evidence,
        since = CASE WHEN scorecards_ruleresult.state = excluded.state
                THEN scorecards_ruleresult.since ELSE excluded.since END
"""
_GONE = """
    DELETE FROM scorecards_ruleresult AS o
    USING unnest(%(applications)s::bigint[], %(rules)s::text[]) AS r (application, rule)
    WHERE o.scorecard_id = %(scorecard)s AND o.application_id = r.application AND o.rule = r.rule
"""
_STANDINGS = """
    INSERT INTO scorecards_standing (scorecard_id, application_id, level, passed, failed, unknown,
        exempt, level_since, evaluated_at)
    SELECT %(scorecard)s, s.*, %(now)s, %(now)s
    FROM unnest(%(applications)s::bigint[], %(levels)s::smallint[], %(passed)s::smallint[],
                %(failed)s::smallint[], %(unknown)s::smallint[], %(exempt)s::smallint[]) AS s
    ON CONFLICT (scorecard_id, application_id) DO UPDATE SET
        level = excluded.level, passed = excluded.passed, failed = excluded.failed,
        unknown = excluded.unknown, exempt = excluded.exempt,
        evaluated_at = excluded.evaluated_at,
        level_since = CASE WHEN scorecards_standing.level = excluded.level
                      THEN scorecards_standing.level_since ELSE excluded.level_since END
"""
# Whatever was judged now has this instant.
_LEFT = """
    DELETE FROM scorecards_standing
    WHERE scorecard_id = %(scorecard)s AND evaluated_at <> %(now)s {among}
"""
# Each application, each team with all below it, and the company. A scope that has nothing any
# more gets a row of zeros; one that never had anything gets none.
_SNAPSHOTS = """
    INSERT INTO scorecards_snapshot AS s
        (scorecard_id, scope_kind, scope_id, "on", levels, passed, failed, unknown, exempt)
    WITH one AS MATERIALIZED (
        SELECT s.application_id, s.level, s.passed, s.failed, s.unknown, s.exempt, t.lineage
        FROM scorecards_standing AS s
        JOIN catalogue_application AS a ON a.id = s.application_id
        LEFT JOIN catalogue_team AS t ON t.id = a.owner_id
        WHERE s.scorecard_id = %(scorecard)s
    ), scoped AS (
        SELECT %(application)s AS kind, application_id AS id, level, passed, failed, unknown, exempt
        FROM one
        UNION ALL
        SELECT %(team)s, node, level, passed, failed, unknown, exempt
        FROM one CROSS JOIN unnest(lineage) AS node
        UNION ALL
        SELECT %(company)s, %(company_id)s, level, passed, failed, unknown, exempt FROM one
    ), known AS (
        SELECT %(application)s AS kind, id FROM catalogue_application
        UNION ALL SELECT %(team)s, id FROM catalogue_team
        UNION ALL SELECT %(company)s, %(company_id)s
    ), fresh AS (
        SELECT k.kind, k.id, count(s.id) AS total,
            ARRAY[{levels}]::int[] AS levels,
            coalesce(sum(s.passed), 0)::int AS passed, coalesce(sum(s.failed), 0)::int AS failed,
            coalesce(sum(s.unknown), 0)::int AS unknown, coalesce(sum(s.exempt), 0)::int AS exempt
        FROM known AS k LEFT JOIN scoped AS s USING (kind, id) GROUP BY k.kind, k.id
    )
    SELECT %(scorecard)s, f.kind, f.id, %(today)s, f.levels, f.passed, f.failed, f.unknown, f.exempt
    FROM fresh AS f LEFT JOIN LATERAL (
        SELECT p.levels, p.passed, p.failed, p.unknown, p.exempt FROM scorecards_snapshot AS p
        WHERE p.scorecard_id = %(scorecard)s AND p.scope_kind = f.kind AND p.scope_id = f.id
        ORDER BY p."on" DESC LIMIT 1
    ) AS last ON true
    WHERE CASE WHEN last.levels IS NULL THEN f.total > 0 ELSE
        (last.levels, last.passed, last.failed, last.unknown, last.exempt)
        IS DISTINCT FROM (f.levels, f.passed, f.failed, f.unknown, f.exempt) END
    ON CONFLICT (scorecard_id, scope_kind, scope_id, "on") DO UPDATE SET
        levels = excluded.levels, passed = excluded.passed, failed = excluded.failed,
        unknown = excluded.unknown, exempt = excluded.exempt
"""

COUNTED = ("levels", "passed", "failed", "unknown", "exempt")


def store(
    outcomes: Mapping[int, Outcome],
    *,
    judged: Collection[int] | None,
    scorecard: Scorecard,
    now: datetime,
) -> None:
    """Write how applications stand, and remove what is no longer said of them.

    `judged` are the applications that were looked at, also those that the scorecard is not for;
    None stands for all there are. Results are compared here, and only what differs is sent:
    nearly all of them are the same as before, and updating a row writes it anew.
    """
    common = {"scorecard": scorecard.pk, "now": now, "judged": list(judged or ())}
    stored = {
        (application, rule): rest
        for application, rule, *rest in _fetch(_among(_STORED, judged), common)
    }
    wanted = {rule.key: rule.wanted for rule in scorecard.definition.rules}
    fresh = {
        (application, result.rule): [result.state.value, result.words, wanted[result.rule]]
        for application, outcome in outcomes.items()
        for result in outcome.results
    }
    changed = [(*key, *rest) for key, rest in fresh.items() if stored.get(key) != rest]
    if gone := stored.keys() - fresh.keys():
        _run(_GONE, common | _columns(("applications", "rules"), gone))
    if changed:
        names = ("applications", "rules", "states", "words", "wanted")
        _run(_RESULTS, common | _columns(names, changed))
    standings = map(_standing, outcomes.items())
    _run(_STANDINGS, common | _columns(("applications", *COUNTED), standings))
    _run(_among(_LEFT, judged), common)


def _standing(judged: tuple[int, Outcome]) -> tuple[int, ...]:
    application, outcome = judged
    count = outcome.count()
    order = (State.PASS, State.FAIL, State.NO_DATA, State.EXEMPT)
    return application, outcome.level, *(count[state] for state in order)


def _among(statement: str, judged: Collection[int] | None) -> str:
    narrow = "" if judged is None else "AND application_id = ANY(%(judged)s)"
    return statement.replace("{among}", narrow)


def _columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Return the rows as one array for each name, empty ones where there is no row."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    return dict(zip(names, columns, strict=True))


def snapshot(*, scorecard: int, levels: int, today: date) -> None:
    """Write how every scope stands today, where that differs from its last snapshot."""
    counts = ", ".join(f"count(*) FILTER (WHERE s.level = {rank})" for rank in range(levels + 1))
    _run(
        _SNAPSHOTS.replace("{levels}", counts),
        {
            "scorecard": scorecard,
            "today": today,
            "application": ScopeKind.APPLICATION,
            "team": ScopeKind.TEAM,
            "company": ScopeKind.COMPANY,
            "company_id": COMPANY_ID,
        },
    )


def _run(statement: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _fetch(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
