"""Teams, applications and environments: the nouns everything else points at."""

from portal.catalogue.models.applications import (
    Application,
    Dependency,
    Environment,
    Link,
    Repository,
    System,
)
from portal.catalogue.models.kinds import (
    CURRENT_LIFECYCLES,
    Attestation,
    DataClass,
    DependencyKind,
    Lifecycle,
    OwnershipChange,
    TeamKind,
    TeamRole,
    Tier,
    TransferSide,
    TransferState,
    Weekday,
)
from portal.catalogue.models.ownership import EscalationStep, OwnershipPeriod, TransferRequest
from portal.catalogue.models.registration import Registration
from portal.catalogue.models.teams import Contact, Membership, Team
from portal.catalogue.models.validators import (
    validate_link,
    validate_slug,
    validate_tag,
    validate_web_address,
)

__all__ = [
    "CURRENT_LIFECYCLES",
    "Application",
    "Attestation",
    "Contact",
    "DataClass",
    "Dependency",
    "DependencyKind",
    "Environment",
    "EscalationStep",
    "Lifecycle",
    "Link",
    "Membership",
    "OwnershipChange",
    "OwnershipPeriod",
    "Registration",
    "Repository",
    "System",
    "Team",
    "TeamKind",
    "TeamRole",
    "Tier",
    "TransferRequest",
    "TransferSide",
    "TransferState",
    "Weekday",
    "validate_link",
    "validate_slug",
    "validate_tag",
    "validate_web_address",
]
