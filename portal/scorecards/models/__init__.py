"""Scorecards and their versions, how applications stand, exemptions, history and initiatives."""

from portal.scorecards.models.definitions import Scorecard, Version
from portal.scorecards.models.exemptions import Exemption, ExemptionState
from portal.scorecards.models.initiatives import Initiative, InitiativeState, Progress
from portal.scorecards.models.results import RuleResult, RuleState, Snapshot, Standing

__all__ = [
    "Exemption",
    "ExemptionState",
    "Initiative",
    "InitiativeState",
    "Progress",
    "RuleResult",
    "RuleState",
    "Scorecard",
    "Snapshot",
    "Standing",
    "Version",
]
