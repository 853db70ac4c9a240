"""What the catalogue holds, written as descriptors that mean the same when they are read."""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import yaml

from portal.descriptors.plans.applications import (
    DATA_CLASSES,
    ENVIRONMENTS,
    REPOSITORIES,
    RUNBOOK,
    TIER,
)
from portal.descriptors.plans.slugs import slug_of
from portal.descriptors.plans.sources import SOURCE_LOCATION, repository_of
from portal.descriptors.plans.state import ANNOTATION, DEFAULT_TYPE, Held, Noun, Value
from portal.descriptors.plans.teams import COUNTRY, ZONE
from portal.descriptors.reading.nodes import resolve

API_VERSION = "backstage.io/v1alpha1"
LONGEST_USER = 55
KINDS = {Noun.TEAM: "Group", Noun.SYSTEM: "System", Noun.APPLICATION: "Component"}

# Parts of an annotation: which field it is written from, and how its values are put together.
_ANNOTATIONS = (
    (TIER, "tier", ""),
    (RUNBOOK, "runbook", ""),
    (DATA_CLASSES, "data classes", ", "),
    (ENVIRONMENTS, "environments", ", "),
    (ZONE, "zone", ""),
    (COUNTRY, "country", ""),
)

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Writer(_Dumper):  # type: ignore[misc]
    """Quotes every text that YAML 1.2 would read as something else."""


def _text(writer: Any, text: str) -> Any:
    style = None if resolve(text) == text else '"'
    lines = text.split("\n")
    if len(lines) > 1 and all(line.isprintable() and line == line.strip() for line in lines):
        style = "|"
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _text)


def written(held: Iterable[Held], *, members: Mapping[str, str] | None = None) -> str:
    """Return the descriptors as a YAML stream; `members` are names of people by address."""
    found = list(held)
    users = _users(found)
    entities = [_entity(one, users) for one in found]
    entities += [_user(email, name, (members or {}).get(email)) for email, name in users.items()]
    return str(
        yaml.dump_all(
            entities,
            Dumper=_Writer,
            sort_keys=False,
            allow_unicode=True,
            explicit_start=len(entities) > 1,
            width=100,
        )
    )


def _entity(held: Held, users: Mapping[str, str]) -> dict[str, Any]:
    fields = held.fields
    metadata: dict[str, Any] = {"name": held.slug}
    if fields.get("name") != held.slug:
        metadata["title"] = fields["name"]
    metadata |= _some(fields, ("description", "tags"))
    if annotations := _annotations(fields):
        metadata["annotations"] = annotations
    if links := fields.get("links"):
        metadata["links"] = [_link(one) for one in links]
    return {
        "apiVersion": API_VERSION,
        "kind": KINDS[held.noun],
        "metadata": metadata,
        "spec": _spec(held.noun, fields, users),
    }


def _spec(noun: Noun, fields: Mapping[str, Value], users: Mapping[str, str]) -> dict[str, Any]:
    if noun is Noun.TEAM:
        members = {"members": [users[one] for one in fields.get("members", ())]}
        return {
            "type": str(fields["kind"]).lower(),
            **_some(fields, ("parent",)),
            "children": [],
            **(members if members["members"] else {}),
        }
    if noun is Noun.SYSTEM:
        return {"owner": fields.get("owner", "")}
    needed = [f"component:{slug}" for slug in fields.get("depends on", ())]
    return {
        "type": fields.get("type", DEFAULT_TYPE),
        "lifecycle": str(fields["lifecycle"]).lower(),
        "owner": fields.get("owner", ""),
        **_some(fields, ("system",)),
        **({"dependsOn": needed} if needed else {}),
    }


def _annotations(fields: Mapping[str, Value]) -> dict[str, str]:
    found = {
        key: value if isinstance(value, str) else between.join(value)
        for key, field, between in _ANNOTATIONS
        if (value := fields.get(field))
    }
    repositories = fields.get("repositories", ())
    if len(repositories) == 1 and repository_of(repositories[0]) == repositories[0]:
        found[SOURCE_LOCATION] = f"url:{repositories[0]}"
    elif repositories:
        found[REPOSITORIES] = " ".join(repositories)
    return found | {
        field.removeprefix(ANNOTATION): str(value)
        for field, value in fields.items()
        if field.startswith(ANNOTATION)
    }


def _users(held: Iterable[Held]) -> dict[str, str]:
    """Return a name, each once, for the address of every member of a team."""
    users: dict[str, str] = {}
    taken: set[str] = set()
    for email in sorted({email for one in held for email in one.fields.get("members", ())}):
        kept = "".join(one if one.isascii() and one.isalnum() else "-" for one in email)
        wish = kept[:LONGEST_USER].strip("-") or "user"
        users[email] = next(
            name
            for number in count(1)
            if slug_of(name := f"{wish}-{number}" if number > 1 else wish) not in taken
        )
        taken.add(slug_of(users[email]))
    return users


def _user(email: str, name: str, shown: str | None) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "User",
        "metadata": {"name": name},
        "spec": {"profile": {"displayName": shown or email, "email": email}, "memberOf": []},
    }


def _link(text: str) -> dict[str, str]:
    title, _, url = text.rpartition(" ")
    return {"url": url, "title": title}


def _some(fields: Mapping[str, Value], names: Iterable[str]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str) else list(value)
        for name in names
        if (value := fields.get(name))
    }
