"""CDEvents 0.5.1: the fields of every type, and what is wrong with an event.

Held to the published JSON schemas by a test, event by event and mutation by mutation.
Source: https://github.com/cdevents/spec, tag v0.5.1, Apache-2.0.
"""

from collections.abc import Iterator, Mapping

from portal.integrations.types.faults import Fault
from portal.integrations.types.kinds import CDEVENTS
from portal.integrations.types.shapes import (
    Json,
    Shape,
    anything,
    array,
    instant,
    kind_of,
    mapping,
    name,
    one_of,
    parsed,
    text,
    uri,
    uri_reference,
)

VERSION = "0.5.1"
PREFIX = "dev.cdevents."


def _open(value: Json, at: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(at, f"This is {kind_of(value)}, not an object.", "Send a JSON object.")


def _custom(value: Json, at: str) -> Iterator[Fault]:
    if not isinstance(value, dict | str):
        yield Fault(
            at, f"This is {kind_of(value)}.", "Send a JSON object, or Base64 in a JSON string."
        )


_SIMPLE: dict[str, Shape] = {
    "any": anything,
    "name": name,
    "text": text,
    "texts": array(text),
    "uri": uri,
    "uri-reference": uri_reference,
    "instant": instant,
    "open": _open,
    "custom": _custom,
    "outcome": one_of("success", "failure", "cancel", "error"),
    "severity": one_of("low", "medium", "high", "critical"),
    "output": one_of("report", "video", "image", "log", "other"),
    "started-by": one_of("manual", "pipeline", "event", "schedule", "other"),
    "test-type": one_of(
        "performance",
        "functional",
        "unit",
        "security",
        "compliance",
        "integration",
        "e2e",
        "other",
    ),
}
_SHAPES: dict[str, Shape] = _SIMPLE | {
    "reference": parsed("id!:name source:uri-reference", _SIMPLE),
    "run": parsed("id!:name source:text", _SIMPLE),
    "sbom": parsed("uri!:uri-reference", _SIMPLE),
    "trigger": parsed("type:started-by uri:uri", _SIMPLE, is_open=True),
    "test-case": parsed("id!:name version:text name:text type:test-type uri:uri", _SIMPLE),
    "test-suite": parsed("id!:name version:text name:text uri:uri", _SIMPLE),
}

_REPOSITORY = "owner:text viewUrl:uri"
_INCIDENT = "description:text environment!:reference service:reference artifactId:name"
_TEST_CASE = "testSuiteRun:run testCase:test-case"
_TICKET = (
    "ticketType:text group:text assignees:texts priority:text labels:texts milestone:text"
    " uri!:uri-reference"
)
# The content of the subject, by the type without its version.
_CONTENTS: Mapping[str, str] = {
    "artifact.deleted": "user:name",
    "artifact.downloaded": "user:name",
    "artifact.packaged": "change!:reference sbom:sbom",
    "artifact.published": "sbom:sbom user:name",
    "artifact.signed": "signature!:name",
    "branch.created": "repository:reference",
    "branch.deleted": "repository:reference",
    "build.finished": "artifactId:text",
    "build.queued": "",
    "build.started": "",
    "change.abandoned": "repository:reference",
    "change.created": "description:name repository:reference",
    "change.merged": "repository:reference",
    "change.reviewed": "repository:reference",
    "change.updated": "repository:reference",
    "environment.created": "name:text uri:uri",
    "environment.deleted": "name:text",
    "environment.modified": "name:text uri:uri",
    "incident.detected": _INCIDENT,
    "incident.reported": f"{_INCIDENT} ticketURI!:uri",
    "incident.resolved": _INCIDENT,
    "pipelinerun.finished": "pipelineName:text uri:uri outcome:outcome errors:text",
    "pipelinerun.queued": "pipelineName:text uri:uri",
    "pipelinerun.started": "pipelineName!:text uri!:uri",
    "repository.created": f"name!:name uri!:uri {_REPOSITORY}",
    "repository.deleted": f"name:text uri:uri {_REPOSITORY}",
    "repository.modified": f"name:text uri:uri {_REPOSITORY}",
    "service.deployed": "environment!:reference artifactId!:name",
    "service.published": "environment:reference",
    "service.removed": "environment:reference",
    "service.rolledback": "environment!:reference artifactId!:name",
    "service.upgraded": "environment!:reference artifactId!:name",
    "taskrun.finished": "taskName:text uri:uri pipelineRun:reference outcome:text errors:text",
    "taskrun.started": "taskName:text uri:uri pipelineRun:reference",
    "testcaserun.finished": (
        f"outcome!:outcome severity:severity reason:text environment!:reference {_TEST_CASE}"
    ),
    "testcaserun.queued": f"trigger:trigger environment!:reference {_TEST_CASE}",
    "testcaserun.skipped": f"reason:text environment:reference {_TEST_CASE}",
    "testcaserun.started": f"trigger:trigger environment!:reference {_TEST_CASE}",
    "testoutput.published": "outputType!:output format!:text uri:uri testCaseRun:run",
    "testsuiterun.finished": (
        "environment!:reference testSuite:test-suite outcome!:outcome severity:severity"
        " reason:text"
    ),
    "testsuiterun.queued": "trigger:trigger environment!:reference testSuite:test-suite",
    "testsuiterun.started": "trigger:trigger environment!:reference testSuite:test-suite",
    "ticket.closed": f"summary:text creator:name {_TICKET} resolution!:name updatedBy:text",
    "ticket.created": f"summary!:text creator!:name {_TICKET}",
    "ticket.updated": f"summary:text creator:name {_TICKET} updatedBy:text",
}

_END = parsed("contextId!:name", _SHAPES, is_open=True)
_TARGET = parsed("contextId:name", _SHAPES, is_open=True)
_LINKS: Mapping[str, Shape] = {
    "END": parsed("linkType!:any from:end tags:open", _SHAPES | {"end": _END}),
    "PATH": parsed("linkType!:any from!:end tags:open", _SHAPES | {"end": _END}),
    "RELATION": parsed(
        "linkType!:any linkKind!:name target!:target tags:open", _SHAPES | {"target": _TARGET}
    ),
}
_LINK_TYPE = mapping({"linkType": one_of(*_LINKS)}, required=frozenset({"linkType"}), is_open=True)


def _link(value: Json, at: str) -> Iterator[Fault]:
    faults = list(_LINK_TYPE(value, at))
    yield from faults
    if not faults and isinstance(value, dict):
        yield from _LINKS[str(value["linkType"])](value, at)


_CONTEXT = (
    "specversion!:name id!:name source!:{source} type!:any timestamp!:instant schemaUri:uri"
    " chainId:name links:links"
)


def _event(kind: str) -> Shape:
    """Return the shape of a whole event; the types about tests take any text as a source."""
    source = "any" if kind.startswith("test") else "uri-reference"
    subject: dict[str, Shape] = {
        "id": name,
        "source": text if source == "any" else uri_reference,
        "content": parsed(_CONTENTS[kind], _SHAPES),
    }
    if kind == "ticket.closed":
        subject["type"] = one_of("ticket")
    shapes = _SHAPES | {
        "links": array(_link),
        "context": parsed(
            _CONTEXT.format(source="name" if source == "any" else source),
            _SHAPES | {"links": array(_link)},
        ),
        "subject": mapping(subject, required=frozenset({"id", "content"}), is_open=False),
    }
    return parsed(
        "context!:context subject!:subject customData:custom customDataContentType:text", shapes
    )


_EVENTS: Mapping[str, Shape] = {
    written: _event(written.removeprefix(PREFIX).rsplit(".", 3)[0]) for written in CDEVENTS
}
# By the type without its version: the version that is known.
_VERSIONS = {
    written.rsplit(".", 3)[0]: ".".join(written.rsplit(".", 3)[1:]) for written in CDEVENTS
}


def type_of(event: Mapping[str, Json]) -> Json:
    """Return what the event says that it is."""
    context = event.get("context")
    return context.get("type") if isinstance(context, dict) else None


def faults_of(event: Mapping[str, Json]) -> list[Fault]:
    """Return everything that is wrong with a CDEvent."""
    written = type_of(event)
    shape = _EVENTS.get(written) if isinstance(written, str) else None
    if shape is None:
        return [_unknown(written)]
    return list(shape(dict(event), ""))


def _unknown(written: Json) -> Fault:
    at = "/context/type"
    if not isinstance(written, str):
        return Fault(at, "The type of the event is missing.", f"Send one of CDEvents {VERSION}.")
    known = _VERSIONS.get(written.rsplit(".", 3)[0])
    if known:
        mend = f"Send version {known}, which is the one of CDEvents {VERSION}."
    else:
        mend = f"Send a type of CDEvents {VERSION}, such as dev.cdevents.service.deployed.0.3.0."
    return Fault(at, f"There is no type “{written[:100]}”.", mend)
