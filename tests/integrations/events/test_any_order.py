"""Everything sent twice, shuffled and split into any batches ends in the same facts and roll-ups."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.models import Mark
from kpis.services import recompute, refresh_scopes
from portal.integrations.models import EventState, ReceivedEvent
from portal.integrations.services.processing import process_some
from tests.factories import EnvironmentFactory
from tests.integrations.events.oracle import Oracle
from tests.integrations.events.stored import facts
from tests.integrations.events.telling import cdevent, store, told
from tests.kpis import engine

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
REPOSITORIES = ["https://git.example.com/pay", "https://git.example.com/web"]

# Few names and few instants, so that events meet.
instants = st.integers(0, 60).map(lambda hours: START + timedelta(hours=hours))
numbers = st.integers(1, 4)
shas = st.sampled_from(["a1", "b2", "c3", "d4"])
environments = st.sampled_from(["production", "production", "staging"])
repositories = st.sampled_from(REPOSITORIES[:1] * 3 + REPOSITORIES[1:])


def maybe(strategy):
    return st.none() | strategy


@st.composite
def plain_deployments(draw):
    at = draw(instants)
    status = draw(st.sampled_from(["running", "succeeded", "succeeded", "succeeded", "failed"]))
    event = {
        "id": draw(maybe(numbers.map(lambda n: f"run-{n}"))),
        "environment": draw(environments),
        "status": status,
        "commit": draw(shas),
        "repository": draw(maybe(repositories)),
        "kind": draw(st.sampled_from([None, None, None, "rollback", "hotfix", "planned"])),
        "remedies": draw(st.sampled_from([None, None, None, "run-1", "run-2"])),
        "changes": draw(st.sampled_from([None, None, None, ["a1"], ["b2", "c3"]])),
    }
    event["started_at" if status == "running" else "finished_at"] = at
    return told("deployment", **event)


@st.composite
def services(draw):
    kind = draw(st.sampled_from(["deployed", "deployed", "upgraded", "rolledback"]))
    custom = draw(st.sampled_from([None, {"commit": "a1", "repository": REPOSITORIES[0]}]))
    chain = draw(st.sampled_from([{}, {}, {"chainId": "one"}]))
    return cdevent(
        f"service.{kind}",
        draw(instants),
        id_=f"s{draw(st.integers(1, 6))}",
        content={
            "environment": {"id": draw(environments)},
            "artifactId": f"pkg:generic/app@{draw(numbers)}",
        },
        custom=custom,
        **chain,
    )


@st.composite
def plain_changes(draw):
    number = draw(numbers)
    at = draw(instants)
    return told(
        "change",
        id=f"pr-{number}",
        repository=draw(repositories),
        commit=["a1", "b2", "c3", "d4"][number - 1],
        authored_at=at,
        opened_at=draw(maybe(st.just(at + timedelta(hours=1)))),
        merged_at=draw(maybe(st.integers(1, 9).map(lambda hours: at + timedelta(hours=hours)))),
    )


@st.composite
def changes(draw):
    kind = draw(st.sampled_from(["created", "reviewed", "merged", "merged"]))
    number = draw(numbers)
    custom = draw(st.sampled_from([None, {"commit": ["a1", "b2", "c3", "d4"][number - 1]}]))
    return cdevent(
        f"change.{kind}",
        draw(instants),
        id_=f"c{draw(st.integers(1, 12))}",
        subject=f"pr-{number}",
        content={"repository": {"id": draw(repositories)}},
        custom=custom,
    )


@st.composite
def artifacts(draw):
    return cdevent(
        "artifact.packaged",
        draw(instants),
        id_=f"a{draw(st.integers(1, 6))}",
        subject=f"pkg:generic/app@{draw(numbers)}",
        content={"change": {"id": f"pr-{draw(numbers)}", "source": draw(repositories)}},
    )


@st.composite
def incidents(draw):
    kind = draw(st.sampled_from(["detected", "reported", "resolved", "resolved"]))
    links = draw(
        st.sampled_from(
            [
                {},
                {},
                {
                    "links": [
                        {
                            "linkType": "RELATION",
                            "linkKind": "CAUSE",
                            "target": {"contextId": "s1"},
                        }
                    ]
                },
                {"chainId": "one"},
            ]
        )
    )
    content: dict[str, object] = {"environment": {"id": draw(environments)}}
    if kind == "reported":
        content["ticketURI"] = "https://tickets.example.com/1"
    return cdevent(
        f"incident.{kind}",
        draw(instants),
        id_=f"i{draw(st.integers(1, 8))}",
        source="/monitoring",
        subject=f"outage-{draw(st.integers(1, 3))}",
        content=content,
        **links,
    )


@st.composite
def plain_incidents(draw):
    at = draw(instants)
    lasted = draw(maybe(st.integers(0, 40).map(lambda hours: at + timedelta(hours=hours))))
    return told(
        "incident",
        id=f"inc-{draw(st.integers(1, 3))}",
        environment=draw(maybe(environments)),
        caused_by=draw(st.sampled_from([None, None, "run-1", "a1"])),
        opened_at=at,
        resolved_at=lasted,
    )


events = st.lists(
    plain_deployments()
    | services()
    | plain_changes()
    | changes()
    | artifacts()
    | incidents()
    | plain_incidents(),
    min_size=1,
    max_size=28,
)


@contextmanager
def undone():
    """Undo all that happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def process(sent, *, application, now):
    store(sent, application=application, now=now)
    while process_some(now=now):
        pass


def computed(now):
    refresh_scopes()
    recompute(now=now)
    assert not Mark.objects.exists()
    return engine.stored()


@pytest.fixture
def places(world):
    world.repository.delete()
    EnvironmentFactory.create(
        application=world.checkout, slug="staging", name="Staging", is_production=False
    )
    return world


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=events, seed=st.integers(0, 10_000))
def test_events_in_any_order_and_in_any_parts_tell_what_they_tell_at_once(places, now, sent, seed):
    # The same id twice is the same event: what came in first stays, so there is one of each.
    unique = list({key_of(event): event for event in sent}.values())
    with undone():
        process(unique, application=places.checkout, now=now)
        straight, straight_rollups = facts(places.checkout), computed(now)
    assert straight == Oracle(unique).facts()
    random = Random(seed)
    doubled = unique * 2
    random.shuffle(doubled)
    with undone():
        while doubled:
            size = random.randint(1, 7)
            part, doubled = doubled[:size], doubled[size:]
            process(part, application=places.checkout, now=now)
            if random.random() < 0.3:
                computed(now)
        assert not ReceivedEvent.objects.exclude(
            state__in=[EventState.PROCESSED, EventState.KEPT]
        ).exists()
        assert facts(places.checkout) == straight
        assert computed(now) == straight_rollups
        assert engine.stored_periods() == engine.expected()


def key_of(event):
    context = event.get("context")
    return (context["source"], context["id"]) if context else str(event)
