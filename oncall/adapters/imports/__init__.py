"""Rotas exported from other tools, read into layers; what is not understood is told, with its path."""

import json
from collections.abc import Mapping
from typing import Any

from oncall.adapters.imports import grafana, opsgenie, pagerduty
from oncall.adapters.imports.reading import Imported, ImportFault

__all__ = ["ImportFault", "Imported", "read"]


def read(text: str) -> Imported:
    """Return the rota of an export of PagerDuty, Opsgenie or Grafana OnCall, known by its shape."""
    try:
        document = json.loads(text)
    except ValueError as error:
        return Imported(faults=[ImportFault("$", f"This is no JSON: {error}. Export it again.")])
    for reader in (pagerduty, opsgenie, grafana):
        if isinstance(document, Mapping) and reader.fits(document):
            return _read_by(reader, document)
    return Imported(
        faults=[
            ImportFault(
                "$",
                "It is no export that is known: `schedule.schedule_layers` of PagerDuty,"
                " `data.rotations` of Opsgenie, or `schedules` and `on_call_shifts` of Grafana"
                " OnCall. docs/oncall-import.md shows each.",
            )
        ]
    )


def _read_by(reader: Any, document: Mapping[str, Any]) -> Imported:
    found: Imported = reader.read(document)
    if not found.layers and not found.faults:
        found.faults.append(ImportFault("$", "Nobody takes turns in it: there is nothing to do."))
    return found
