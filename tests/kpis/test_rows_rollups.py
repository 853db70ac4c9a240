"""The same number everywhere: what a roll-up counts is what its rows are."""

import random
from datetime import UTC, datetime, timedelta
from statistics import median
from urllib.parse import urlencode

import pytest
from django.db.models import Count

from kpis import services
from kpis.metrics.definitions import KPIS
from kpis.metrics.periods import Period
from kpis.models import Rollup
from kpis.selectors import rows
from kpis.selectors.scopes import scope_of_application, scope_of_company, scope_of_team
from tests.factories import ApplicationFactory, EnvironmentFactory, TeamFactory
from tests.kpis.raw_facts import add_change, add_deployment, add_incident

TABLES = (
    (rows.deployments, rows.DEPLOYMENT_POPULATIONS),
    (rows.changes, rows.CHANGE_POPULATIONS),
    (rows.incidents, rows.INCIDENT_POPULATIONS),
)
# The end of a month, of an ISO year and of summer time, and a leap day.
STARTS = [datetime(*day, tzinfo=UTC) for day in ((2024, 2, 27), (2024, 12, 28), (2025, 10, 24))]


def fill(world, seed):
    """Write facts at random over four applications, one without an owner; compute the roll-ups."""
    chance = random.Random(seed)
    chicago = TeamFactory.create(slug="chicago", zone="America/Chicago", parent=world.cards)
    applications = [
        world.checkout,
        world.loans,
        ApplicationFactory.create(slug="cards-us", owner=chicago),
        ApplicationFactory.create(slug="orphan", owner=None),
    ]
    environments = [
        world.production,
        *(EnvironmentFactory.create(application=one) for one in applications[1:]),
        EnvironmentFactory.create(application=world.checkout, slug="staging", is_production=False),
    ]
    span = [None, -5, 0, 899, 900, 901, 4000]
    for _ in range(120):
        at = chance.choice(STARTS) + timedelta(seconds=chance.randrange(6 * 86_400))
        environment = chance.choice(environments)
        deployment = add_deployment(
            environment,
            at,
            status=chance.choice(["SUCCEEDED"] * 4 + ["FAILED", "CANCELLED"]),
            failed=chance.random() < 0.3,
            recovered_at=chance.choice([None, at, at + timedelta(minutes=38)]),
            unplanned=chance.random() < 0.3,
        )
        for _ in range(chance.randrange(3)):
            add_change(
                deployment,
                credited=chance.random() < 0.8,
                is_bot=chance.random() < 0.3,
                lead_seconds=chance.randrange(10**6),
                merge_seconds=chance.choice(span),
            )
        if chance.random() < 0.4:
            add_incident(
                environment.application, at, environment=chance.choice([None, environment])
            )
    now = datetime(2026, 3, 4, tzinfo=UTC)
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    return [
        scope_of_company(),
        *map(scope_of_application, applications),
        *map(
            scope_of_team, (world.payments, world.cards, world.acquiring, world.lending, chicago)
        ),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_count_of_every_rollup_is_the_number_of_its_rows(world, seed):
    scopes = fill(world, seed)
    checked = 0
    for scope in scopes:
        for rollup in Rollup.objects.filter(scope_kind=scope.kind, scope_id=scope.id):
            period = Period(rollup.grain, rollup.starts_on)
            for find, populations in TABLES:
                conditions = {
                    f"n_{one.key}": Count("pk", filter=one.condition)
                    for one in populations
                    if one.count
                }
                expected = {f"n_{one.key}": one.count(rollup) for one in populations if one.count}
                assert find(scope, period).aggregate(**conditions) == expected, (scope, period)
                checked += len(expected)
    assert checked > 1000


def test_the_n_of_every_kpi_is_the_number_of_the_rows_that_it_links_to(world):
    scope, *_ = fill(world, 9)
    populations = {
        find.__name__: (find, {one.key: one for one in those}) for find, those in TABLES
    }
    for rollup in Rollup.objects.filter(scope_kind=scope.kind, scope_id=scope.id):
        for kpi in KPIS:
            find, those = populations[kpi.rows]
            found = find(scope, Period(rollup.grain, rollup.starts_on))
            assert found.filter(those[kpi.show].condition).count() == kpi.n(rollup), kpi.key


def test_the_median_of_the_rows_is_the_median_of_the_rollup(world):
    for scope in fill(world, 7):
        for rollup in Rollup.objects.filter(
            scope_kind=scope.kind, scope_id=scope.id, grain="month"
        ):
            period = Period(rollup.grain, rollup.starts_on)
            counted = rows.changes(scope, period).filter(rows.CHANGE_POPULATIONS[0].condition)
            leads = [row.lead_seconds or 0 for row in counted]
            assert len(leads) == rollup.lead_n
            assert rollup.lead_p50 == (median(leads) if leads else None)


def test_the_page_shows_the_counts_of_the_rollup_and_as_many_rows(client, world):
    client.force_login(world.bob)
    fill(world, 5)
    for word, slug in (("application", "checkout"), ("team", "payments"), ("company", "all")):
        for facts in ("deployments", "changes", "incidents"):
            query = urlencode({"grain": "month", "period": "2024-12"})
            url = f"/kpis/{word}/{slug}/{facts}/?{query}"
            for tab in client.get(url).context["tabs"]:
                shown = client.get(f"{url}&show={tab.key}").context["page"]
                assert tab.count is None or tab.count == len(shown.rows), (url, tab)
