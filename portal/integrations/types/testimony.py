"""What one event testifies: about which subject, in which words.

CDEvents and plain events end in the same testimony. The words of all events about one subject,
in order, are folded into a fact (`folds`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from portal.integrations.types.kinds import KINDS, Becomes
from portal.integrations.types.plain import SOURCE
from portal.integrations.types.shapes import read_instant

LONGEST_NAME = 200
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Where senders of CDEvents put what the specification has no field for.
_COMMITS = ("commit", "sha", "commit_sha", "merge_commit_sha")

Words = Mapping[str, Any]


class UnclearError(ValueError):
    """The event cannot become a fact as it is; the message says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one event says. Names are as they were sent; `subject` is empty when none is needed.

    `services` are names by which a sender may mean an application, likely ones first. `is_alone`
    says that no other event can be about the same subject.
    """

    event: UUID
    source: str
    event_id: str
    occurred_at: datetime
    becomes: Becomes
    subject: str = ""
    application: str = ""
    services: tuple[str, ...] = ()
    environment: str = ""
    repository: str = ""
    is_alone: bool = False
    words: Words = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, str, str]:
        """Where it stands among the events about its subject."""
        return self.occurred_at, self.source, self.event_id


def testify(
    *, event: UUID, source: str, event_id: str, type_: str, occurred_at: datetime, body: bytes
) -> Testimony:
    """Return what a stored event says.

    Raises:
        UnclearError: when it does not say enough.
    """
    kind = KINDS.get(type_)
    if kind is None:
        raise UnclearError(f"No kind of event is called “{type_}” any more. Send a current one.")
    said: dict[str, Any] = {
        "event": event,
        "source": source,
        "event_id": event_id,
        "occurred_at": occurred_at,
    }
    if kind.becomes is Becomes.NOTHING:
        return Testimony(**said, becomes=kind.becomes)
    told = json.loads(body)
    if type_ in _PLAIN:
        return Testimony(**said, becomes=kind.becomes, **_PLAIN[type_](told))
    verb = type_.removeprefix("dev.cdevents.").rsplit(".", 3)[0]
    read = _CDEVENTS[kind.becomes]
    return Testimony(**said, becomes=kind.becomes, **read(told, verb, occurred_at))


def short(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name, cut and made unique when it is too long."""
    if len(name) <= most:
        return name
    return f"{name[: most - 17]}~{sha256(name.encode()).hexdigest()[:16]}"


# --- Plain events -------------------------------------------------------------------------------


def _instant(told: Words, name: str) -> datetime | None:
    return read_instant(told.get(name))


def _everywhere(told: Words) -> dict[str, Any]:
    return {
        "application": told.get("application", ""),
        "environment": told.get("environment", ""),
        "repository": told.get("repository", ""),
    }


def _plain_deployment(told: Words) -> dict[str, Any]:
    started, finished = _instant(told, "started_at"), _instant(told, "finished_at")
    at = started or finished
    assert at is not None  # noqa: S101 - the door takes none without
    # Without an id, the same version that begins at the same time is the same deployment.
    name = (
        told.get("id")
        or f"{told.get('version') or told['commit']}@{at.astimezone(UTC).isoformat()}"
    )
    thing = short(f"{told.get('source', SOURCE)}#{name}")
    return _everywhere(told) | {
        "subject": f"deployment:{told['environment'].casefold()}:{thing}",
        "words": {
            "external_id": thing,
            "status": told["status"].upper(),
            "kind": told.get("kind", "").upper(),
            "started_at": started,
            "finished_at": finished,
            "version": told.get("version", ""),
            "sha": told.get("commit", ""),
            "changes": tuple(told.get("changes", ())),
            "names": (name, told.get("version", ""), told.get("commit", "")),
            "remedies": told.get("remedies", ""),
            "deployer": told.get("deployer", ""),
            "url": told.get("url", ""),
        },
    }


def _plain_change(told: Words) -> dict[str, Any]:
    name = short(told.get("id") or told["commit"])
    names = ("authored_at", "opened_at", "reviewed_at", "merged_at")
    return _everywhere(told) | {
        "subject": f"change:{repository_key(told['repository'])}#{name}",
        "words": {
            "external_id": name,
            "sha": told["commit"],
            "title": told.get("title", ""),
            "author": told.get("author", ""),
            "url": told.get("url", ""),
            **{each: _instant(told, each) for each in names},
        },
    }


def _plain_incident(told: Words) -> dict[str, Any]:
    thing = short(f"{told.get('source', SOURCE)}#{told['id']}")
    names = ("opened_at", "acknowledged_at", "resolved_at")
    return _everywhere(told) | {
        "subject": f"incident:{thing}",
        "words": {
            "external_id": thing,
            "title": told.get("title", ""),
            "severity": told.get("severity", ""),
            "causes": (told.get("caused_by", ""),),
            "url": told.get("url", ""),
            **{each: _instant(told, each) for each in names},
        },
    }


_PLAIN: Mapping[str, Callable[[Words], dict[str, Any]]] = {
    "deployment": _plain_deployment,
    "change": _plain_change,
    "incident": _plain_incident,
}


# --- CDEvents -----------------------------------------------------------------------------------


def _custom(told: Words) -> Words:
    custom = told.get("customData")
    return custom if isinstance(custom, dict) else {}


def _word(custom: Words, *names: str) -> str:
    """Return the first text among some fields that have no place in the specification."""
    found = (custom.get(name) for name in names)
    return next((one for one in found if isinstance(one, str)), "")


def _commit(custom: Words) -> str:
    sha = _word(custom, *_COMMITS)
    return sha if sha.isalnum() and len(sha) <= 64 else ""  # noqa: PLR2004


def _reference(told: Words | None) -> str:
    """Return the address of a repository that is told as an id and perhaps a source."""
    if not told:
        return ""
    name, source = str(told["id"]), str(told.get("source", ""))
    if "://" in name or not source:
        return name
    return f"{source.rstrip('/')}/{name.lstrip('/')}"


def _relations(context: Words) -> Iterator[str]:
    """Yield the ids of events to which this one says it is related, and its chain."""
    for link in context.get("links", ()):
        if isinstance(link, dict) and link.get("linkType") == "RELATION":
            target = link.get("target")
            if isinstance(target, dict) and isinstance(target.get("contextId"), str):
                yield target["contextId"]
    yield from _chain(context)


def _chain(context: Words) -> Iterator[str]:
    if chain := context.get("chainId"):
        yield f"chain:{chain}"


def _common(told: Words, *services: object) -> dict[str, Any]:
    custom = _custom(told)
    named = (str(name) for name in services if name)
    return {"application": _word(custom, "application"), "services": tuple(named)}


def _service(told: Words, verb: str, at: datetime) -> dict[str, Any]:
    """Read a deployment: every event about a service tells of one of its own."""
    context, subject, custom = told["context"], told["subject"], _custom(told)
    content = subject["content"]
    artifact = short(content["artifactId"], 500)
    environment = content["environment"]["id"]
    thing = short(f"{context['source']}#{context['id']}")
    return _common(told, subject["id"]) | {
        "subject": f"deployment:{environment.casefold()}:{thing}",
        "is_alone": True,
        "environment": environment,
        "repository": _word(custom, "repository"),
        "words": {
            "external_id": thing,
            "status": "SUCCEEDED",
            "kind": "ROLLBACK" if verb == "service.rolledback" else "",
            "started_at": read_instant(custom.get("started_at")),
            "finished_at": at,
            "version": _word(custom, "version") or _version(artifact),
            "sha": _commit(custom),
            "artifact": artifact,
            "names": (context["id"], artifact, *_chain(context)),
            "deployer": _word(custom, "deployer"),
            "url": _url(custom),
        },
    }


def _version(artifact: str) -> str:
    """Return the version in a package URL, as people read it."""
    version = unquote(artifact.partition("@")[2].partition("?")[0])
    return version[: 7 + 12] if version.startswith("sha256:") else version


def _url(custom: Words) -> str:
    url = _word(custom, "url")
    return url if url.startswith(("https://", "http://")) and len(url) <= 500 else ""  # noqa: PLR2004


def _change(told: Words, verb: str, at: datetime) -> dict[str, Any]:
    subject, custom = told["subject"], _custom(told)
    repository = _reference(subject["content"].get("repository")) or _word(custom, "repository")
    if not repository:
        raise UnclearError(
            "The event does not say in which repository the change is. Send it again with"
            " subject.content.repository."
        )
    name = short(subject["id"])
    stage = {
        "change.created": "opened_at",
        "change.reviewed": "reviewed_at",
        "change.merged": "merged_at",
    }[verb]
    sha = _commit(custom) or (name if _HEX.fullmatch(name) else "")
    return _common(told) | {
        "subject": f"change:{repository_key(repository)}#{name}",
        "repository": repository,
        "words": {
            "external_id": name,
            "sha": sha,
            "title": _word(custom, "title")
            or str(subject["content"].get("description", "")).split("\n", 1)[0],
            "author": _word(custom, "author"),
            "url": _url(custom),
            "authored_at": read_instant(custom.get("authored_at")),
            stage: at,
        },
    }


def _incident(told: Words, verb: str, at: datetime) -> dict[str, Any]:
    context, subject, custom = told["context"], told["subject"], _custom(told)
    content = subject["content"]
    thing = short(f"{subject.get('source', context['source'])}#{subject['id']}")
    is_end = verb == "incident.resolved"
    service = content.get("service")
    return _common(told, service and service["id"]) | {
        "subject": f"incident:{thing}",
        "environment": content["environment"]["id"],
        "words": {
            "external_id": thing,
            "title": "" if is_end else _word(custom, "title") or content.get("description", ""),
            "severity": _word(custom, "severity").casefold(),
            "causes": (
                *_relations(context),
                _word(custom, "caused_by"),
                short(content.get("artifactId", ""), 500),
            ),
            "url": str(content.get("ticketURI", ""))[:500] or _url(custom),
            "opened_at": None if is_end else at,
            "acknowledged_at": read_instant(custom.get("acknowledged_at")),
            "resolved_at": at if is_end else None,
            "began_again": verb == "incident.detected",
        },
    }


def _artifact(told: Words, _verb: str, _at: datetime) -> dict[str, Any]:
    subject, custom = told["subject"], _custom(told)
    change = subject["content"].get("change")
    words = {"change": short(change["id"]) if change else "", "sha": _commit(custom)}
    if not any(words.values()):
        return _common(told)
    artifact = short(subject["id"], 500)
    source = str(change.get("source", "")) if change else ""
    return _common(told) | {
        "subject": f"artifact:{short(artifact, 350)}",
        "repository": source or _word(custom, "repository"),
        "words": words | {"name": artifact},
    }


_CDEVENTS: Mapping[Becomes, Callable[[Words, str, datetime], dict[str, Any]]] = {
    Becomes.DEPLOYMENT: _service,
    Becomes.CHANGE: _change,
    Becomes.INCIDENT: _incident,
    Becomes.ARTIFACT: _artifact,
}

_SSH = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?!//)(?P<path>.+)")


def repository_key(address: str) -> str:
    """Return what the ways to write the address of one repository have in common.

    >>> repository_key("git@Git.example.com:pay/checkout.git")
    'git.example.com/pay/checkout'
    """
    scheme, separator, rest = address.strip().partition("://")
    if not separator:
        match = _SSH.fullmatch(scheme)
        rest = f"{match['host']}/{match['path']}" if match else scheme
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2].casefold()
    return (host + slash + path.rstrip("/")).removesuffix(".git")
