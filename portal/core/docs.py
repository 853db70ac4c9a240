"""The API's own description: the schema, and a page that shows it without any script.

With scripts every operation can be tried there (`try.js`), from the same schema.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the API does, as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: list[dict[str, Any]]
    body: str
    example: str
    answers: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """The operations on one noun."""

    name: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Shape:
    """One named object of the API and its fields: name, type, meaning."""

    name: str
    description: str
    fields: list[tuple[str, str, str]]


def api_docs(request: HttpRequest) -> HttpResponse:
    """Show what the API offers, from the schema that is also served and committed."""
    schema = _schema()
    return render(
        request,
        "core/api_docs.html",
        {
            "groups": _groups(_operations(schema)),
            "shapes": [
                _shape(name, shape, schema)
                for name, shape in schema.get("components", {}).get("schemas", {}).items()
                if "properties" in shape
            ],
        },
    )


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def _groups(operations: list[Operation]) -> list[Group]:
    """Return the operations by the noun that follows the version in their paths."""
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        found.setdefault(operation.path.split("/")[3], []).append(operation)
    return [Group(name.capitalize(), one) for name, one in found.items()]


def _operations(schema: dict[str, Any]) -> list[Operation]:
    return [
        Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            description=operation.get("description", "").partition("\n\nScope:")[0],
            scope=operation.get("description", "").partition("Scope: `")[2].partition("`")[0],
            parameters=[
                parameter | {"kind": _kind(parameter["schema"], schema)}
                for parameter in operation.get("parameters", [])
            ],
            body=_content(operation.get("requestBody", {}), schema),
            example=_written(_body(operation), schema),
            answers=[
                (status, answer.get("description", ""), _content(answer, schema))
                for status, answer in operation["responses"].items()
            ],
        )
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _shape(name: str, shape: dict[str, Any], schema: dict[str, Any]) -> Shape:
    return Shape(
        name=name,
        description=shape.get("description", ""),
        fields=[
            (field, _kind(kind, schema), kind.get("description", ""))
            for field, kind in shape["properties"].items()
        ],
    )


def _body(operation: dict[str, Any]) -> dict[str, Any]:
    contents = list(operation.get("requestBody", {}).get("content", {}).values())
    return dict(contents[0]["schema"]) if contents else {}


def _written(kind: dict[str, Any], schema: dict[str, Any]) -> str:
    return json.dumps(_example(kind, schema), indent=2) if kind else ""


SAMPLES = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": False,
    "date-time": "2026-03-04T12:00:00Z",
    "uri": "https://example.com/",
    "email": "ada@example.com",
}


def _example(kind: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return a value that fits: of an object all that is required, or all if nothing is."""
    if "$ref" in kind:
        return _example(schema["components"]["schemas"][kind["$ref"].rpartition("/")[2]], schema)
    if "allOf" in kind:
        return kind.get("default", _example(kind["allOf"][0], schema))
    if "properties" in kind:
        names = kind.get("required") or kind["properties"]
        return {name: _example(kind["properties"][name], schema) for name in names}
    if kind.get("type") == "array":
        return [_example(kind["items"], schema)]
    return kind.get("default", _sample(kind))


def _sample(kind: dict[str, Any]) -> Any:
    if "enum" in kind:
        return kind["enum"][0]
    return SAMPLES.get(kind.get("format", "")) or SAMPLES.get(kind.get("type", ""), {})


def _content(answer: dict[str, Any], schema: dict[str, Any]) -> str:
    kinds = [_kind(content["schema"], schema) for content in answer.get("content", {}).values()]
    return kinds[0] if kinds else ""


def _kind(kind: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return a type in words: string, number or null, list of Period."""
    if "$ref" in kind:
        name = str(kind["$ref"]).rpartition("/")[2]
        named = schema["components"]["schemas"][name]
        return _kind(named, schema) if "enum" in named else name
    if "allOf" in kind:
        return _kind(kind["allOf"][0], schema)
    if "enum" in kind:
        return " | ".join(str(value) for value in kind["enum"])
    if kind.get("type") == "array":
        return f"list of {_kind(kind['items'], schema)}"
    if kind.get("type") == "object" and isinstance(kind.get("additionalProperties"), dict):
        return f"map of {_kind(kind['additionalProperties'], schema)}"
    plain = kind.get("format") or kind.get("type", "object")
    return f"{plain} or null" if kind.get("nullable") else str(plain)
