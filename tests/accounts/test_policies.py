"""Who is what."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from portal.accounts.policies import (
    CREATE_USER,
    can_write,
    is_auditor,
    is_executive,
    is_operations,
)


@pytest.mark.parametrize(
    ("person", "predicate"),
    [("olive", is_operations), ("eve", is_executive), ("audrey", is_auditor)],
)
def test_each_role_is_itself_alone(world, person, predicate):
    others = {"alice", "olive", "eve", "audrey"} - {person}
    assert predicate(getattr(world, person))
    assert not any(predicate(getattr(world, other)) for other in others)


def test_executives_and_auditors_change_nothing(world):
    writers = {
        name for name in ("alice", "olive", "eve", "audrey") if can_write(vars(world)[name])
    }
    assert writers == {"alice", "olive"}


def test_nobody_is_nothing():
    stranger = AnonymousUser()
    assert not any(
        predicate(stranger) for predicate in (can_write, is_auditor, is_executive, is_operations)
    )


def test_a_closed_account_is_nothing(world):
    world.olive.is_active = False
    assert not is_operations(world.olive)
    assert not can_write(world.olive)


def test_rights_come_from_rules_and_asking_costs_nothing(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert world.olive.has_perm(CREATE_USER)
        assert not world.alice.has_perm(CREATE_USER)
    permission = Permission.objects.get(codename="delete_application")
    world.alice.user_permissions.add(permission)
    assert not world.alice.has_perm("catalogue.delete_application")
