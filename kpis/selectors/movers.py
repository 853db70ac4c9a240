"""What changed most: the teams with the largest moves since the period before, and in which KPI.

PostgreSQL ranks the teams' two periods, which lie side by side in an index; what is shown is then read by the same
definitions as everywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from kpis.metrics.definitions import BY_KEY, FEWEST_FOR_P90, Kpi
from kpis.metrics.periods import Period
from kpis.metrics.trends import Reading, Verdict, judge
from kpis.metrics.words import basis, comparison, say
from kpis.models import ScopeKind
from kpis.selectors.comparisons import point_pairs
from kpis.selectors.pages import rows_url
from kpis.selectors.scopes import Scope, scope_of_team
from portal.catalogue.models import Team, TeamKind

MOVERS_SHOWN = 4
# A quarter more or less is a move; below that it is weather. So is a share of few failures.
SMALLEST_MOVE = 1.25
FEWEST_FAILURES = 10

# For each KPI, the facts it rests on in the poorer of both periods, and its move: the logarithm of
# the ratio to the period before, positive when worse. Shares are smoothed by one failure in two
# deployments, so that none at all is not infinitely better.
_MOVES = {
    "change_fail_rate": (
        """CASE WHEN greatest(now.failures, before.failures) >= %(fewest_failures)s
            THEN least(now.finished, before.finished) END""",
        """ln((now.failures + 1)::float8 / (now.finished + 2)
            / (before.failures + 1) * (before.finished + 2))""",
    ),
    "deployment_frequency": (
        "least(now.deployments, before.deployments)",
        """-ln((now.deployments + 1)::float8 / %(days)s
            / (before.deployments + 1) * %(days_before)s)""",
    ),
    "lead_time": (
        "least(now.lead_n, before.lead_n)",
        "ln((now.lead_p50 + 60) / (before.lead_p50 + 60))",
    ),
    "merge_to_production": (
        "least(now.merged, before.merged)",
        "ln((now.merge_p50 + 60) / (before.merge_p50 + 60))",
    ),
    "recovery_time": (
        "least(now.recovery_n, before.recovery_n)",
        "ln((now.recovery_p50 + 60) / (before.recovery_p50 + 60))",
    ),
    "rework_rate": (
        """CASE WHEN greatest(now.rework, before.rework) >= %(fewest_failures)s
            THEN least(now.deployments, before.deployments) END""",
        """ln((now.rework + 1)::float8 / (now.deployments + 2)
            / (before.rework + 1) * (before.deployments + 2))""",
    ),
}
# A column per KPI: a row per KPI and team would cost four times as much.
_SQL = f"""
WITH moves AS (
  SELECT now.scope_id,
    {", ".join(f"CASE WHEN {n} >= %(fewest)s THEN {move} END AS {key}" for key, (n, move) in _MOVES.items())}
  FROM catalogue_team team
  JOIN kpis_rollup now ON now.scope_kind = %(kind)s AND now.scope_id = team.id
    AND now.grain = %(grain)s AND now.starts_on = %(shown)s
  JOIN kpis_rollup before ON before.scope_kind = %(kind)s AND before.scope_id = team.id
    AND before.grain = %(grain)s AND before.starts_on = %(previous)s
  WHERE team.kind = %(team)s
  OFFSET 0
), sized AS (
  SELECT *, greatest({", ".join(f"abs({key})" for key in _MOVES)}) AS size FROM moves
), largest AS (
  SELECT scope_id, size,
    CASE size {" ".join(f"WHEN abs({key}) THEN '{key}'" for key in _MOVES)} END AS key,
    CASE size {" ".join(f"WHEN abs({key}) THEN {key}" for key in _MOVES)} END > 0 AS is_worse
  FROM sized WHERE size >= ln(%(smallest)s::float8)
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY is_worse ORDER BY size DESC, scope_id) AS place
  FROM largest
)
SELECT scope_id, key FROM ranked WHERE place <= %(shown_at_most)s ORDER BY place, is_worse
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Mover:
    """A team whose KPI moved: what it is, what it was, and the facts behind it."""

    scope: Scope
    kpi: Kpi
    verdict: Verdict
    text: str
    before: str
    comparison: str
    basis: str
    rows_url: str


def movers(*, period: Period, days: int, now: datetime) -> tuple[Sequence[Mover], Sequence[Mover]]:
    """Return the teams that got worse and those that got better the most, largest move first.

    Only figures from enough facts in both periods count; `days` are those the period has had.
    """
    found = _largest(period, days)
    teams = Team.objects.in_bulk([team for team, _ in found])
    scopes = {pk: scope_of_team(team) for pk, team in teams.items()}
    pairs = point_pairs(scopes.values(), period=period, now=now)
    moved = []
    for team, key in found:
        shown, previous = pairs[scopes[team]]
        kpi = BY_KEY[key]
        moved.append(_mover(scopes[team], kpi, period, (shown.read(kpi), previous.read(kpi))))
    return (
        [one for one in moved if one.verdict is Verdict.WORSE],
        [one for one in moved if one.verdict is Verdict.BETTER],
    )


def _largest(period: Period, days: int) -> list[tuple[int, str]]:
    previous = period.shift(-1)
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "kind": ScopeKind.TEAM.value,
                "team": TeamKind.TEAM.value,
                "grain": period.grain,
                "shown": period.starts_on,
                "previous": previous.starts_on,
                "days": max(1, days),
                "days_before": previous.days,
                "fewest": FEWEST_FOR_P90,
                "fewest_failures": FEWEST_FAILURES,
                "smallest": SMALLEST_MOVE,
                "shown_at_most": MOVERS_SHOWN,
            },
        )
        return [(team, key) for team, key in cursor.fetchall()]


def _mover(scope: Scope, kpi: Kpi, period: Period, pair: tuple[Reading, Reading]) -> Mover:
    now, before = pair
    return Mover(
        scope=scope,
        kpi=kpi,
        verdict=judge(kpi, now, before).verdict,
        text=say(kpi.unit, now.value),
        before=say(kpi.unit, before.value),
        comparison=comparison(kpi, now, before, period.shift(-1).when),
        basis=basis(kpi, now.n),
        rows_url=rows_url(scope, period, kpi.rows, kpi.show),
    )
