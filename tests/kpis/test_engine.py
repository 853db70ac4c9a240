"""Marks, recompute, refresh of scopes and full rebuild against a plain calculation."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from kpis import services
from kpis.models import (
    ChangeInDeployment,
    Deployment,
    Incident,
    Mark,
    Rollup,
    ScopeMember,
    ScopeRevision,
)
from kpis.services import marks, rollups
from portal.audit.models import Entry
from portal.catalogue.models import Application, Environment, Team
from tests.factories import ApplicationFactory, EnvironmentFactory
from tests.kpis import engine
from tests.kpis.raw_facts import add_change, add_deployment, add_incident

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def agree():
    assert engine.stored_periods() == engine.expected()
    assert not Mark.objects.exists()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def scopes(world):
    """Know the scopes of the world from the start."""
    services.refresh_scopes()
    return world


class Random:
    """Facts that come, change and go at random, with the marks a writer makes."""

    def __init__(self, seed, world):
        self.random = random.Random(seed)
        staging = EnvironmentFactory.create(
            application=world.checkout, slug="staging", is_production=False
        )
        loans = EnvironmentFactory.create(application=world.loans)
        orphan = EnvironmentFactory.create(
            application=ApplicationFactory.create(slug="orphan", owner=None)
        )
        self.environments = [world.production, staging, loans, orphan]
        self.teams = [world.acquiring, world.lending, world.cards, None]
        # Around a month end, a leap day, ISO week 53 and the shifts of the clocks.
        self.starts = [
            at(text)
            for text in ("2024-02-27", "2024-03-09", "2024-12-27", "2025-03-28", "2026-12-25")
        ]

    def moment(self):
        start = self.random.choice(self.starts)
        return start + timedelta(seconds=self.random.randrange(10 * 86_400))

    def seconds(self):
        return self.random.choice([None, 0, 899, 900, 901, self.random.randrange(10**7)])

    def step(self):
        act = self.random.choices(
            [self.add, self.move, self.drop, self.reorganise, self.compute], [12, 3, 2, 1, 2]
        )
        act[0]()

    def add(self):
        environment, moment = self.random.choice(self.environments), self.moment()
        deployment = add_deployment(
            environment,
            moment,
            status=self.random.choice(["SUCCEEDED", "SUCCEEDED", "FAILED", "CANCELLED"]),
            failed=self.random.random() < 0.3,
            unplanned=self.random.random() < 0.3,
            recovered_at=self.random.choice(
                [None, moment + timedelta(seconds=77.7), moment - DAY]
            ),
        )
        for _ in range(self.random.randrange(4)):
            add_change(
                deployment,
                is_bot=self.random.random() < 0.2,
                credited=self.random.random() < 0.8,
                lead_seconds=self.random.randrange(10**7),
                coding_seconds=self.seconds(),
                pickup_seconds=self.seconds(),
                review_seconds=self.seconds(),
                merge_seconds=self.seconds(),
            )
        begun = moment + timedelta(hours=1)
        if self.random.random() < 0.3:
            add_incident(
                environment.application,
                begun,
                environment=self.random.choice([None, environment]),
            )
        marks.mark(environment.application_id, [moment, begun])

    def move(self):
        for deployment in Deployment.objects.order_by("?")[:1]:
            before, after = deployment.finished_at, self.moment()
            assert before is not None
            Deployment.objects.filter(pk=deployment.pk).update(finished_at=after)
            deployment.contains.update(live_at=after)
            marks.mark(deployment.application_id, [before, after])

    def drop(self):
        for change in [*ChangeInDeployment.objects.order_by("?")[:1]]:
            change.delete()
            marks.mark(change.application_id, [change.live_at])
        for incident in [*Incident.objects.order_by("?")[:1]]:
            incident.delete()
            marks.mark(incident.application_id, [incident.opened_at])

    def reorganise(self):
        what = self.random.randrange(3)
        if what == 0:
            team = self.random.choice(self.teams[:3])
            zone = self.random.choice(["Europe/London", "America/Chicago", "Asia/Kolkata"])
            Team.objects.filter(pk=team.pk).update(zone=zone)
        elif what == 1:
            Application.objects.filter(slug__in=["checkout", "orphan"]).update(
                owner=self.random.choice(self.teams)
            )
        else:
            environment = Environment.objects.get(pk=self.environments[1].pk)
            environment.is_production = not environment.is_production
            environment.save()
        if self.random.random() < 0.5:
            services.refresh_scopes()

    def compute(self):
        services.recompute(now=datetime(2026, 3, 4, tzinfo=UTC))


@pytest.mark.parametrize("seed", range(12))
def test_any_history_of_facts_gives_what_a_plain_calculation_and_a_rebuild_give(world, now, seed):
    history = Random(seed, world)
    if seed % 2:
        services.refresh_scopes()
    for _ in range(40):
        history.step()
    services.refresh_scopes()
    services.recompute(now=now)
    agree()
    incremental = engine.stored()
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    assert engine.stored() == incremental
    assert incremental


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Europe/London", "2026-03-29T00:00:00", "2026-03-29T22:59:59"),
        ("Europe/London", "2026-10-24T23:00:00", "2026-10-25T23:59:59"),
        ("America/Chicago", "2026-03-08T06:00:00", "2026-03-09T04:59:59"),
        ("America/Chicago", "2026-11-01T05:00:00", "2026-11-02T05:59:59"),
        ("Asia/Kolkata", "2026-03-28T18:30:00", "2026-03-29T18:29:59"),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight_by_the_clocks_of_the_zone(
    world, now, zone, first, last
):
    Team.objects.filter(pk=world.acquiring.pk).update(zone=zone)
    services.refresh_scopes()
    second = timedelta(seconds=1)
    moments = [at(first) - second, at(first), at(last), at(last) + second]
    for moment in moments:
        add_deployment(world.production, moment)
    marks.mark(world.checkout.pk, moments)
    services.recompute(now=now)
    rows = Rollup.objects.filter(scope_kind=1, scope_id=world.checkout.pk, grain="day")
    assert list(rows.order_by("starts_on").values_list("deployments", flat=True)) == [1, 2, 1]
    agree()


def test_the_last_days_of_a_year_belong_to_week_53(scopes, now):
    moments = [at("2026-12-28T00:00:00"), at("2027-01-03T23:59:59"), at("2027-01-04T00:00:00")]
    for moment in moments:
        add_deployment(scopes.production, moment)
    marks.mark(scopes.checkout.pk, moments)
    services.recompute(now=now)
    weeks = Rollup.objects.filter(scope_kind=3, grain="week").values_list(
        "starts_on", "deployments"
    )
    assert dict(weeks) == {date(2026, 12, 28): 2, date(2027, 1, 4): 1}


def test_only_what_is_marked_is_recomputed(scopes, now):
    day = at("2025-05-06T12:00:00")
    add_deployment(scopes.production, day)
    add_deployment(scopes.production, day + 60 * DAY)
    marks.mark(scopes.checkout.pk, [day])
    services.recompute(now=now)
    days = set(Rollup.objects.filter(grain="day").values_list("starts_on", flat=True))
    assert days == {date(2025, 5, 6)}


def test_days_that_become_empty_have_no_rows(scopes, now):
    deployment = add_deployment(scopes.production, at("2025-05-06T12:00:00"))
    marks.mark(scopes.checkout.pk, [deployment.finished_at])
    services.recompute(now=now)
    deployment.delete()
    marks.mark(scopes.checkout.pk, [deployment.finished_at])
    services.recompute(now=now)
    assert engine.stored() == []


def test_work_too_large_for_one_transaction_is_done_in_parts(scopes, now, monkeypatch):
    monkeypatch.setattr(rollups, "APPLICATION_DAYS_AT_ONCE", 17)
    monkeypatch.setattr(rollups, "SCOPES_AT_ONCE", 2)
    for day in range(120):
        add_change(add_deployment(scopes.production, at("2025-01-20T12:00:00") + day * DAY))
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    agree()


def test_a_revision_tells_that_a_scope_has_news(scopes, now):
    mine = ScopeRevision.objects.filter(scope_kind=1, scope_id=scopes.checkout.pk)
    other = ScopeRevision.objects.filter(scope_kind=1, scope_id=scopes.loans.pk)
    add_deployment(scopes.production, now)
    marks.mark(scopes.checkout.pk, [now])
    assert services.recompute(now=now) == 5
    assert mine.values_list("revision", "computed_at").get() == (1, now)
    assert other.values_list("revision", "computed_at").get() == (0, None)
    assert services.recompute(now=now) == 0
    assert mine.get().revision == 1


def test_a_refresh_without_changes_changes_nothing(scopes):
    assert services.refresh_scopes() == 0
    assert ScopeMember.objects.count() == 8


def test_an_application_without_an_owner_counts_in_the_company_alone(world):
    Application.objects.filter(pk=world.checkout.pk).update(owner=None)
    services.refresh_scopes()
    members = ScopeMember.objects.filter(application=world.checkout)
    assert set(members.values_list("scope_kind", "scope_id", "zone")) == {
        (1, world.checkout.pk, "Europe/London"),
        (3, 0, "Europe/London"),
    }


def test_facts_recorded_before_the_scopes_were_known_count_from_then_on(world, now):
    add_deployment(world.production, now)
    marks.mark(world.checkout.pk, [now])
    assert services.recompute(now=now) == 0
    services.refresh_scopes()
    services.recompute(now=now)
    agree()
    assert Rollup.objects.filter(grain="day").count() == 5


def test_a_rebuild_mends_what_was_damaged_and_is_told_once(scopes, now):
    add_change(add_deployment(scopes.production, now))
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    Rollup.objects.filter(scope_kind=3).delete()
    Rollup.objects.update(deployments=99)
    before = Entry.objects.count()
    services.rebuild(actor="command:test", now=now)
    services.recompute(now=now)
    agree()
    assert Entry.objects.count() == before + 1


def test_a_rebuild_of_one_application_leaves_other_scopes_alone(scopes, now):
    services.rebuild(application=scopes.checkout, actor="command:test", now=now)
    add_deployment(scopes.production, now)
    assert services.rebuild(application=scopes.checkout, actor="command:test", now=now) == 5
    keys = set(Mark.objects.values_list("scope_kind", "scope_id"))
    assert (1, scopes.loans.pk) not in keys
    assert len(keys) == 5


def test_a_rebuild_that_fails_half_way_leaves_the_old_numbers_and_the_marks(
    scopes, now, monkeypatch
):
    add_deployment(scopes.production, now)
    marks.mark(scopes.checkout.pk, [now])
    services.recompute(now=now)
    before = engine.stored()
    marks.mark(scopes.checkout.pk, [now])
    marked = engine.dump("kpis_mark")

    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr(rollups, "_strike", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.recompute(now=now)
    assert (engine.stored(), engine.dump("kpis_mark")) == (before, marked)
