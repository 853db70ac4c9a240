"""Who is in a team, and as what."""

import pytest

from portal.audit.models import Entry
from portal.catalogue.models import TeamRole
from portal.catalogue.services import add_member, change_member, remove_member
from portal.catalogue.services.members import (
    AlreadyMemberError,
    InactivePersonError,
    LastLeadError,
    NotMemberError,
)
from tests.catalogue.trail import last_event
from tests.factories import MembershipFactory, TeamFactory


def test_a_lead_adds_somebody(world, now):
    membership = add_member(
        team=world.acquiring,
        person=world.charlie,
        role=TeamRole.LEAD,
        actor=world.alice,
        now=now,
    )
    assert membership.role == TeamRole.LEAD
    assert last_event() == "alice@example.com added user:charlie@example.com to acquiring as lead"


def test_nobody_is_in_a_team_twice(world, now):
    with pytest.raises(AlreadyMemberError, match="Bob is in Acquiring already"):
        add_member(
            team=world.acquiring,
            person=world.bob,
            role=TeamRole.LEAD,
            actor=world.alice,
            now=now,
        )


def test_a_closed_account_joins_nothing(world, now):
    world.charlie.is_active = False
    world.charlie.save()
    with pytest.raises(InactivePersonError):
        add_member(
            team=world.acquiring,
            person=world.charlie,
            role=TeamRole.MEMBER,
            actor=world.alice,
            now=now,
        )


def test_a_member_becomes_lead(world, now):
    change_member(
        team=world.acquiring, person=world.bob, role=TeamRole.LEAD, actor=world.alice, now=now
    )
    assert last_event() == "alice@example.com made user:bob@example.com lead of acquiring"


def test_the_same_role_again_is_no_event(world, now):
    change_member(
        team=world.acquiring, person=world.bob, role=TeamRole.MEMBER, actor=world.alice, now=now
    )
    assert not Entry.objects.exists()


def test_the_last_lead_stays_lead_until_there_is_another(world, now):
    change = {"team": world.acquiring, "person": world.alice, "actor": world.olive, "now": now}
    with pytest.raises(LastLeadError, match="Make somebody else lead first"):
        change_member(role=TeamRole.MEMBER, **change)
    with pytest.raises(LastLeadError):
        remove_member(**change)
    change_member(**(change | {"person": world.bob}), role=TeamRole.LEAD)
    remove_member(**change)
    assert [one.user for one in world.acquiring.memberships.all()] == [world.bob]
    assert last_event() == "olive@example.com removed user:alice@example.com from acquiring"


def test_a_lead_with_a_closed_account_does_not_count(world, now):
    world.bob.is_active = False
    world.bob.save()
    world.acquiring.memberships.update(role=TeamRole.LEAD)
    with pytest.raises(LastLeadError):
        remove_member(team=world.acquiring, person=world.alice, actor=world.olive, now=now)


def test_the_last_person_of_a_team_without_applications_can_go(world, now):
    team = TeamFactory.create()
    MembershipFactory.create(team=team, user=world.charlie, role=TeamRole.LEAD)
    remove_member(team=team, person=world.charlie, actor=world.olive, now=now)
    assert not team.memberships.exists()


def test_who_is_not_in_the_team_cannot_be_changed_or_removed(world, now):
    change = {"team": world.acquiring, "person": world.charlie, "actor": world.alice, "now": now}
    with pytest.raises(NotMemberError):
        change_member(role=TeamRole.LEAD, **change)
    with pytest.raises(NotMemberError):
        remove_member(**change)
