"""Results into their tables: each statement for all applications at once, only what differs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from kpis.models import COMPANY_ID, ScopeKind
from portal.scorecards.rules.definitions import Definition
from portal.scorecards.rules.evaluation import Outcome, State

# Rows that are the same are not touched: updating them all would write them all anew.
_RESULTS = """
    INSERT INTO scorecards_ruleresult (scorecard_id, application_id, rule, state, evidence, since)
    SELECT %(scorecard)s, n.application, n.rule, n.state, n.evidence, %(now)s
    FROM (SELECT application, rule, state, evidence::jsonb AS evidence
          FROM unnest(%(rule_applications)s::bigint[], %(rules)s::text[], %(states)s::text[],
                      %(evidence)s::text[]) AS r (application, rule, state, evidence)) AS n
    LEFT JOIN scorecards_ruleresult AS o
        ON o.scorecard_id = %(scorecard)s AND o.application_id = n.application AND o.rule = n.rule
    WHERE o.rule IS NULL OR o.state <> n.state OR o.evidence <> n.evidence
    ON CONFLICT (scorecard_id, application_id, rule) DO UPDATE SET
        state = excluded.state,
        evidence = excluded.evidence,
        since = CASE WHEN scorecards_ruleresult.state = excluded.state
                THEN scorecards_ruleresult.since ELSE excluded.since END
"""
_GONE = """
    DELETE FROM scorecards_ruleresult AS o
    WHERE o.scorecard_id = %(scorecard)s
    AND (%(judged)s::bigint[] IS NULL OR o.application_id = ANY(%(judged)s))
    AND NOT EXISTS (
        SELECT FROM unnest(%(rule_applications)s::bigint[], %(rules)s::text[])
            AS n (application, rule)
        WHERE n.application = o.application_id AND n.rule = o.rule)
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
_LEFT = """
    DELETE FROM scorecards_standing AS o
    WHERE o.scorecard_id = %(scorecard)s
    AND (%(judged)s::bigint[] IS NULL OR o.application_id = ANY(%(judged)s))
    AND NOT EXISTS (
        SELECT FROM unnest(%(applications)s::bigint[]) AS n (application)
        WHERE n.application = o.application_id)
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


@dataclass(slots=True)
class Rows:
    """How applications stand in one scorecard, as columns of results and of standings.

    `judged` are the applications that were looked at, also those that the scorecard is not for;
    None stands for all there are.
    """

    judged: Sequence[int] | None
    rule_applications: list[int] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    applications: list[int] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    exempt: list[int] = field(default_factory=list)

    def add(self, application: int, outcome: Outcome, definition: Definition) -> None:
        """Take in how one application stands."""
        for result in outcome.results:
            evidence = {
                "words": result.words,
                "wanted": definition.by_key[result.rule].wanted,
            }
            self.rule_applications.append(application)
            self.rules.append(result.rule)
            self.states.append(result.state.value)
            self.evidence.append(json.dumps(evidence, ensure_ascii=False))
        count = outcome.count()
        self.applications.append(application)
        self.levels.append(outcome.level)
        self.passed.append(count[State.PASS])
        self.failed.append(count[State.FAIL])
        self.unknown.append(count[State.NO_DATA])
        self.exempt.append(count[State.EXEMPT])


def store(rows: Rows, *, scorecard: int, now: datetime) -> None:
    """Write how applications stand, and remove what is no longer said of them."""
    columns = {name: getattr(rows, name) for name in Rows.__dataclass_fields__}
    _run((_GONE, _RESULTS, _LEFT, _STANDINGS), columns | {"scorecard": scorecard, "now": now})


def snapshot(*, scorecard: int, levels: int, today: date) -> None:
    """Write how every scope stands today, where that differs from its last snapshot."""
    counts = ", ".join(f"count(*) FILTER (WHERE s.level = {rank})" for rank in range(levels + 1))
    _run(
        (_SNAPSHOTS.replace("{levels}", counts),),
        {
            "scorecard": scorecard,
            "today": today,
            "application": ScopeKind.APPLICATION,
            "team": ScopeKind.TEAM,
            "company": ScopeKind.COMPANY,
            "company_id": COMPANY_ID,
        },
    )


def _run(statements: Iterable[str], parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
