"""The closed lists of on-call, each with its words, and its tone where it has one."""

from django.db import models

from oncall.rota import PRIMARY, OverrideKind, Unit
from oncall.rules import Severity


class DutyRole(models.TextChoices):
    """What somebody is on call as."""

    PRIMARY = PRIMARY, "Primary"
    SECONDARY = "secondary", "Secondary"
    SHADOW = "shadow", "Shadow"
    MANAGER = "manager", "Escalation manager"

    @property
    def meaning(self) -> str:
        """The role in a sentence."""
        return {
            "primary": "Is called first, and answers",
            "secondary": "Is called when the primary does not answer",
            "shadow": "Learns beside the primary and is never called alone",
            "manager": "Is called when a decision is needed that nobody else may take",
        }[self.value]


# Roles in which one person at a time answers, and without whom there is a gap.
EXCLUSIVE_ROLES = (DutyRole.PRIMARY, DutyRole.SECONDARY, DutyRole.MANAGER)


class Resolution(models.TextChoices):
    """Who is on call where layers overlap."""

    PRIORITY = "PRIORITY", "One person: the uppermost layer"
    UNION = "UNION", "Everybody of every layer"


class Hours(models.TextChoices):
    """Which hours are meant to be covered."""

    OUT_OF_HOURS = "OUT_OF_HOURS", "Out of hours"
    ALWAYS = "ALWAYS", "Around the clock"
    WEEKLY = "WEEKLY", "Hours of the week"


class TurnUnit(models.TextChoices):
    """What the length of a turn is counted in."""

    HOUR = Unit.HOUR.value, "Hours"
    DAY = Unit.DAY.value, "Days"
    WEEK = Unit.WEEK.value, "Weeks"
    MONTH = Unit.MONTH.value, "Months"


class Change(models.TextChoices):
    """What an override does to who is on call."""

    ADD = OverrideKind.ADD.value, "Comes on call as well"
    REMOVE = OverrideKind.REMOVE.value, "Stands down"
    REPLACE = OverrideKind.REPLACE.value, "Takes the place of"
    COVER = OverrideKind.COVER.value, "Covers alone"


class SwapState(models.TextChoices):
    """How far a swap came."""

    OPEN = "OPEN", "Waits for an answer"
    AGREED = "AGREED", "Waits for the lead"
    DONE = "DONE", "Done"
    DECLINED = "DECLINED", "Declined"
    REFUSED = "REFUSED", "Refused by the lead"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"
    EXPIRED = "EXPIRED", "Expired"
    VOID = "VOID", "No longer possible"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "OPEN": "info",
            "AGREED": "info",
            "DONE": "good",
            "DECLINED": "warning",
            "REFUSED": "warning",
        }.get(self.value, "unknown")


WAITING_SWAPS = (SwapState.OPEN, SwapState.AGREED)


class SwapPolicy(models.TextChoices):
    """What the lead has to do with a swap that two people agreed on."""

    TELL = "TELL", "The lead is told"
    ASK = "ASK", "The lead is asked first"


class RuleSeverity(models.TextChoices):
    """What follows from breaking a rule of rest and load."""

    REFUSE = Severity.REFUSE.value, "Refused"
    WARN = Severity.WARN.value, "Needs a reason"
    MARK = Severity.MARK.value, "Shown"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"refuse": "bad", "warn": "warning"}.get(self.value, "info")
