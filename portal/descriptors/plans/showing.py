"""Plans and findings as pages, commands and the API show them: plain values."""

from collections.abc import Sequence
from typing import TypedDict

from portal.descriptors.plans.compare import Action, Change, Plan, Step
from portal.descriptors.plans.state import Value
from portal.descriptors.reading.findings import Finding

AROUND = 1
LONGEST = 300


class ShownChange(TypedDict):
    """A field with its values in words."""

    field: str
    before: str
    after: str


class ShownStep(TypedDict):
    """What becomes of one thing."""

    action: str
    noun: str
    slug: str
    name: str
    changes: list[ShownChange]
    drift: list[ShownChange]
    refusals: list[str]
    held_by: str
    file: str
    line: int


class ShownFinding(TypedDict):
    """A finding, with the lines around it when the text is at hand."""

    file: str
    line: int
    column: int
    path: str
    problem: str
    mend: str
    is_error: bool
    excerpt: list[tuple[int, str]]


def shown_steps(plan: Plan, *, most: int | None = None) -> list[ShownStep]:
    """Return the steps worth showing: those with changes, drift, conflicts or refusals."""
    worth = [step for step in plan.steps if step.action is not Action.NONE or step.drift]
    return [_step(step) for step in worth[:most]]


def shown_findings(
    findings: Sequence[Finding], *, text: str = "", most: int | None = None
) -> list[ShownFinding]:
    """Return findings, errors first; with the text of the one file also the lines around each."""
    lines = text.replace("\r\n", "\n").split("\n") if text else []
    ordered = sorted(findings, key=lambda finding: (not finding.is_error, finding))
    return [
        {
            "file": one.file,
            "line": one.line,
            "column": one.column,
            "path": one.path,
            "problem": one.problem,
            "mend": one.mend,
            "is_error": one.is_error,
            "excerpt": _excerpt(lines, one.line),
        }
        for one in ordered[:most]
    ]


def counts(plan: Plan) -> dict[str, int]:
    """Return how many steps there are of each action, how much drifted, and how much is gone."""
    found = {action.value: plan.count(action) for action in Action}
    return found | {"drift": len(plan.drifted), "gone": len(plan.gone)}


def summary(plan: Plan) -> str:
    """Return the plan in a sentence."""
    words = {
        Action.CREATE: "created",
        Action.CHANGE: "changed",
        Action.REFUSED: "not allowed",
        Action.CONFLICT: "kept by another source",
    }
    parts = [f"{number} {word}" for one, word in words.items() if (number := plan.count(one))]
    if plan.drifted:
        parts.append(f"{len(plan.drifted)} changed by hand")
    same = plan.count(Action.NONE)
    return f"{', '.join(parts) or 'Nothing changes'}; {same} as told."


def _step(step: Step) -> ShownStep:
    names = [change.after for change in step.changes if change.field == "name"]
    return {
        "action": step.action.value,
        "noun": step.told.noun.value,
        "slug": step.told.slug,
        "name": _words(step.told.fields.get("name") or (names or [step.told.slug])[0]),
        "changes": [_change(change) for change in step.changes],
        "drift": [_change(change) for change in step.drift],
        "refusals": list(step.refusals),
        "held_by": step.held_by,
        "file": step.told.file,
        "line": step.told.line,
    }


def _change(change: Change) -> ShownChange:
    return {
        "field": change.field,
        "before": _shown(change.field, change.before),
        "after": _shown(change.field, change.after),
    }


def _shown(field: str, value: Value) -> str:
    """Return a value in words, those of the catalogue's kinds as people write them."""
    words = _words(value)
    return words.lower() if field in {"kind", "lifecycle"} else words


def _words(value: Value) -> str:
    text = value if isinstance(value, str) else ", ".join(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _excerpt(lines: Sequence[str], line: int) -> list[tuple[int, str]]:
    first = max(line - AROUND, 1)
    return [
        (number, text[:200])
        for number, text in enumerate(lines[first - 1 : line + AROUND], start=first)
    ]
