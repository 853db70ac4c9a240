"""Every CDEvent of the specification's own conformance files, through the door: what it becomes."""

import pytest

from kpis.models import Artifact, Change, Deployment, Incident
from portal.integrations.models import ReceivedEvent
from portal.integrations.services.processing import NO_BEGINNING, NOTHING_SAID, process_some
from portal.integrations.types.kinds import KINDS, Becomes
from tests.factories import EnvironmentFactory
from tests.integrations.events.test_cdevents import EVENTS, each_event, read

DEPLOYMENT, CHANGE, INCIDENT, ARTIFACT = "deployment", "change", "incident", "artifact"
# What a single event of a kind becomes; every other kind is kept, not needed.
BECOMES = {
    "service_deployed": (DEPLOYMENT, "PROCESSED", ""),
    "service_upgraded": (DEPLOYMENT, "PROCESSED", ""),
    "service_rolledback": (DEPLOYMENT, "PROCESSED", ""),
    "change_created": (CHANGE, "PROCESSED", ""),
    "change_reviewed": (CHANGE, "PROCESSED", ""),
    "change_merged": (CHANGE, "PROCESSED", ""),
    "incident_detected": (INCIDENT, "PROCESSED", ""),
    "incident_reported": (INCIDENT, "PROCESSED", ""),
    "incident_resolved": ("", "KEPT", NO_BEGINNING),
    "artifact_packaged": (ARTIFACT, "PROCESSED", ""),
    "artifact_published": ("", "KEPT", NOTHING_SAID),
}
FACTS = {DEPLOYMENT: Deployment, CHANGE: Change, INCIDENT: Incident, ARTIFACT: Artifact}


@pytest.fixture
def places(world):
    for slug in ("test123", "prod1"):
        EnvironmentFactory.create(application=world.checkout, slug=slug, name=slug)
    return world


@each_event
def test_an_event_of_the_specification_becomes_what_the_table_says(pipeline, places, now, path):
    response = pipeline(read(path))
    assert response.status_code == 202
    assert process_some(now=now) == 1
    event = ReceivedEvent.objects.get(public_id=response.json()["id"])
    fact, state, reason = BECOMES.get(path.stem, ("", "KEPT", ""))
    assert (event.state, event.reason, event.attempts) == (state, reason, 1)
    assert {name for name, model in FACTS.items() if model._default_manager.exists()} == (
        {fact} - {""}
    )
    assert (KINDS[event.type].becomes is Becomes.NOTHING) == (path.stem not in BECOMES)


def test_the_table_is_complete():
    assert BECOMES.keys() == {
        "_".join(kind.split(".")[2:4])
        for kind, one in KINDS.items()
        if "." in kind and one.becomes is not Becomes.NOTHING
    }


def test_all_of_them_at_once_are_taken_in(pipeline, places, now):
    events = [read(path) for path in EVENTS]
    if not events:
        pytest.skip("no CDEvents in ../shared/payloads")
    for number, event in enumerate(events):
        event["context"]["id"] = str(number)
    response = pipeline(events)
    assert response.status_code == 202
    while process_some(now=now):
        pass
    states = ReceivedEvent.objects.values_list("state", flat=True)
    assert len(states) == len(events)
    assert set(states) <= {"PROCESSED", "KEPT"}
    assert (Deployment.objects.count(), Change.objects.count()) == (3, 1)
    assert Incident.objects.count() == 1
