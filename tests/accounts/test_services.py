"""Changes of accounts: what they write, what they refuse, what they tell the audit trail."""

import pytest
from django.core.exceptions import ValidationError

from portal.accounts import services
from portal.accounts.models import Role, Theme, User
from portal.accounts.policies import NotAllowedError
from portal.audit.events import AuditEvent
from portal.audit.models import Entry

PASSWORD = "staple the correct horse"


def events(entries=None):
    return list(Entry.objects.order_by("pk").values_list("event", "actor", "subject"))


def change(user, now, **changes):
    values = {"name": user.name, "zone": user.zone, "theme": Theme(user.theme)} | changes
    services.change_profile(user=user, now=now, **values)


def create(now, **changes):
    values = {
        "email": "ada@example.com",
        "name": "Ada",
        "role": Role.ENGINEER,
        "password": PASSWORD,
        "actor": "command:create_user",
    }
    return services.create_user(now=now, **values | changes)


def test_a_changed_profile_is_one_event(world, now):
    change(world.alice, now, name="Alice L.", zone="Asia/Kolkata", theme=Theme.DARK)
    world.alice.refresh_from_db()
    assert (world.alice.name, world.alice.zone) == ("Alice L.", "Asia/Kolkata")
    label = "user:alice@example.com"
    assert events() == [(AuditEvent.PROFILE_CHANGED, label, label)]


def test_an_unchanged_profile_is_no_event(world, now):
    change(world.alice, now)
    assert events() == []


@pytest.mark.parametrize("changes", [{"zone": "Mars/Olympus"}, {"name": ""}, {"name": "x" * 121}])
def test_a_profile_that_does_not_fit_is_refused(world, now, changes):
    with pytest.raises(ValidationError):
        change(world.alice, now, **changes)
    assert events() == []


def test_an_account_can_sign_in_and_its_address_has_no_case(db, now, client):
    create(now, email=" Ada@Example.com ")
    response = client.post("/accounts/login/", {"login": "ADA@example.com", "password": PASSWORD})
    assert response.status_code == 302
    assert events() == [(AuditEvent.USER_CREATED, "command:create_user", "user:ada@example.com")]


def test_an_address_has_one_account(db, now):
    create(now)
    with pytest.raises(services.AddressTakenError, match=r"ada@example\.com has an account"):
        create(now, email="ADA@example.com")
    assert len(events()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "short"},
        {"password": "administrator"},
        {"password": "ada@example.com"},
        {"email": "nobody"},
        {"name": ""},
    ],
)
def test_an_account_that_does_not_fit_is_refused(db, now, changes):
    with pytest.raises(ValidationError):
        create(now, **changes)
    assert not User.objects.exists()


@pytest.mark.parametrize("person", ["alice", "eve", "audrey"])
def test_only_operations_create_accounts(world, now, person):
    with pytest.raises(NotAllowedError):
        create(now, actor=getattr(world, person))
    assert create(now, actor=world.olive).pk


def test_operations_change_roles(world, now):
    services.change_role(user=world.alice, role=Role.AUDITOR, actor=world.olive, now=now)
    world.alice.refresh_from_db()
    assert world.alice.role == Role.AUDITOR
    assert events() == [
        (AuditEvent.ROLE_CHANGED, "user:olive@example.com", "user:alice@example.com")
    ]
    services.change_role(user=world.alice, role=Role.AUDITOR, actor=world.olive, now=now)
    assert len(events()) == 1


@pytest.mark.parametrize("person", ["alice", "eve", "audrey"])
def test_nobody_else_changes_roles(world, now, person):
    with pytest.raises(NotAllowedError):
        services.change_role(
            user=world.bob, role=Role.OPERATIONS, actor=getattr(world, person), now=now
        )


def test_nobody_changes_their_own_role(world, now):
    with pytest.raises(NotAllowedError, match="nobody changes their own"):
        services.change_role(user=world.olive, role=Role.AUDITOR, actor=world.olive, now=now)
    assert events() == []


def test_a_closed_account_has_no_rights(world, now):
    world.olive.is_active = False
    with pytest.raises(NotAllowedError):
        create(now, actor=world.olive)
