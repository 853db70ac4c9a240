"""Who reads the audit trail. The roles that may are named where roles are: in accounts."""

from typing import Protocol, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from rules import permissions

READ_TRAIL = "audit.read_trail"


class Reader(Protocol):
    """Somebody who reads the audit trail and leaves a label in it."""

    @property
    def label(self) -> str: ...


class NotAReaderError(PermissionDenied):
    """The person may not read the audit trail; the message says who may."""


def require_reader(user: AbstractBaseUser | AnonymousUser | Reader) -> Reader:
    """Return the person, who may read the audit trail.

    Raises:
        NotAReaderError: when they may not, with who may and where else to look.
    """
    if not permissions.has_perm(READ_TRAIL, user):
        raise NotAReaderError(
            "Auditors and operations read the audit trail, because it names people. What happened "
            "to an application is told on its page; for anything else ask operations."
        )
    return cast("Reader", user)
