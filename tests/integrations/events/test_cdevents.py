"""Our table of CDEvents judges as the published schemas do: every type, changed in every way.

Schemas and events lie beside the project in `shared/payloads` and are read from there.
"""

import copy
import json
from collections import Counter
from pathlib import Path

import jsonschema_rs
import pytest

from portal.integrations.types import cdevents
from portal.integrations.types.kinds import CDEVENTS, KINDS, Becomes
from portal.integrations.types.shapes import Json

BESIDE = Path(__file__).parents[4] / "shared" / "payloads" / "cdevents-v0.5.1"
EVENTS = sorted((BESIDE / "conformance").glob("*.json"))
ABSENT = pytest.mark.skip(reason="no CDEvents in ../shared/payloads")
each_event = pytest.mark.parametrize(
    "path",
    EVENTS or [pytest.param(None, marks=ABSENT)],
    ids=lambda path: path.stem if path else "absent",
)

WRONG = [
    None,
    True,
    0,
    1.5,
    "",
    " ",
    "x",
    [],
    {},
    ["x"],
    [1],
    {"id": "x"},
    {"id": ""},
    "2026-03-04",
    "2026-03-04T12:00:00",
    "2026-03-04T12:00:00+01:00",
    "2026-13-04T12:00:00Z",
    "2026-03-04 12:00:00Z",
    "2026-02-30T12:00:00Z",
    "not a uri",
    "//host/path",
    "http://[::1",
    "https://example.com/%zz",
    "https://example.com/a?b=c#d",
    "1:2",
    "mailto:ada@example.com",
    "/a/b/../c",
    "ünï",
    "0.4.0",
    "dev.cdevents.service.deployed.0.1.0",
]


def read(path):
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def schemas():
    """Return the published schema of every type, with the formats checked."""
    published = [read(path) for path in sorted((BESIDE / "schemas").rglob("*.json"))]
    if not published:
        pytest.skip(ABSENT.kwargs["reason"])
    registry = jsonschema_rs.Registry([(schema["$id"], schema) for schema in published])
    return {
        schema["properties"]["context"]["properties"]["type"]["enum"][0]: (
            jsonschema_rs.validator_for(schema, registry=registry, validate_formats=True)
        )
        for schema in published
        if "context" in schema.get("properties", {})
    }


def parents(value):
    """Yield everything in a value that holds something, with the keys of what it holds."""
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        yield value, keys
        for key in keys:
            yield from parents(value[key])


def mutations(event):
    """Yield the event with one thing changed at a time: put in, taken away, made something else.

    It is the same object each time, and as it was in the end.
    """
    for parent, keys in list(parents(event)):
        if isinstance(parent, dict):
            parent["unknown"] = 1
            yield event
            del parent["unknown"]
        for key in keys:
            former = parent[key]
            for wrong in WRONG:
                parent[key] = wrong
                yield event
            parent[key] = former
        for key in keys:
            former = copy.copy(parent)
            del parent[key]
            yield event
            parent.clear()
            parent.update(former) if isinstance(parent, dict) else parent.extend(former)


@each_event
def test_a_published_event_is_accepted(path):
    assert cdevents.faults_of(read(path)) == []


@each_event
def test_an_event_changed_in_any_way_is_judged_as_by_its_schema(path, schemas):
    event = read(path)
    schema = schemas[event["context"]["type"]]
    judged: Counter[bool] = Counter()
    differing = []
    for mutant in mutations(event):
        ours, theirs = cdevents.faults_of(mutant) == [], schema.is_valid(mutant)
        judged[theirs] += 1
        if ours != theirs:
            differing.append((ours, json.dumps(mutant)))
    assert event == read(path)
    assert differing == []
    assert judged[True] > 100
    assert judged[False] > 500


def test_the_types_are_those_of_the_published_schemas(schemas):
    assert set(CDEVENTS) == set(schemas)


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("dev.cdevents.service.deployed.0.1.1", "Send version 0.3.0"),
        ("dev.cdevents.service.exploded.0.3.0", "Send a type of CDEvents 0.5.1"),
        ("", "Send a type of CDEvents 0.5.1"),
        (None, "Send one of CDEvents 0.5.1"),
        (["dev.cdevents.service.deployed.0.3.0"], "Send one of CDEvents 0.5.1"),
    ],
)
def test_an_unknown_type_says_which_to_send(written, mend):
    (fault,) = cdevents.faults_of({"context": {"type": written}, "subject": {}})
    assert fault.pointer == "/context/type"
    assert fault.mend.startswith(mend)


def test_a_fault_says_where_it_is():
    event: dict[str, Json] = {
        "context": {"type": "dev.cdevents.service.deployed.0.3.0", "a/b~c": 1},
        "subject": {"id": "checkout", "content": {"environment": {"id": ""}}},
    }
    assert {fault.pointer for fault in cdevents.faults_of(event)} == {
        "/context/id",
        "/context/source",
        "/context/specversion",
        "/context/timestamp",
        "/context/a~1b~0c",
        "/subject/content/artifactId",
        "/subject/content/environment/id",
    }


def test_every_kind_says_what_it_becomes():
    assert len(CDEVENTS) == 45
    assert len(KINDS) == 48
    assert all(kind.words for kind in KINDS.values())
    assert {kind.becomes for kind in KINDS.values()} == set(Becomes)
