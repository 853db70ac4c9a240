"""Every change of an account: one function each."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from portal.accounts import policies
from portal.accounts.models import Role, Theme, User
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.core.changes import describe_changes


class AddressTakenError(ValueError):
    """Somebody has an account with that e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} has an account already.")


@transaction.atomic
def change_profile(*, user: User, name: str, zone: str, theme: Theme, now: datetime) -> None:
    """Change what a person says about themselves; nothing is written when nothing differs.

    Raises:
        ValidationError: when a value does not fit the model.
    """
    person = User.objects.select_for_update().get(pk=user.pk)
    before = _profile(person)
    person.name, person.zone, person.theme = name, zone, theme
    changes = describe_changes(before, _profile(person))
    if not changes:
        return
    person.clean_fields(exclude=["password"])
    person.save(update_fields=["name", "zone", "theme"])
    audit.record(
        AuditEvent.PROFILE_CHANGED,
        actor=person.label,
        subject=person.label,
        now=now,
        data={"changes": changes},
    )


def _profile(user: User) -> dict[str, object]:
    return {"name": user.name, "zone": user.zone, "theme": user.theme}


@transaction.atomic
def change_password(*, user: User, password: str, now: datetime) -> None:
    """Set a password that its form has checked; every other session of the person ends."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(AuditEvent.PASSWORD_CHANGED, actor=user.label, subject=user.label, now=now)


@transaction.atomic
def create_user(
    *, email: str, name: str, role: Role, password: str, actor: User | str, now: datetime
) -> User:
    """Create an account and return it.

    The actor is a person of operations or, for the command line, a label such as
    `command:create_user`: whoever can run commands holds the database anyway.

    Raises:
        NotAllowedError: when the actor is not operations.
        AddressTakenError: when the address has an account.
        ValidationError: when a value does not fit, or the password is too weak.
    """
    if isinstance(actor, User):
        policies.require(actor, policies.CREATE_USER)
    user = User(email=email.strip().lower(), name=name, role=role)
    user.clean_fields(exclude=["password"])
    validate_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTakenError(user.email) from error
    audit.record(
        AuditEvent.USER_CREATED,
        actor=actor.label if isinstance(actor, User) else actor,
        subject=user.label,
        now=now,
        data={"role": role.value},
    )
    return user


@transaction.atomic
def change_role(*, user: User, role: Role, actor: User, now: datetime) -> None:
    """Give a person another role; nothing is written when they have it already.

    Raises:
        NotAllowedError: when the actor is not operations, or is the person.
    """
    person = User.objects.select_for_update().get(pk=user.pk)
    policies.require(actor, policies.CHANGE_ROLE, person)
    before = Role(person.role)
    if before == role:
        return
    person.role = role
    person.save(update_fields=["role"])
    audit.record(
        AuditEvent.ROLE_CHANGED,
        actor=actor.label,
        subject=person.label,
        now=now,
        data={"before": before.value, "after": role.value},
    )
