"""The KPIs of onboarding: figures against plain arithmetic, their page, export and API."""

from datetime import timedelta
from statistics import median

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis import services
from kpis.models import FirstDeployment
from kpis.selectors.onboarding import onboarding
from kpis.services.firsts import note_first_deployments
from kpis.types import DeploymentFact
from portal.audit.models import Entry
from portal.catalogue.models import Lifecycle, Registration, Tier
from portal.catalogue.services import register_application
from tests.factories import ApplicationFactory
from tests.kpis.raw_facts import add_deployment

MINUTE = timedelta(minutes=1)


def register(person, team, at, *, took=None, name="Refunds"):
    return register_application(
        name=name,
        owner=team,
        tier=Tier.THREE,
        lifecycle=Lifecycle.PRODUCTION,
        actor=person,
        now=at,
        signed_in_at=at - took if took is not None else None,
    )


def figures(now):
    return onboarding(since=now - timedelta(days=30), until=now + MINUTE)


def test_without_registrations_nothing_is_known(db, now):
    found = figures(now)
    assert (found.registering.n, found.registering.p50, found.registering.soon) == (0, None, None)
    assert (found.deploying.n, found.deploying.p50, found.waiting) == (0, None, 0)


def test_only_the_first_application_of_each_person_counts(world, now):
    spans = {"alice": 70, "bob": 100, "charlie": 400}
    for name, seconds in spans.items():
        person = getattr(world, name)
        team = world.lending if name == "charlie" else world.acquiring
        took = timedelta(seconds=seconds)
        register(person, team, now - 3 * MINUTE, took=took, name=f"First of {name}")
        register(person, team, now, took=timedelta(hours=3), name=f"Second of {name}")
    found = figures(now).registering
    assert found.n == 3
    assert found.p50 == median(spans.values())
    assert found.soon == pytest.approx(2 / 3)


def test_who_registered_long_ago_is_no_newcomer(world, now):
    register(world.bob, world.acquiring, now - timedelta(days=90), took=MINUTE, name="Older")
    register(world.bob, world.acquiring, now, took=MINUTE, name="Newer")
    assert figures(now).registering.n == 0


def test_what_nobody_typed_has_no_time(world, now):
    register(world.bob, world.acquiring, now)
    assert figures(now).registering.n == 0
    assert figures(now).waiting == 1


def test_the_first_deployment_is_noted_once_when_it_is_told(world, now):
    application = register(world.bob, world.acquiring, now - timedelta(hours=6))
    production = application.environments.get()
    repository = application.repositories.create(url="https://git.example.com/refunds.git")
    fact = DeploymentFact(
        external_id="1",
        version="1",
        sha="a" * 40,
        status="SUCCEEDED",
        kind="PLANNED",
        finished_at=now - timedelta(days=400),
    )
    told = {
        "application": application,
        "environment": production,
        "repository": repository,
        "source": "test",
        "changes": (),
        "actor": "system:test",
    }
    services.record_history(**told, deployments=[fact], now=now)
    assert application.first_deployment.recorded_at == now
    later = DeploymentFact("2", "2", "b" * 40, "SUCCEEDED", "PLANNED", now)
    services.record_history(**told, deployments=[fact, later], now=now + timedelta(days=1))
    assert FirstDeployment.objects.get(application=application).recorded_at == now
    found = figures(now)
    assert (found.deploying.n, found.deploying.p50) == (1, 6 * 3600)
    assert (found.deploying.soon, found.waiting) == (1, 0)


@pytest.mark.parametrize("status", ["FAILED", "RUNNING", "CANCELLED"])
def test_only_a_success_in_production_is_a_first_deployment(world, now, status):
    add_deployment(world.production, None if status == "RUNNING" else now, status=status)
    note_first_deployments([world.checkout.pk], now=now)
    assert not FirstDeployment.objects.exists()


def test_a_deployment_of_which_nobody_knows_when_it_was_told_is_neither_waited_for_nor_timed(
    world, now
):
    application = register(world.bob, world.acquiring, now)
    FirstDeployment.objects.create(application=application, recorded_at=None)
    found = figures(now)
    assert (found.deploying.n, found.waiting) == (0, 0)


def test_the_page_shows_figures_and_rows_in_few_queries(client, world, now, time_machine):
    time_machine.move_to(now)
    register(world.bob, world.acquiring, now - MINUTE, took=MINUTE)
    client.force_login(world.eve)
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/kpis/onboarding/")
    assert len(queries) <= 8
    shown = response.content.decode()
    assert "Refunds" in shown
    assert "1 min" in shown
    assert "Waits for one" in shown


def test_an_empty_page_offers_the_first_step(client, world):
    client.force_login(world.bob)
    assert "/apps/new/" in client.get("/kpis/onboarding/?days=365").content.decode()


def test_other_spans_are_refused_with_those_there_are(client, world):
    client.force_login(world.bob)
    response = client.get("/kpis/onboarding/?days=7")
    assert response.status_code == 400
    assert "30, 90, 365" in response.content.decode()


def test_the_rows_leave_as_csv_and_that_is_on_record(client, world, now, time_machine):
    time_machine.move_to(now)
    register(world.bob, world.acquiring, now - MINUTE, took=MINUTE)
    client.force_login(world.audrey)
    lines = client.get("/kpis/onboarding/?format=csv").getvalue().decode().splitlines()
    assert lines[1].startswith("refunds,bob@example.com,")
    assert lines[1].endswith(",60.0,")
    assert Entry.objects.latest("id").event == "kpis.facts.exported"


def test_the_api_tells_the_same(client, world, now, time_machine):
    time_machine.move_to(now)
    register(world.bob, world.acquiring, now - MINUTE, took=MINUTE)
    client.force_login(world.eve)
    told = client.get("/api/v1/kpis/onboarding/?days=30").json()
    assert told["registering"] == {"n": 1, "p50": 60.0, "p90": 60.0, "soon": 1.0}
    assert (told["deploying"]["n"], told["waiting"]) == (0, 1)


def test_the_form_tells_since_when_somebody_is_signed_in(client, world):
    client.force_login(world.bob)
    world.bob.refresh_from_db()
    client.post(
        "/apps/new/",
        {"name": "Till", "owner": world.acquiring.slug, "tier": 3, "lifecycle": "PRODUCTION"},
    )
    assert Registration.objects.get().signed_in_at == world.bob.last_login


def test_an_application_of_nobody_is_listed_too(client, world, now):
    ApplicationFactory.create(owner=None, slug="orphan")
    client.force_login(world.bob)
    assert client.get("/kpis/onboarding/").status_code == 200
