"""Roll-ups written by hand, for tests of what reads them."""

from kpis.metrics.periods import Period, parse_period
from kpis.models import Rollup

NOTHING = {
    "deployments": 0,
    "deployment_days": 0,
    "finished": 0,
    "failures": 0,
    "rework": 0,
    "incidents": 0,
    "changes": 0,
    "bot_changes": 0,
    "merged": 0,
    "fast": 0,
    "lead_n": 0,
    "coding_n": 0,
    "pickup_n": 0,
    "review_n": 0,
    "recovery_n": 0,
    **dict.fromkeys(
        [
            *("lead_p50", "lead_p75", "lead_p90"),
            *("coding_p50", "pickup_p50", "review_p50"),
            *("merge_p50", "merge_p90", "recovery_p50", "recovery_p90"),
        ]
    ),
}
BUSY = NOTHING | {
    "deployments": 62,
    "deployment_days": 20,
    "finished": 64,
    "failures": 8,
    "rework": 6,
    "incidents": 5,
    "changes": 120,
    "merged": 100,
    "fast": 35,
    "lead_n": 120,
    "lead_p50": 100_800.0,
    "lead_p75": 200_000.0,
    "lead_p90": 400_000.0,
    "coding_n": 100,
    "coding_p50": 40_000.0,
    "pickup_n": 100,
    "pickup_p50": 20_000.0,
    "review_n": 100,
    "review_p50": 30_000.0,
    "merge_p50": 1_200.0,
    "merge_p90": 5_000.0,
    "recovery_n": 7,
    "recovery_p50": 2_280.0,
    "recovery_p90": 9_000.0,
}


def write_rollup(scope, period, **values):
    """Write the roll-up of a period, given as such or as an address: busy unless told."""
    if not isinstance(period, Period):
        grain = {7: "month", 8: "week", 10: "day"}[len(period)]
        period = parse_period(grain, period)
    return Rollup.objects.create(
        scope_kind=scope.kind,
        scope_id=scope.id,
        grain=period.grain,
        starts_on=period.starts_on,
        **(BUSY | values),
    )
