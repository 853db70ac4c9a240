"""Descriptors held to what Backstage's own validators say of entities, names and references.

The packs lie beside the project in `shared/conformance` and in every folder that the environment
variable `CONFORMANCE_EXTRA` lists; whole files in `shared/samples/backstage`. What we decide
against on purpose is told in `exceptions.toml`, by the rule of ours that refuses it.
"""

import json
import os
import tomllib
from pathlib import Path

import pytest

from portal.descriptors.reading.files import File, read
from portal.descriptors.reading.formats import FORMATS
from portal.descriptors.reading.references import Reference, parse
from portal.descriptors.reading.references import ReferenceError as NotReferringError

SHARED = Path(__file__).parents[3] / "shared"
EXTRA = [Path(path) for path in os.environ.get("CONFORMANCE_EXTRA", "").split(os.pathsep) if path]
ROOTS = [SHARED / "conformance", *EXTRA]
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text())["catalogue"]
ABSENT = pytest.mark.skip(reason="no catalogue cases in ../shared or CONFORMANCE_EXTRA")
SAMPLES = sorted((SHARED / "samples" / "backstage").glob("*.yaml"))
INVALID = {"invalid-component.yaml"}


def cases(file, *members):
    """Return a parameter per case of a file of each pack, named by the case."""
    found = []
    for number, root in enumerate(ROOTS):
        path = root / "catalogue" / file
        told = json.loads(path.read_text()) if path.exists() else {}
        for member in members:
            for position, case in enumerate(told.get(member, ())):
                name = case.get("name") or f"{member}/{position}"
                found.append(pytest.param(case, id=f"extra{number}/{name}" if number else name))
    return found or [pytest.param(None, id="absent", marks=ABSENT)]


def excused(errors):
    """Return why we refuse what others accept, if it is by rules of ours alone."""
    rules = {f"rule/{error.rule}" for error in errors}
    return (
        "; ".join(EXCEPTIONS[rule]["reason"] for rule in rules) if rules <= set(EXCEPTIONS) else ""
    )


@pytest.mark.parametrize("case", cases("entity-cases.json", "cases"))
def test_an_entity_is_as_valid_as_it_is_elsewhere(case):
    reading = read([File("catalog-info.yaml", json.dumps(case["entity"], indent=1))])
    errors = reading.errors
    assert len(reading.sound) == (not errors)
    if case["expect"]["valid"] and errors and excused(errors):
        pytest.xfail(excused(errors))
    assert (not errors) is case["expect"]["valid"], errors
    assert all(error.mend and error.line and error.path.startswith(("/", "")) for error in errors)


@pytest.mark.parametrize("case", cases("field-format-cases.json", "cases"))
def test_a_value_fits_its_format_as_it_does_elsewhere(case):
    assert FORMATS[case["format"]](case["value"]) is case["valid"]


@pytest.mark.parametrize("case", cases("entity-ref-cases.json", "parse"))
def test_a_reference_means_what_it_means_elsewhere(case):
    context = {
        ours: case["context"][theirs]
        for ours, theirs in (("kind", "defaultKind"), ("namespace", "defaultNamespace"))
        if theirs in case["context"]
    }
    try:
        found = parse(case["ref"], **context)
    except NotReferringError:
        if "result" in case and str(case["ref"]).count(":") > 1:
            pytest.xfail(EXCEPTIONS["rule/reference"]["reason"])
        assert "error" in case
    else:
        assert case.get("result") == {
            "kind": found.kind,
            "namespace": found.namespace,
            "name": found.name,
        }


@pytest.mark.parametrize("case", cases("entity-ref-cases.json", "stringify"))
def test_a_reference_is_written_as_it_is_elsewhere(case):
    told = {"namespace": "default"} | case["ref"]
    assert str(Reference(**told)) == case["text"]


@pytest.mark.parametrize(
    "path",
    SAMPLES or [pytest.param(None, marks=ABSENT)],
    ids=lambda path: getattr(path, "name", ""),
)
def test_a_whole_file_is_as_valid_as_it_is_elsewhere(path):
    reading = read([File(path.name, path.read_bytes())])
    assert bool(reading.errors) is (path.name in INVALID)
    assert bool(reading.sound) is (path.name not in INVALID)
