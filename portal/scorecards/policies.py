"""Who may do what to scorecards, exemptions and initiatives.

Everybody signed in reads all of it. Operations own the rules. Whoever works on an application
asks for an exemption; a second person decides: a lead of its owner team or above, or operations.
"""

from collections.abc import Callable
from typing import Any

from rules import permissions
from rules.predicates import predicate

from portal.accounts.models import Role, User
from portal.accounts.policies import NotAllowedError, Viewer, can_write, is_operations
from portal.catalogue.policies import CHANGE_APPLICATION, leads
from portal.scorecards.models import Exemption, Initiative
from portal.scorecards.selectors.initiatives import leads_a_team

CHANGE_SCORECARD = "scorecards.change_scorecard"
ASK_EXEMPTION = CHANGE_APPLICATION
DECIDE_EXEMPTION = "scorecards.decide_exemption"
REVOKE_EXEMPTION = "scorecards.revoke_exemption"
BEGIN_INITIATIVES = "scorecards.begin_initiatives"
CREATE_INITIATIVE = "scorecards.create_initiative"
CHANGE_INITIATIVE = "scorecards.change_initiative"


@predicate
def is_asker(user: Viewer, exemption: Exemption) -> bool:
    """Whether the person asked for the exemption."""
    return user.pk == exemption.asked_by_id


@predicate
def leads_owner(user: Viewer, exemption: Exemption) -> bool:
    """Whether the person leads the team that owns the application, or anything above it."""
    return bool(leads(user, exemption.application.owner))


@predicate
def owns(user: Viewer, initiative: Initiative) -> bool:
    """Whether the person is the owner of the initiative."""
    return user.pk == initiative.owner_id


@predicate
def leads_some_team(user: Viewer) -> bool:
    """Whether there is a team for which the person may begin an initiative."""
    return leads_a_team(user)


permissions.add_perm(CHANGE_SCORECARD, is_operations)
permissions.add_perm(DECIDE_EXEMPTION, ~is_asker & (is_operations | (can_write & leads_owner)))
permissions.add_perm(REVOKE_EXEMPTION, is_operations | (can_write & (is_asker | leads_owner)))
permissions.add_perm(BEGIN_INITIATIVES, is_operations | (can_write & leads_some_team))
permissions.add_perm(CREATE_INITIATIVE, is_operations | (can_write & leads))
permissions.add_perm(CHANGE_INITIATIVE, is_operations | (can_write & owns))


def allows(user: Viewer, permission: str, target: Any = None) -> bool:
    """Return whether the person has the permission on the target."""
    return bool(permissions.has_perm(permission, user, target))


def require(user: Viewer, permission: str, target: Any = None) -> None:
    """Do nothing when the person has the permission on the target.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    if allows(user, permission, target):
        return
    if isinstance(user, User) and user.is_active and not can_write(user):
        role = Role(user.role).label.lower()
        raise NotAllowedError(
            f"As an {role} you see everything and change nothing. Ask operations."
        )
    raise NotAllowedError(refusal(user, permission, target))


def refusal(user: Viewer, permission: str, target: Any = None) -> str:
    """Return who may, for somebody who may not."""
    return REFUSALS[permission](user, target)


def _why_not_decide(user: Viewer, exemption: Exemption) -> str:
    owner = exemption.application.owner
    if is_asker(user, exemption):
        return (
            "You asked for this exemption, and nobody approves their own. A lead of the team or"
            " above, or operations, can."
        )
    whose = f"Leads of {owner} or of a team above it" if owner else "Nobody owns it, so only"
    return (
        f"{whose}{' and' if owner else ''} operations decide on this exemption. Ask one of them."
    )


REFUSALS: dict[str, Callable[[Viewer, Any], str]] = {
    CHANGE_SCORECARD: lambda _user, _target: (
        "Operations own the rules of scorecards. Ask them; your team can ask for an exemption."
    ),
    DECIDE_EXEMPTION: _why_not_decide,
    REVOKE_EXEMPTION: lambda _user, _target: (
        "Whoever asked for an exemption, leads of the team, and operations end it early."
    ),
    BEGIN_INITIATIVES: lambda _user, _target: (
        "Leads begin initiatives for their teams, and operations for everybody. Ask one of them."
    ),
    CREATE_INITIATIVE: lambda _user, team: (
        f"Only leads of {team} or of a team above it, and operations, begin initiatives for it."
        if team
        else "Only operations begin initiatives for the whole company. Name a team that you lead."
    ),
    CHANGE_INITIATIVE: lambda _user, initiative: (
        f"Only {initiative.owner}, who owns this initiative, and operations change it."
    ),
}
