"""The scorecards of the demo company: worth looking at, and the same each time."""

from datetime import date, datetime

import pytest

from kpis.models import ScopeKind
from kpis.services import recompute
from portal.home.services.demo.load import seed_demo
from portal.home.services.demo.scorecards import write_scorecards
from portal.scorecards.models import (
    Exemption,
    ExemptionState,
    Initiative,
    RuleResult,
    RuleState,
    Snapshot,
    Standing,
)

UNTIL = date(2026, 3, 1)
NOW = datetime.fromisoformat("2026-03-01T09:00:00Z")


@pytest.fixture
def demo(db):
    seed_demo(
        applications=60,
        deployments=2_500,
        seed=1,
        until=UNTIL,
        force=False,
        actor="command:test",
        now=NOW,
    )
    recompute(now=NOW)
    write_scorecards(until=UNTIL, now=NOW)


def test_there_is_something_of_everything(demo):
    states = Exemption.objects.values_list("state", flat=True)
    assert sorted(states) == sorted(ExemptionState.values)
    assert set(RuleResult.objects.values_list("state", flat=True)) == set(RuleState.values)
    for slug in ("operational-readiness", "delivery"):
        levels = Standing.objects.filter(scorecard__slug=slug).values_list("level", flat=True)
        assert len(set(levels)) >= 3
        days = Snapshot.objects.filter(scorecard__slug=slug, scope_kind=ScopeKind.COMPANY)
        assert days.count() >= 5
    found = {one.state: one for one in Initiative.objects.all()}
    assert found.keys() == {"IN_PROGRESS", "LATE"}
    assert all(one.progress_set.count() >= 3 for one in found.values())
    assert all(one.asked_by != one.decided_by for one in Exemption.objects.all())
