"""What each kind of entity tells: the fields of its spec, their shapes and what they refer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Shape(Enum):
    """What a value must be."""

    TEXT = auto()
    TEXTS = auto()
    BODY = auto()  # a text, or `{$text: address}` that stands for one
    PROFILE = auto()
    PRESENCE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a spec; `refers_to` is the kind that references in it mean by default."""

    shape: Shape = Shape.TEXT
    is_required: bool = False
    refers_to: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity: how its version begins, and the fields of its spec."""

    fields: Mapping[str, Field]
    versions: tuple[str, ...] = ("backstage.io/v1alpha1", "backstage.io/v1beta1")


def _refers(kind: str, *, many: bool = False, required: bool = False) -> Field:
    return Field(Shape.TEXTS if many else Shape.TEXT, required, kind)


_TYPE = Field(is_required=True, example="service")
_LIFECYCLE = Field(is_required=True, example="production")
_OWNER = Field(is_required=True, refers_to="Group", example="cards")

KINDS: Mapping[str, Kind] = {
    "Component": Kind(
        {
            "type": _TYPE,
            "lifecycle": _LIFECYCLE,
            "owner": _OWNER,
            "system": _refers("System"),
            "subcomponentOf": _refers("Component"),
            "dependsOn": _refers("Component", many=True),
            "providesApis": _refers("API", many=True),
            "consumesApis": _refers("API", many=True),
        }
    ),
    "API": Kind(
        {
            "type": Field(is_required=True, example="openapi"),
            "lifecycle": _LIFECYCLE,
            "owner": _OWNER,
            "system": _refers("System"),
            "definition": Field(Shape.BODY, is_required=True, example="{$text: ./openapi.yaml}"),
        }
    ),
    "System": Kind({"owner": _OWNER, "domain": _refers("Domain"), "type": Field()}),
    "Domain": Kind({"owner": _OWNER, "subdomainOf": _refers("Domain"), "type": Field()}),
    "Resource": Kind(
        {
            "type": Field(is_required=True, example="database"),
            "owner": _OWNER,
            "system": _refers("System"),
            "dependsOn": _refers("Component", many=True),
        }
    ),
    "Group": Kind(
        {
            "type": Field(is_required=True, example="team"),
            "profile": Field(Shape.PROFILE),
            "parent": _refers("Group"),
            "children": Field(Shape.TEXTS, is_required=True, refers_to="Group", example="[]"),
            "members": _refers("User", many=True),
        }
    ),
    "User": Kind(
        {
            "profile": Field(Shape.PROFILE),
            "memberOf": Field(Shape.TEXTS, is_required=True, refers_to="Group", example="[cards]"),
        }
    ),
    "Location": Kind(
        {
            "type": Field(),
            "target": Field(),
            "targets": Field(Shape.TEXTS),
            "presence": Field(Shape.PRESENCE),
        }
    ),
    "Template": Kind(
        {"type": Field(is_required=True, example="service")},
        versions=(
            "scaffolder.backstage.io/v1beta3",
            "scaffolder.backstage.io/v1beta2",
            "backstage.io/v1beta2",
        ),
    ),
}

PROFILE = ("displayName", "email", "picture")
# Words that people use for a kind.
ALSO_CALLED = {
    "service": "Component",
    "application": "Component",
    "app": "Component",
    "website": "Component",
    "library": "Component",
    "team": "Group",
    "squad": "Group",
    "person": "User",
    "database": "Resource",
    "product": "System",
}
