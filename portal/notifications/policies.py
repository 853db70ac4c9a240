"""Who may do what: contact ways and preferences are of the person alone, whatever their role.

Operations and auditors read the whole log of deliveries; operations have one tried again.
"""

from rules import permissions
from rules.predicates import predicate

from portal.accounts.models import User
from portal.accounts.policies import NotAllowedError, Viewer, is_auditor, is_operations
from portal.notifications.models import ContactWay, Delivery

CHANGE_WAY = "notifications.change_way"
READ_LOG = "notifications.read_log"
RETRY_DELIVERY = "notifications.retry_delivery"


@predicate
def is_theirs(user: Viewer, thing: ContactWay | Delivery) -> bool:
    """Whether a way or a delivery is of the person."""
    return user.is_active and user.pk == thing.user_id


permissions.add_perm(CHANGE_WAY, is_theirs)
permissions.add_perm(READ_LOG, is_operations | is_auditor)
permissions.add_perm(RETRY_DELIVERY, is_theirs | is_operations)

REFUSALS = {
    CHANGE_WAY: "A contact way is changed and tested by the person that it reaches.",
    READ_LOG: "Operations and auditors read the log of all deliveries. Yours is on your account.",
    RETRY_DELIVERY: "Whoever it is for, and operations, have a delivery tried again.",
}


def allows(user: Viewer, permission: str, target: ContactWay | Delivery | None = None) -> bool:
    """Return whether the person has the permission on the target."""
    return bool(permissions.has_perm(permission, user, target))


def require(user: User, permission: str, target: ContactWay | Delivery | None = None) -> None:
    """Do nothing when the person has the permission on the target.

    Raises:
        NotAllowedError: otherwise, with who may.
    """
    if not allows(user, permission, target):
        raise NotAllowedError(REFUSALS[permission])
