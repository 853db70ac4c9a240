"""On-call of the demo company: worth looking at, and as the portal itself works it out."""

from datetime import date, datetime, timedelta

import pytest

from oncall.models import CallOut, Claim, DutyMonth, Gap, Hours, Leave, Rota, Shift, Swap
from oncall.services.shifts import locked, recompute
from portal.home.services.demo.load import seed_demo
from portal.home.services.demo.nights import PLANS as CLAIMS
from portal.home.services.demo.nights import write_nights
from portal.home.services.demo.notices import write_notices
from portal.home.services.demo.oncall import PLANS, write_oncall

UNTIL = date(2026, 3, 1)
NOW = datetime.fromisoformat("2026-03-01T09:00:00Z")


@pytest.fixture
def demo(db):
    seed_demo(
        applications=60,
        deployments=500,
        seed=1,
        until=UNTIL,
        force=False,
        actor="command:test",
        now=NOW,
    )
    write_oncall(until=UNTIL, now=NOW)
    write_notices(now=NOW)
    write_nights(until=UNTIL, now=NOW)


def test_the_rotas_have_half_a_year_behind_them_and_months_ahead(demo):
    assert Rota.objects.count() == len(PLANS)
    for rota in Rota.objects.all():
        shifts = rota.shifts.filter(role="primary")
        assert shifts.earliest("starts_at").starts_at < NOW - timedelta(weeks=25)
        assert shifts.latest("ends_at").ends_at > NOW + timedelta(days=100)
    assert not Shift.objects.filter(frozen_at=None, ends_at__lt=NOW - timedelta(days=1)).exists()
    assert Swap.objects.count() >= 10


def test_it_stays_as_it_is_when_it_is_worked_out_anew(demo):
    for rota in Rota.objects.all():
        assert recompute(rota=locked(rota), now=NOW).people == set()


def test_somebody_answers_for_everything_at_any_time(demo):
    central = Rota.objects.get(is_central=True)
    assert central.hours == Hours.ALWAYS
    assert not central.gaps.exists()
    for hour in range(0, 24 * 60, 5):
        at = NOW + timedelta(hours=hour)
        assert Shift.objects.filter(rota=central, starts_at__lte=at, ends_at__gt=at).count() == 3


def test_the_sun_is_followed_without_a_gap_in_winter_and_summer(demo):
    assert not Rota.objects.get(slug="cards-around-the-world").gaps.exists()


def test_there_is_a_gap_to_be_mended(demo):
    assert Leave.objects.get().person.memberships.get().team.slug == "settlement"
    assert set(Gap.objects.values_list("rota__slug", flat=True)) == {"settlement-nights"}


def test_claims_stand_at_every_stage(demo):
    states = set(Claim.objects.values_list("state", flat=True))
    assert states == {stage.value for plan in CLAIMS for stage, _ in plan.stages[-1:]}
    assert {"INTERESTED", "PREPARING", "SHADOWING", "TRIAL", "OWNED", "RETURNED"} == states
    checked = Claim.objects.filter(ended_at=None)
    assert all(0 < claim.met < claim.items or claim.is_ready for claim in checked)


def test_call_outs_lie_in_shifts_and_months_are_counted(demo):
    for callout in CallOut.objects.all():
        assert Shift.objects.filter(
            rota=callout.rota,
            person=callout.person,
            starts_at__lte=callout.starts_at,
            ends_at__gte=callout.ends_at,
        ).exists()
    assert CallOut.objects.count() > 20
    assert DutyMonth.objects.filter(rota__slug="transfers-at-night").count() >= 5
