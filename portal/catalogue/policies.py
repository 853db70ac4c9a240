"""Who may do what to the catalogue: one table of permissions, each with its refusal in words.

Everybody signed in reads the whole catalogue. Executives and auditors change nothing, even where
they are members. Other apps reuse `catalogue.change_application` for what belongs to one.
"""

from collections.abc import Callable

from rules import permissions
from rules.predicates import predicate

from portal.accounts.models import Role, User
from portal.accounts.policies import NotAllowedError, Viewer, can_write, is_operations
from portal.accounts.types import Pipeline
from portal.catalogue import selectors
from portal.catalogue.models import Application, System, Team, TransferRequest

REGISTER_APPLICATION = "catalogue.register_application"
CHANGE_APPLICATION = "catalogue.change_application"
TAKE_APPLICATION = "catalogue.take_application"
ATTEST_APPLICATION = "catalogue.attest_application"
CHANGE_SYSTEM = "catalogue.change_system"
CHANGE_TEAM = "catalogue.change_team"
ADD_TEAM = "catalogue.add_team"

Target = Application | System | Team | None


@predicate
def belongs(user: Viewer, team: Team | None) -> bool:
    """Whether the person is in the team or in anything above it."""
    return team is not None and selectors.belongs_to_lineage(user, team)


@predicate
def leads(user: Viewer, team: Team | None) -> bool:
    """Whether the person leads the team or anything above it."""
    return team is not None and selectors.leads_lineage(user, team)


@predicate
def works_on(user: Viewer, owned: Application | System) -> bool:
    """Whether the person is in the owner team, or leads it or anything above it.

    A pipeline works on the one application that it belongs to, whoever owns it.
    """
    if isinstance(user, Pipeline):
        return isinstance(owned, Application) and user.application_id == owned.pk
    owner = owned.owner
    return owner is not None and (
        selectors.is_member(user, owner) or selectors.leads_lineage(user, owner)
    )


permissions.add_perm(REGISTER_APPLICATION, is_operations | (can_write & belongs))
permissions.add_perm(CHANGE_APPLICATION, is_operations | (can_write & works_on))
permissions.add_perm(TAKE_APPLICATION, can_write & belongs)
permissions.add_perm(ATTEST_APPLICATION, can_write & works_on)
permissions.add_perm(CHANGE_SYSTEM, is_operations | (can_write & works_on))
permissions.add_perm(CHANGE_TEAM, is_operations | (can_write & leads))
permissions.add_perm(ADD_TEAM, is_operations | (can_write & leads))


def allows(user: Viewer, permission: str, target: Target) -> bool:
    """Return whether the person has the permission on the target."""
    return bool(permissions.has_perm(permission, user, target))


def require(user: Viewer, permission: str, target: Target) -> None:
    """Do nothing when the person has the permission on the target.

    Raises:
        NotAllowedError: otherwise, with who may and whom to ask.
    """
    if allows(user, permission, target):
        return
    if isinstance(user, Pipeline):
        raise NotAllowedError("A pipeline changes only the application that it belongs to.")
    if isinstance(user, User) and user.is_active and not can_write(user):
        reason = _reading(user)
    else:
        reason = REFUSALS[permission](target)
    raise NotAllowedError(f"{reason} {_next_step(target)}")


def may_attest(user: Viewer, application: Application, *, may_change: bool) -> bool:
    """Return whether the person gives the owner's word, from whether they change it.

    The two differ for operations alone, so that a page asks once for everybody else.
    """
    if not is_operations(user):
        return may_change and application.owner is not None
    return allows(user, ATTEST_APPLICATION, application)


def asking_side(request: TransferRequest) -> tuple[str, Application | Team]:
    """Return the permission, and on what, of who speaks for the side that asked."""
    giving = (CHANGE_APPLICATION, request.application)
    return giving if request.is_offer else (TAKE_APPLICATION, request.to_team)


def answering_side(request: TransferRequest) -> tuple[str, Application | Team]:
    """Return the permission, and on what, of who speaks for the side that answers."""
    giving = (CHANGE_APPLICATION, request.application)
    return (TAKE_APPLICATION, request.to_team) if request.is_offer else giving


def require_writer(user: User) -> None:
    """Do nothing when the person's role may change something somewhere.

    Raises:
        NotAllowedError: otherwise.
    """
    if not can_write(user):
        raise NotAllowedError(f"{_reading(user)} Ask somebody of the team it is for.")


REFUSALS: dict[str, Callable[[Target], str]] = {
    REGISTER_APPLICATION: lambda team: (
        f"Only people of {team} or of a team above it, and operations, give applications to it."
        if team
        else "An application is given to a team."
    ),
    CHANGE_APPLICATION: lambda application: (
        f"Only people of the team that owns {application}, leads above it, and operations "
        "change it."
    ),
    TAKE_APPLICATION: lambda team: (
        f"Only people of {team} or of a team above it take applications over for it."
    ),
    ATTEST_APPLICATION: lambda application: (
        f"Only people of the team that owns {application}, and leads above it, give its word."
    ),
    CHANGE_SYSTEM: lambda system: (
        f"Only people of the team that owns {system}, leads above it, and operations, change it."
    ),
    CHANGE_TEAM: lambda team: (
        f"Only leads of {team} or of a team above it, and operations, change it and its members."
    ),
    ADD_TEAM: lambda team: (
        f"Only leads of {team} or of a team above it, and operations, add teams below it."
        if team
        else "Only operations add teams at the top of the tree."
    ),
}


def _reading(user: User) -> str:
    return f"As an {Role(user.role).label.lower()} you see everything and change nothing."


def _next_step(target: Target) -> str:
    team = target.owner if isinstance(target, Application | System) else target
    people = selectors.nearest_leads(team) if team else []
    names = " or ".join(f"{person.name} ({person.email})" for person in people[:2])
    return f"Ask {names}." if names else "Ask operations."
