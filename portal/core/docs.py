"""The API's own description: the schema, and a page that shows it without any script."""

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
    parameters: list[dict[str, Any]]
    answers: list[tuple[str, str, str]]


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
            "operations": _operations(schema),
            "shapes": [
                _shape(name, shape)
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


def _operations(schema: dict[str, Any]) -> list[Operation]:
    return [
        Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            parameters=[
                parameter | {"kind": _kind(parameter["schema"])}
                for parameter in operation.get("parameters", [])
            ],
            answers=[
                (status, answer.get("description", ""), _content(answer))
                for status, answer in operation["responses"].items()
            ],
        )
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def _shape(name: str, shape: dict[str, Any]) -> Shape:
    return Shape(
        name=name,
        description=shape.get("description", ""),
        fields=[
            (field, _kind(kind), kind.get("description", ""))
            for field, kind in shape["properties"].items()
        ],
    )


def _content(answer: dict[str, Any]) -> str:
    kinds = [_kind(content["schema"]) for content in answer.get("content", {}).values()]
    return kinds[0] if kinds else ""


def _kind(schema: dict[str, Any]) -> str:
    """Return a type in words: string, number or null, list of Period."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "allOf" in schema:
        return _kind(schema["allOf"][0])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_kind(schema['additionalProperties'])}"
    kind = schema.get("format") or schema.get("type", "object")
    return f"{kind} or null" if schema.get("nullable") else str(kind)
