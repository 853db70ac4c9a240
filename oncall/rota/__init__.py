"""The arithmetic of rotas: pure, without a database, without a clock.

Definitions are wall-clock labels in a named IANA time zone; answers are half-open intervals
`[start, end)` of instants in UTC. `resolve` says who is on call when, `gaps` when nobody is, `loads`
and `rests` what that asks of people.
"""

from oncall.rota import drafts
from oncall.rota.cover import rested
from oncall.rota.drafts import Fault, LayerDraft, WorkCalendar, faults, layer_of, windows_of
from oncall.rota.history import chained
from oncall.rota.load import Coverage, Load, Mark, coverage, loads
from oncall.rota.resolution import (
    PRIMARY,
    Layer,
    Override,
    OverrideKind,
    Rota,
    Run,
    Shift,
    gaps,
    resolve,
    runs,
)
from oncall.rota.rest import Rest, rests
from oncall.rota.spans import Span
from oncall.rota.turns import Rotation, Turn, Unit
from oncall.rota.windows import OutOfHours, Several, Weekly, Windows
from portal.core.wall_clock import instant, label

__all__ = [
    "PRIMARY",
    "Coverage",
    "Fault",
    "Layer",
    "LayerDraft",
    "Load",
    "Mark",
    "OutOfHours",
    "Override",
    "OverrideKind",
    "Rest",
    "Rota",
    "Rotation",
    "Run",
    "Several",
    "Shift",
    "Span",
    "Turn",
    "Unit",
    "Weekly",
    "Windows",
    "WorkCalendar",
    "chained",
    "coverage",
    "drafts",
    "faults",
    "gaps",
    "instant",
    "label",
    "layer_of",
    "loads",
    "resolve",
    "rested",
    "rests",
    "runs",
    "windows_of",
]
