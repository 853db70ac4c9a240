"""What is stored of on-call."""

from oncall.models.calendars import Holiday, HolidayCalendar
from oncall.models.cover import Cover
from oncall.models.exceptions import Leave, Override, Swap
from oncall.models.kinds import (
    EXCLUSIVE_ROLES,
    WAITING_SWAPS,
    Change,
    DutyRole,
    Hours,
    Resolution,
    SwapPolicy,
    SwapState,
    TurnUnit,
)
from oncall.models.rotas import Layer, Participant, Rota, RotaVersion
from oncall.models.shifts import Gap, Shift

__all__ = [
    "EXCLUSIVE_ROLES",
    "WAITING_SWAPS",
    "Change",
    "Cover",
    "DutyRole",
    "Gap",
    "Holiday",
    "HolidayCalendar",
    "Hours",
    "Layer",
    "Leave",
    "Override",
    "Participant",
    "Resolution",
    "Rota",
    "RotaVersion",
    "Shift",
    "Swap",
    "SwapPolicy",
    "SwapState",
    "TurnUnit",
]
