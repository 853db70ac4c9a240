"""The arithmetic of rotas: pure, without a database, without a clock.

Definitions are wall-clock labels in a named IANA time zone; answers are half-open intervals
`[start, end)` of instants in UTC. `resolve` says who is on call when, `gaps` when nobody is, `loads`
and `rests` what that asks of people. Modules of their own say what it earns (`pay`), whom a call
reaches (`escalation`), what counts for a while (`temporary`) and what is planned by blocks of the
week (`template`).
"""

from oncall.rota import drafts
from oncall.rota.cover import rested
from oncall.rota.drafts import Fault, LayerDraft, WorkCalendar, faults, layer_of, windows_of
from oncall.rota.history import chained, merged, remembered
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
    overlaps,
    resolve,
    runs,
)
from oncall.rota.rest import Rest, rests
from oncall.rota.spans import Span
from oncall.rota.turns import CustomTurns, Opening, Rotation, Turn, Turns, Unit
from oncall.rota.windows import OutOfHours, Several, Weekly, Windows
from portal.core.wall_clock import instant, label

__all__ = [
    "PRIMARY",
    "Coverage",
    "CustomTurns",
    "Fault",
    "Layer",
    "LayerDraft",
    "Load",
    "Mark",
    "Opening",
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
    "Turns",
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
    "merged",
    "overlaps",
    "remembered",
    "resolve",
    "rested",
    "rests",
    "runs",
    "windows_of",
]
