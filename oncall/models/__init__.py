"""What is stored of on-call."""

from oncall.models.calendars import Holiday, HolidayCalendar
from oncall.models.claims import (
    Claim,
    ClaimSide,
    ClaimState,
    ClaimStep,
    Evidence,
    EvidenceKind,
    ItemState,
    ReadinessCheck,
    ReadinessException,
    Word,
)
from oncall.models.cover import Cover
from oncall.models.exceptions import SHORTEST, Leave, Override, Swap
from oncall.models.feeds import Feed
from oncall.models.kinds import (
    EXCLUSIVE_ROLES,
    WAITING_SWAPS,
    Change,
    DutyRole,
    Hours,
    Resolution,
    RuleSeverity,
    SwapPolicy,
    SwapState,
    TurnUnit,
)
from oncall.models.pay import PayGrade, PayReport, PayScheme, PersonGrade, ReportState
from oncall.models.rotas import Layer, Participant, Rota, RotaVersion
from oncall.models.rules import OptOut, RulePolicy
from oncall.models.shifts import Gap, Shift
from oncall.models.work import CallOut, DutyMonth, HandoverNote, HandoverWish

__all__ = [
    "EXCLUSIVE_ROLES",
    "SHORTEST",
    "WAITING_SWAPS",
    "CallOut",
    "Change",
    "Claim",
    "ClaimSide",
    "ClaimState",
    "ClaimStep",
    "Cover",
    "DutyMonth",
    "DutyRole",
    "Evidence",
    "EvidenceKind",
    "Feed",
    "Gap",
    "HandoverNote",
    "HandoverWish",
    "Holiday",
    "HolidayCalendar",
    "Hours",
    "ItemState",
    "Layer",
    "Leave",
    "OptOut",
    "Override",
    "Participant",
    "PayGrade",
    "PayReport",
    "PayScheme",
    "PersonGrade",
    "ReadinessCheck",
    "ReadinessException",
    "ReportState",
    "Resolution",
    "Rota",
    "RotaVersion",
    "RulePolicy",
    "RuleSeverity",
    "Shift",
    "Swap",
    "SwapPolicy",
    "SwapState",
    "TurnUnit",
    "Word",
]
