"""The latest events of an application, and the marks of its charts."""

from datetime import timedelta

import pytest

from kpis.models import Deployment, DeploymentKind, DeploymentStatus, Incident, Severity
from kpis.selectors.scopes import scope_of_application
from kpis.selectors.timeline import MARKS, marks, timeline
from tests.factories import EnvironmentFactory


@pytest.fixture
def deploy(world):
    def write(name, at, **fields):
        fields = {"environment": world.production, "status": DeploymentStatus.SUCCEEDED} | fields
        return Deployment.objects.create(
            application=world.checkout,
            source="test",
            external_id=name,
            finished_at=at,
            **fields,
        )

    return write


@pytest.fixture
def break_(world):
    def write(title, at, **fields):
        return Incident.objects.create(
            application=world.checkout,
            source="test",
            external_id=title,
            title=title,
            opened_at=at,
            **fields,
        )

    return write


@pytest.fixture
def scope(world):
    return scope_of_application(world.checkout)


def test_deployments_and_incidents_are_on_one_line_the_newest_first(
    deploy, break_, scope, now, django_assert_num_queries
):
    hour = timedelta(hours=1)
    deploy("v1", now - 5 * hour, failed=True, recovered_at=now - 3 * hour)
    break_("Cards declined", now - 4 * hour, resolved_at=now - 3 * hour, severity=Severity.MAJOR)
    deploy("v2", now - 3 * hour, kind=DeploymentKind.HOTFIX, version="2.0.1")
    deploy("v3", now - 2 * hour, failed=True)
    break_("Slow", now - hour)
    with django_assert_num_queries(1):
        events = timeline(scope)
    assert [(event.name, event.note) for event in events] == [
        ("Slow", "not resolved"),
        ("v3", "led to a failure"),
        ("2.0.1", "hotfix"),
        ("Cards declined", "resolved after 1 h"),
        ("v1", "led to a failure, recovered after 2 h"),
    ]
    assert [event.is_incident for event in events] == [True, False, False, True, False]
    assert events[3].state is Severity.MAJOR
    assert events[1].state is DeploymentStatus.SUCCEEDED


def test_an_event_leads_to_its_page(deploy, break_, scope, now):
    deploy("v1", now)
    break_("Slow", now + timedelta(hours=1))
    deployment, incident = Deployment.objects.get(), Incident.objects.get()
    assert [event.url for event in timeline(scope)] == [
        f"/incidents/{incident.pk}/",
        f"/deployments/{deployment.pk}/",
    ]


def test_other_environments_and_running_deployments_are_not_on_it(deploy, world, scope, now):
    staging = EnvironmentFactory.create(
        application=world.checkout, slug="staging", is_production=False
    )
    deploy("staging", now, environment=staging)
    deploy("running", None, status=DeploymentStatus.RUNNING)
    assert timeline(scope) == []


def test_a_long_history_shows_its_end(deploy, scope, now):
    for number in range(40):
        deploy(f"v{number}", now - timedelta(days=number))
    assert [event.name for event in timeline(scope)] == [f"v{number}" for number in range(12)]


def test_marks_lie_between_two_instants_and_are_not_too_many(deploy, break_, scope, now):
    for number in range(MARKS + 10):
        deploy(f"v{number}", now - timedelta(minutes=number))
    break_("Before", now - timedelta(days=2))
    break_("Within", now)
    found = marks(scope, now - timedelta(days=1), now + timedelta(seconds=1))
    assert len(found.deployments) == MARKS
    assert found.deployments[0].external_id == "v0"
    assert [one.title for one in found.incidents] == ["Within"]
