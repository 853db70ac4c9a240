"""The start page: what is mine, how it does, what happened to it and what waits for me."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.models import Deployment, FailureLink, Incident, Rollup, ScopeKind
from kpis.selectors.scopes import scope_of_application, scope_of_company
from portal.catalogue.models import Membership
from portal.home.selectors import start
from portal.home.selectors.start import COMPARED, SHOWN, start_of
from portal.integrations.models import HistoryImport
from tests.factories import ApplicationFactory, EnvironmentFactory, MembershipFactory, TeamFactory
from tests.kpis.rollups import BUSY, write_rollup

FEBRUARY = "2026-02"


def deploy(application, at, environment=None, **values):
    environment = environment or EnvironmentFactory.create(application=application, slug="live")
    fields = {"status": "SUCCEEDED", "source": "git", "external_id": at.isoformat()}
    return Deployment.objects.create(
        application=application, environment=environment, finished_at=at, **fields | values
    )


def incident(application, at, title="Cards declined", **values):
    fields = {"source": "manual", "external_id": f"{title} {at}", "severity": 2}
    return Incident.objects.create(
        application=application, opened_at=at, title=title, **fields | values
    )


def failed_import(application, environment, at, source="https://git.example.com/a.git", **values):
    fields = {"state": "FAILED", "requested_by": "user:bob@example.com", "problem": "No tags."}
    return HistoryImport.objects.create(
        application=application,
        environment=environment,
        source=source,
        requested_at=at,
        finished_at=at,
        **fields | values,
    )


def titles(start):
    return [task.title for task in start.tasks]


@pytest.fixture
def till(world):
    return ApplicationFactory.create(slug="till", name="Till", owner=world.acquiring)


@pytest.fixture
def open_home(client, time_machine, now):
    """Return a function that opens the start page of a person at the time of the tests."""

    def open_home(user):
        time_machine.move_to(now, tick=False)
        client.force_login(user)
        return client.get("/")

    return open_home


# --- What is mine -----------------------------------------------------------------------------


def test_my_applications_are_those_of_my_teams_and_of_the_teams_below(world, now):
    MembershipFactory.create(team=world.payments, user=world.eve)
    for person, expected in [("bob", "Checkout"), ("eve", "Checkout"), ("charlie", "Loans")]:
        found = start_of(getattr(world, person), now=now)
        assert [mine.application.name for mine in found.applications] == [expected]
        assert found.applications_count == 1
    assert not start_of(world.olive, now=now).applications


def test_open_incidents_come_before_bad_figures(world, now, till):
    write_rollup(scope_of_application(world.checkout), FEBRUARY, failures=32)
    write_rollup(scope_of_application(till), FEBRUARY, failures=1)
    names = [mine.application.name for mine in start_of(world.bob, now=now).applications]
    assert names == ["Checkout", "Till"]
    incident(till, now - timedelta(hours=1))
    incident(till, now - timedelta(hours=2))
    found = start_of(world.bob, now=now).applications
    assert [(one.application.name, one.trouble) for one in found] == [
        ("Till", "2 open incidents"),
        ("Checkout", ""),
    ]


def test_the_figures_are_those_of_the_last_complete_month(world, now):
    write_rollup(scope_of_application(world.checkout), FEBRUARY)
    write_rollup(scope_of_application(world.checkout), "2026-03", deployments=1, failures=1)
    found = start_of(world.bob, now=now)
    assert found.period.label == "February 2026"
    fail_rate, lead_time, frequency = found.applications[0].cells
    assert fail_rate.reading.value == 8 / 64
    assert lead_time.reading.value == BUSY["lead_p50"]
    assert frequency.reading.n == BUSY["deployments"]


def test_of_very_many_the_worst_are_found(world, now):
    division = TeamFactory.create(name="Large")
    MembershipFactory.create(team=division, user=world.bob)
    many = [ApplicationFactory.create(owner=division) for _ in range(COMPARED + 5)]
    for failures, application in enumerate(many):
        write_rollup(scope_of_application(application), FEBRUARY, failures=failures, finished=70)
    found = start_of(world.bob, now=now)
    assert found.applications_count == COMPARED + 6
    assert len(found.applications) == SHOWN
    shown = {mine.application for mine in found.applications}
    assert shown <= set(many[5:])
    assert many[-1] in shown


# --- What happened ----------------------------------------------------------------------------


def test_the_latest_deployments_to_production_are_mine_alone(world, now):
    test_bed = EnvironmentFactory.create(
        application=world.checkout, slug="test", is_production=False
    )
    deploy(world.checkout, now - timedelta(days=2), world.production, version="v1")
    deploy(world.checkout, now - timedelta(days=1), world.production, version="v2")
    deploy(world.checkout, now, test_bed, version="v3")
    deploy(world.loans, now, version="v9")
    found = start_of(world.bob, now=now).deployments
    assert [one.version for one in found] == ["v2", "v1"]


def test_open_incidents_are_told_the_worst_first(world, now):
    incident(world.checkout, now - timedelta(hours=2), "Slow", severity=3)
    incident(world.checkout, now - timedelta(days=300), "Down", severity=1)
    incident(world.checkout, now - timedelta(hours=2), "Over", resolved_at=now)
    incident(world.loans, now, "Not mine", severity=1)
    found = start_of(world.bob, now=now).incidents
    assert [one.title for one in found] == ["Down", "Slow"]


# --- What waits for me ------------------------------------------------------------------------


def test_an_incident_without_a_known_cause_waits_until_somebody_names_it(world, now):
    release = deploy(world.checkout, now - timedelta(days=3), world.production)
    found = incident(world.checkout, now - timedelta(days=1), resolved_at=now)
    assert titles(start_of(world.bob, now=now)) == ["Checkout: Cards declined"]
    assert titles(start_of(world.charlie, now=now)) == []
    FailureLink.objects.create(
        deployment=release,
        incident=found,
        rule="PERSON",
        confidence=100,
        decided_by="user:bob@example.com",
        decided_at=now,
    )
    assert titles(start_of(world.bob, now=now)) == []


def test_what_no_deployment_caused_or_is_long_past_does_not_wait(world, now):
    incident(world.checkout, now - timedelta(days=1), "Storm", caused_by_change=False)
    incident(world.checkout, now - timedelta(days=31), "Old", resolved_at=now)
    assert titles(start_of(world.bob, now=now)) == []


def test_a_failed_import_waits_until_it_is_repeated(world, now):
    failed_import(world.checkout, world.production, now - timedelta(hours=1))
    (task,) = start_of(world.bob, now=now).tasks
    assert task.title == "The import into Checkout failed"
    assert task.note == "No tags."
    assert titles(start_of(world.charlie, now=now)) == []
    failed_import(world.checkout, world.production, now, state="SUCCEEDED")
    assert titles(start_of(world.bob, now=now)) == []


def test_operations_see_what_failed_anywhere_and_what_nobody_owns(world, now):
    failed_import(world.checkout, world.production, now)
    ApplicationFactory.create(owner=None)
    assert titles(start_of(world.olive, now=now)) == [
        "The import into Checkout failed",
        "1 application has no owner",
    ]
    ApplicationFactory.create(owner=None)
    assert "2 applications have no owner" in titles(start_of(world.olive, now=now))


@pytest.mark.parametrize("person", ["eve", "audrey"])
def test_nothing_waits_for_those_who_change_nothing(world, now, person):
    Membership.objects.create(team=world.acquiring, user=getattr(world, person))
    failed_import(world.checkout, world.production, now)
    assert start_of(getattr(world, person), now=now).tasks == []


# --- The page ---------------------------------------------------------------------------------


def test_an_executive_starts_with_the_company(world, open_home):
    write_rollup(scope_of_company(), FEBRUARY)
    text = open_home(world.eve).text
    assert "in February 2026" in text
    assert "Change fail rate" in text
    assert "Waiting for me" not in text
    assert "Register an application" not in text


def test_an_auditor_starts_with_the_evidence(world, open_home):
    text = open_home(world.audrey).text
    assert 'href="/audit/"' in text
    assert "Register an application" not in text


def test_a_newcomer_is_told_the_next_step(world, open_home):
    Membership.objects.filter(user=world.bob).delete()
    text = open_home(world.bob).text
    assert "You are in no team yet" in text
    assert 'href="/teams/"' in text


def test_a_team_without_applications_is_offered_the_first(world, open_home):
    world.checkout.delete()
    assert "Register your first application" in open_home(world.bob).text


def test_everything_is_on_the_page_and_leads_somewhere(world, open_home, now):
    write_rollup(scope_of_application(world.checkout), FEBRUARY)
    release = deploy(world.checkout, now - timedelta(days=3), world.production, version="v7")
    found = incident(world.checkout, now - timedelta(hours=3))
    failed = failed_import(world.checkout, world.production, now - timedelta(hours=1))
    text = open_home(world.bob).text
    for link in (
        "/apps/checkout/",
        "/teams/acquiring/",
        f"/deployments/{release.pk}/",
        f"/incidents/{found.pk}/",
        f"/imports/{failed.pk}/",
        "/kpis/definitions/#lead-time",
        "/kpis/application/checkout/changes/?grain=month&amp;period=2026-02",
    ):
        assert f'href="{link}"' in text, link
    assert "1 open incident" in text


@pytest.mark.parametrize("person", ["bob", "olive", "eve", "audrey"])
def test_the_page_needs_at_most_fourteen_queries_however_much_is_mine(
    world, open_home, now, monkeypatch, person
):
    monkeypatch.setattr(start, "COMPARED", 2)
    user = getattr(world, person)
    MembershipFactory.create(team=world.payments, user=user)
    for number in range(12):
        application = ApplicationFactory.create(owner=world.acquiring)
        environment = EnvironmentFactory.create(application=application)
        write_rollup(scope_of_application(application), FEBRUARY)
        deploy(application, now - timedelta(days=number), environment)
        incident(application, now - timedelta(days=number))
        failed_import(application, environment, now)
    ApplicationFactory.create(owner=None)
    client = open_home(user).client
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    # Thirteen of its own, and the unread notices in the header.
    assert len(queries) <= 14, "\n".join(one["sql"] for one in queries)


def test_a_month_without_facts_says_so_and_is_not_zero(world, open_home):
    assert Rollup.objects.filter(scope_kind=ScopeKind.APPLICATION).count() == 0
    assert open_home(world.bob).text.count("No data") == 3
