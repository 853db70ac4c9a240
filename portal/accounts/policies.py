"""Who somebody is, as predicates that other apps build their rules from.

Executives and auditors read everything and change nothing but their own profile. Engineers write
what the rules of an app give them; operations run the portal.
"""

from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from rules import permissions
from rules.predicates import predicate

from portal.accounts.models import READING_ROLES, Role, User
from portal.accounts.types import Pipeline
from portal.audit.policies import READ_TRAIL

# Who reads, and who is put on record for a change.
Viewer: TypeAlias = User | Pipeline | AnonymousUser
Actor: TypeAlias = User | Pipeline

CREATE_USER = "accounts.create_user"
CHANGE_ROLE = "accounts.change_role"


class NotAllowedError(PermissionDenied):
    """The person may not do this; the message says who may."""


def _has_role(user: Viewer, *roles: Role) -> bool:
    return user.is_active and user.role in roles


@predicate
def is_operations(user: Viewer) -> bool:
    """Whether the person runs the portal."""
    return _has_role(user, Role.OPERATIONS)


@predicate
def is_executive(user: Viewer) -> bool:
    """Whether the person steers the company."""
    return _has_role(user, Role.EXECUTIVE)


@predicate
def is_auditor(user: Viewer) -> bool:
    """Whether the person looks for evidence."""
    return _has_role(user, Role.AUDITOR)


@predicate
def can_write(user: Viewer) -> bool:
    """Whether the person's role may change anything at all."""
    return user.is_active and user.role not in READING_ROLES


@predicate
def is_self(user: Viewer, person: User | None) -> bool:
    """Whether the person is the one it is about."""
    return person is not None and user.pk == person.pk


permissions.add_perm(CREATE_USER, is_operations)
permissions.add_perm(CHANGE_ROLE, is_operations & ~is_self)
permissions.add_perm(READ_TRAIL, is_operations | is_auditor)

REFUSALS = {
    CREATE_USER: "Only operations create accounts. Ask them.",
    CHANGE_ROLE: "Only operations change roles, and nobody changes their own. Ask them.",
}


def require(user: Viewer, permission: str, person: User | None = None) -> None:
    """Do nothing when the person has the permission.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    if not permissions.has_perm(permission, user, person):
        raise NotAllowedError(REFUSALS[permission])
