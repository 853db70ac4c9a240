"""Incidents by hand: who may, which deployment is blamed, and what follows for it."""

from datetime import timedelta

import pytest

from kpis.models import Deployment, FailureLink, Incident, Mark, ScopeKind, ScopeMember
from kpis.services import incidents
from kpis.services.incidents import IncidentError
from portal.accounts.policies import NotAllowedError
from tests.factories import EnvironmentFactory
from tests.kpis.histories import deployment, tell


def hours(number):
    return timedelta(hours=number)


@pytest.fixture
def shipped(world, now):
    """Three deployments: two days, ten hours and two hours ago."""
    tell(
        world,
        [
            deployment("v1", now - hours(48)),
            deployment("v2", now - hours(10)),
            deployment("v3", now - hours(2)),
        ],
        now=now,
    )
    return {d.version: d for d in Deployment.objects.all()}


def begin(world, now, ago, **values):
    return incidents.open_incident(
        **(
            {
                "application": world.checkout,
                "title": "Cards declined",
                "severity": 2,
                "opened_at": now - hours(ago),
                "actor": world.bob,
                "now": now,
            }
            | values
        )
    )


def blamed(incident):
    link = FailureLink.objects.filter(incident=incident, is_current=True).first()
    return link and (link.deployment.version, link.rule)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (1, ("v3", "WINDOW")),
        (2, ("v3", "WINDOW")),
        (3, ("v2", "WINDOW")),
        (11, None),
        (25, ("v1", "WINDOW")),
    ],
    ids=["latest", "at the very instant", "not a later one", "outside 24 h", "within 24 h"],
)
def test_the_latest_deployment_within_the_window_is_blamed(world, now, shipped, ago, expected):
    assert blamed(begin(world, now, ago)) == expected


def test_a_failed_deployment_and_another_environment_are_not_blamed(world, now, shipped):
    staging = EnvironmentFactory.create(
        application=world.checkout, slug="staging", name="Staging", is_production=False
    )
    tell(world, [deployment("s", now - hours(1))], now=now, environment=staging, source="s")
    tell(world, [deployment("f", now - hours(1), status="FAILED")], now=now, source="f")
    assert blamed(begin(world, now, 0)) == ("v3", "WINDOW")
    assert blamed(begin(world, now, 0, environment=staging)) == ("s", "WINDOW")


def test_the_rollback_during_an_incident_tells_what_caused_it(world, now, shipped):
    tell(
        world,
        [
            deployment("w1", now - hours(9)),
            deployment("w2", now - hours(8)),
            deployment("undo", now - hours(1), kind="ROLLBACK", remedies="w1"),
        ],
        now=now,
        source="other",
    )
    incident = begin(world, now, 1.5)
    assert blamed(incident) == ("w1", "ROLLBACK")
    assert Deployment.objects.get(version="w1").recovered_at == now - hours(1)


def test_the_failure_ends_when_the_last_incident_is_resolved(world, now, shipped):
    first, second = begin(world, now, 1.5), begin(world, now, 1)
    incidents.resolve_incident(
        incident=first, resolved_at=now - hours(1), actor=world.bob, now=now
    )
    shipped["v3"].refresh_from_db()
    assert (shipped["v3"].failed, shipped["v3"].recovered_at) == (True, None)
    incidents.resolve_incident(incident=second, resolved_at=now, actor=world.bob, now=now)
    shipped["v3"].refresh_from_db()
    assert shipped["v3"].recovered_at == now
    incidents.reopen_incident(incident=second, actor=world.bob, now=now)
    shipped["v3"].refresh_from_db()
    assert shipped["v3"].recovered_at is None


def test_a_persons_word_overrules_the_rules_and_stays(world, now, shipped):
    incident = begin(world, now, 1)
    incidents.attribute_incident(
        incident=incident,
        deployment=shipped["v2"],
        reason="The slow query came with v2.",
        actor=world.alice,
        now=now,
    )
    assert blamed(incident) == ("v2", "PERSON")
    tell(world, [deployment("late", now - hours(1))], now=now, source="late")
    assert blamed(incident) == ("v2", "PERSON")
    shipped["v3"].refresh_from_db()
    assert not shipped["v3"].failed
    assert FailureLink.objects.filter(incident=incident).count() == 2


def test_an_incident_that_no_change_caused_blames_nothing(world, now, shipped):
    incident = begin(world, now, 1)
    incidents.attribute_incident(
        incident=incident, deployment=None, reason="Power cut.", actor=world.bob, now=now
    )
    tell(world, [deployment("late", now - hours(1.1))], now=now, source="late")
    assert blamed(incident) is None
    assert not Deployment.objects.filter(failed=True).exists()


def test_a_deployment_told_months_late_is_blamed_for_the_incident_in_its_window(world, now):
    incident = begin(world, now, 2000)
    assert blamed(incident) is None
    tell(world, [deployment("old", now - hours(2001))], now=now)
    assert blamed(incident) == ("old", "WINDOW")
    tell(world, [deployment("old", now - hours(2100))], now=now)
    assert blamed(incident) is None
    assert not Deployment.objects.get().failed


def test_moving_the_beginning_of_an_incident_lets_the_rules_decide_anew(world, now, shipped):
    incident = begin(world, now, 1)
    incidents.change_incident(
        incident=incident,
        title="Cards declined",
        severity=1,
        opened_at=now - hours(5),
        environment=None,
        actor=world.bob,
        now=now,
    )
    assert blamed(incident) == ("v2", "WINDOW")
    shipped["v3"].refresh_from_db()
    assert not shipped["v3"].failed


def test_the_beginning_cannot_move_before_what_a_person_blamed(world, now, shipped):
    incident = begin(world, now, 1, caused_by=shipped["v3"])
    with pytest.raises(IncidentError, match="finished after the incident began"):
        incidents.change_incident(
            incident=incident,
            title="Cards declined",
            severity=1,
            opened_at=now - hours(5),
            environment=None,
            actor=world.bob,
            now=now,
        )


def test_the_day_of_the_incident_and_of_the_blamed_deployment_are_marked(world, now, shipped):
    ScopeMember.objects.create(
        scope_kind=ScopeKind.APPLICATION,
        scope_id=world.checkout.pk,
        application=world.checkout,
        zone="UTC",
        environments=[world.production.pk],
    )
    begin(world, now, 30)
    assert {m.from_on for m in Mark.objects.all()} == {
        (now - hours(30)).date(),
        (now - hours(48)).date(),
    }


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"ago": -1}, "cannot begin in the future"),
        ({"ago": 3, "caused_by": "v3"}, "finished after the incident began"),
    ],
)
def test_what_cannot_be_is_refused(world, now, shipped, values, complaint):
    if "caused_by" in values:
        values = values | {"caused_by": shipped[values["caused_by"]]}
    with pytest.raises(IncidentError, match=complaint):
        begin(world, now, **values)
    assert not Incident.objects.exists()


def test_an_incident_cannot_end_before_it_began_nor_twice(world, now, shipped):
    incident = begin(world, now, 1)
    with pytest.raises(IncidentError, match="before it began"):
        incidents.resolve_incident(
            incident=incident, resolved_at=now - hours(2), actor=world.bob, now=now
        )
    incidents.resolve_incident(incident=incident, resolved_at=now, actor=world.bob, now=now)
    with pytest.raises(IncidentError, match="resolved already"):
        incidents.resolve_incident(incident=incident, resolved_at=now, actor=world.bob, now=now)


def test_a_word_without_a_reason_is_refused(world, now, shipped):
    with pytest.raises(IncidentError, match="why"):
        incidents.attribute_incident(
            incident=begin(world, now, 1), deployment=None, reason=" ", actor=world.bob, now=now
        )


def test_a_deployment_of_another_application_cannot_be_blamed(world, now, shipped):
    other = EnvironmentFactory.create(application=world.loans)
    tell(
        world,
        [deployment("l", now - hours(3))],
        now=now,
        application=world.loans,
        environment=other,
    )
    with pytest.raises(IncidentError, match="belongs to another"):
        begin(world, now, 1, caused_by=Deployment.objects.get(version="l"))


@pytest.mark.parametrize("who", ["charlie", "eve", "audrey"])
def test_outsiders_executives_and_auditors_open_no_incident(world, now, who):
    with pytest.raises(NotAllowedError):
        begin(world, now, 1, actor=getattr(world, who))
