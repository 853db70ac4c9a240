"""Who may do what: a table of people and permissions."""

import pytest
from django.contrib.auth.models import AnonymousUser

from portal.accounts.policies import NotAllowedError
from portal.catalogue import policies
from portal.catalogue.models import TeamRole
from portal.catalogue.policies import allows, require
from tests.factories import ApplicationFactory, MembershipFactory, UserFactory

PERMISSIONS = {
    "register": (policies.REGISTER_APPLICATION, "acquiring"),
    "change": (policies.CHANGE_APPLICATION, "checkout"),
    "team": (policies.CHANGE_TEAM, "acquiring"),
    "below": (policies.ADD_TEAM, "acquiring"),
    "top": (policies.ADD_TEAM, None),
}

# Who, in which team as what, and the permissions they have on Acquiring and its Checkout.
TABLE = [
    ("ENGINEER", "acquiring", TeamRole.LEAD, "register change team below"),
    ("ENGINEER", "acquiring", TeamRole.MEMBER, "register change"),
    ("ENGINEER", "cards", TeamRole.LEAD, "register change team below"),
    ("ENGINEER", "cards", TeamRole.MEMBER, "register"),
    ("ENGINEER", "payments", TeamRole.LEAD, "register change team below"),
    ("ENGINEER", "payments", TeamRole.MEMBER, "register"),
    ("ENGINEER", "lending", TeamRole.LEAD, ""),
    ("ENGINEER", None, None, ""),
    ("OPERATIONS", None, None, "register change team below top"),
    ("OPERATIONS", "lending", TeamRole.MEMBER, "register change team below top"),
    ("EXECUTIVE", None, None, ""),
    ("EXECUTIVE", "acquiring", TeamRole.LEAD, ""),
    ("EXECUTIVE", "payments", TeamRole.LEAD, ""),
    ("AUDITOR", None, None, ""),
    ("AUDITOR", "acquiring", TeamRole.LEAD, ""),
    ("AUDITOR", "payments", TeamRole.MEMBER, ""),
]


@pytest.mark.parametrize(("role", "team", "membership", "granted"), TABLE)
def test_the_table_of_roles_and_permissions(world, role, team, membership, granted):
    person = UserFactory.create(role=role)
    if team:
        MembershipFactory.create(team=getattr(world, team), user=person, role=membership)
    assert permissions_of(person, world) == set(granted.split())
    person.is_active = False
    assert permissions_of(person, world) == set()


def permissions_of(person, world):
    return {
        name
        for name, (permission, target) in PERMISSIONS.items()
        if allows(person, permission, getattr(world, target) if target else None)
    }


def test_nobody_in_particular_may_nothing(world):
    assert permissions_of(AnonymousUser(), world) == set()


def test_an_application_without_owner_is_changed_by_operations_only(world):
    orphan = ApplicationFactory.create(owner=None)
    assert allows(world.olive, policies.CHANGE_APPLICATION, orphan)
    assert not allows(world.alice, policies.CHANGE_APPLICATION, orphan)


@pytest.mark.parametrize(
    ("who", "permission", "target", "sentence"),
    [
        (
            "charlie",
            policies.CHANGE_APPLICATION,
            "checkout",
            (
                "Only people of the team that owns Checkout, leads above it, and operations change "
                "it. Ask Alice (alice@example.com)."
            ),
        ),
        (
            "bob",
            policies.CHANGE_TEAM,
            "acquiring",
            (
                "Only leads of Acquiring or of a team above it, and operations, change it and its "
                "members. Ask Alice (alice@example.com)."
            ),
        ),
        (
            "audrey",
            policies.REGISTER_APPLICATION,
            "acquiring",
            "As an auditor you see everything and change nothing. Ask Alice (alice@example.com).",
        ),
        (
            "alice",
            policies.ADD_TEAM,
            None,
            "Only operations add teams at the top of the tree. Ask operations.",
        ),
        (
            "alice",
            policies.CHANGE_TEAM,
            "lending",
            (
                "Only leads of Lending or of a team above it, and operations, change it and its "
                "members. Ask operations."
            ),
        ),
    ],
)
def test_a_refusal_says_who_may_and_whom_to_ask(world, who, permission, target, sentence):
    with pytest.raises(NotAllowedError) as caught:
        require(getattr(world, who), permission, getattr(world, target) if target else None)
    assert str(caught.value) == sentence


def test_the_nearest_lead_above_is_named_when_the_team_has_none(world):
    world.acquiring.memberships.all().delete()
    MembershipFactory.create(team=world.payments, user=world.bob, role=TeamRole.LEAD)
    MembershipFactory.create(team=world.cards, user=world.charlie, role=TeamRole.LEAD)
    with pytest.raises(NotAllowedError, match=r"Ask Charlie \(charlie@example.com\)\."):
        require(world.eve, policies.CHANGE_APPLICATION, world.checkout)
