"""Who may set up and change synchronisations: they read with the rights of one person."""

from rules import permissions
from rules.predicates import predicate

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError, Viewer, can_write, is_operations
from portal.descriptors.models import DescriptorSync

ADD_SYNC = "descriptors.add_sync"
CHANGE_SYNC = "descriptors.change_sync"


@predicate
def set_it_up(user: Viewer, sync: DescriptorSync) -> bool:
    """Whether it reads with the rights of this person."""
    return user.pk == sync.set_up_by_id


permissions.add_perm(ADD_SYNC, can_write)
permissions.add_perm(CHANGE_SYNC, is_operations | (can_write & set_it_up))


def may_change(user: Viewer, sync: DescriptorSync) -> bool:
    """Return whether the person may change a synchronisation and what it keeps."""
    return bool(permissions.has_perm(CHANGE_SYNC, user, sync))


def require_change(user: User, sync: DescriptorSync) -> None:
    """Do nothing when the person may change the synchronisation.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    if not may_change(user, sync):
        raise NotAllowedError(
            f"{sync} reads with the rights of {sync.set_up_by.name}, so only they and operations"
            f" change it. Ask {sync.set_up_by.email}."
        )


def require_add(user: User) -> None:
    """Do nothing when the person may set up a synchronisation.

    Raises:
        NotAllowedError: otherwise.
    """
    if not permissions.has_perm(ADD_SYNC, user):
        raise NotAllowedError("Your role sees everything and changes nothing.")
