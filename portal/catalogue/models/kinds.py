"""The closed lists of the catalogue, each with its words, and its tone where it has one."""

from django.db import models


class TeamKind(models.TextChoices):
    """The three levels of the team tree."""

    DIVISION = "DIVISION", "Division"
    DEPARTMENT = "DEPARTMENT", "Department"
    TEAM = "TEAM", "Team"

    @property
    def rank(self) -> int:
        """How deep in the tree the kind belongs; a parent has a lower rank than its children."""
        return list(TeamKind).index(self)


class TeamRole(models.TextChoices):
    """What somebody is in a team."""

    MEMBER = "MEMBER", "Member"
    LEAD = "LEAD", "Lead"


class Lifecycle(models.TextChoices):
    """How far along its life an application is."""

    EXPERIMENTAL = "EXPERIMENTAL", "Experimental"
    PRODUCTION = "PRODUCTION", "Production"
    DEPRECATED = "DEPRECATED", "Deprecated"
    RETIRED = "RETIRED", "Retired"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {
            "EXPERIMENTAL": "info",
            "PRODUCTION": "good",
            "DEPRECATED": "warning",
            "RETIRED": "unknown",
        }[self.value]


# What somebody may choose: an application is retired by its own service, with a reason.
CURRENT_LIFECYCLES = tuple(one for one in Lifecycle if one != Lifecycle.RETIRED)


class DataClass(models.TextChoices):
    """Kinds of data that rules attach to."""

    PCI = "pci", "Card data (PCI DSS)"
    PERSONAL = "personal", "Personal data (GDPR)"
    HEALTH = "health", "Health data"
    FINANCIAL = "financial", "Financial reporting (SOX)"
    CONFIDENTIAL = "confidential", "Confidential"


class Tier(models.IntegerChoices):
    """How much depends on an application; 1 is the most critical."""

    ONE = 1, "Tier 1: customers notice at once"
    TWO = 2, "Tier 2: customers notice within hours"
    THREE = 3, "Tier 3: colleagues notice"
    FOUR = 4, "Tier 4: can wait"


class Weekday(models.IntegerChoices):
    """Days of the week by their ISO numbers."""

    MONDAY = 1, "Monday"
    TUESDAY = 2, "Tuesday"
    WEDNESDAY = 3, "Wednesday"
    THURSDAY = 4, "Thursday"
    FRIDAY = 5, "Friday"
    SATURDAY = 6, "Saturday"
    SUNDAY = 7, "Sunday"


class DependencyKind(models.TextChoices):
    """What happens to an application when what it depends on is away."""

    HARD = "HARD", "Hard"
    SOFT = "SOFT", "Soft"

    @property
    def meaning(self) -> str:
        """The kind in a sentence."""
        return {
            "HARD": "Does not work without it",
            "SOFT": "Works without it, less well",
        }[self.value]


class OwnershipChange(models.TextChoices):
    """How a team came to own an application, or why nobody does."""

    KNOWN = "KNOWN", "Known since"
    REGISTERED = "REGISTERED", "Registered"
    CLAIMED = "CLAIMED", "Claimed"
    TRANSFERRED = "TRANSFERRED", "Transferred"
    RELEASED = "RELEASED", "Released"


class TransferSide(models.TextChoices):
    """Which side speaks first when an application changes hands."""

    OFFER = "OFFER", "Offered by its owner"
    REQUEST = "REQUEST", "Asked for by the other team"


class TransferState(models.TextChoices):
    """How far a transfer came."""

    PENDING = "PENDING", "Waiting"
    ACCEPTED = "ACCEPTED", "Accepted"
    DECLINED = "DECLINED", "Declined"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"
    EXPIRED = "EXPIRED", "Expired"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"PENDING": "info", "ACCEPTED": "good", "DECLINED": "warning"}.get(
            self.value, "unknown"
        )


class Attestation(models.TextChoices):
    """How fresh the owner's word is that an application is still theirs.

    Each step but the first is a day relative to the one on which the word is due.
    """

    CURRENT = "CURRENT", "Confirmed"
    DUE_SOON = "DUE_SOON", "Due soon"
    DUE = "DUE", "Due"
    OVERDUE = "OVERDUE", "Overdue"
    ESCALATED = "ESCALATED", "Long overdue"

    @property
    def tone(self) -> str:
        """The tone in which the status component shows this value."""
        return {"CURRENT": "good", "DUE_SOON": "info", "DUE": "warning"}.get(self.value, "bad")

    @property
    def day(self) -> int:
        """The day on which the step begins, counted from the one on which the word is due."""
        return {"DUE_SOON": -14, "DUE": 0, "OVERDUE": 14, "ESCALATED": 28}[self.value]
