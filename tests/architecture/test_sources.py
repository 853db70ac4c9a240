"""What the sources must not do, as far as no linter of others knows it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path.relative_to(ROOT)
    for package in ("portal", "kpis", "oncall")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
# The layers that get objects through selectors, forms and services.
OUTER = {"views", "api", "tasks"}
# The layers that read the clock; allauth's views call the adapter with no view of ours between.
CLOCKS = OUTER | {"management", "adapter"}


def layer(path):
    """Return the names below the app: `portal/api/models.py` is of the layer models."""
    below = path.parts[2:] if path.parts[0] == "portal" else path.parts[1:]
    return {part.removesuffix(".py") for part in below}


def attributes(path):
    """Yield each attribute access as the attribute's name and its dotted text."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr, ast.unparse(node)


def imports(path):
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", [path for path in SOURCES if layer(path) & OUTER], ids=str)
def test_views_api_and_tasks_get_objects_through_selectors(path):
    doors = {"objects", "_default_manager", "_base_manager"}
    assert [text for name, text in attributes(path) if name in doors] == []


@pytest.mark.parametrize("path", [path for path in SOURCES if not layer(path) & CLOCKS], ids=str)
def test_the_clock_is_read_at_the_edge_only(path):
    clocks = {"timezone.now", "datetime.now", "datetime.utcnow", "date.today", "time.time"}
    assert [text for _, text in attributes(path) if text in clocks] == []


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_nothing_listens_to_signals(path):
    listening = {"django.dispatch.receiver", "django.dispatch.Signal", "django.db.models.signals"}
    assert not any(name.startswith(tuple(listening)) for name in imports(path))
    assert "connect" not in {name for name, text in attributes(path) if "signal" in text.lower()}
