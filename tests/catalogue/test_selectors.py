"""Who sees what, and the team tree."""

import pytest

from portal.catalogue import selectors
from portal.catalogue.models import Application, Team, TeamRole
from tests.factories import ApplicationFactory, MembershipFactory, TeamFactory


@pytest.mark.parametrize("who", ["alice", "charlie", "olive", "eve", "audrey"])
def test_everybody_sees_the_whole_catalogue(world, who):
    person = getattr(world, who)
    assert selectors.applications_visible_to(person).count() == Application.objects.count()
    assert selectors.teams_visible_to(person).count() == Team.objects.count()


def test_who_is_deactivated_sees_nothing(world):
    world.alice.is_active = False
    assert not selectors.applications_visible_to(world.alice).exists()
    assert not selectors.teams_visible_to(world.alice).exists()
    assert not selectors.my_applications(world.alice).exists()
    assert not selectors.people_matching(world.alice, "").exists()


def test_mine_are_those_of_my_teams_and_below(world, django_assert_num_queries):
    MembershipFactory.create(team=world.payments, user=world.eve, role=TeamRole.LEAD)
    with django_assert_num_queries(1):
        assert list(selectors.my_applications(world.eve)) == [world.checkout]
    assert list(selectors.my_applications(world.bob)) == [world.checkout]
    assert list(selectors.my_applications(world.charlie)) == [world.loans]
    assert not selectors.my_applications(world.audrey).exists()


def test_the_subtree_includes_the_team_and_ancestors_do_not(world):
    assert set(selectors.subtree(world.cards)) == {world.cards, world.acquiring}
    assert selectors.ancestors(world.acquiring) == [world.payments, world.cards]
    assert selectors.ancestors(world.payments) == []
    assert list(selectors.applications_below(world.bob, world.payments)) == [world.checkout]


def test_the_tree_counts_applications_and_names_leads(world, django_assert_num_queries):
    ApplicationFactory.create(owner=world.cards)
    with django_assert_num_queries(4):
        lending, payments = selectors.team_tree(world.bob)
    assert (lending.team, lending.applications, lending.below) == (world.lending, 1, 0)
    assert (payments.applications, payments.below) == (2, 2)
    (cards,) = payments.children
    (acquiring,) = cards.children
    assert (cards.applications, cards.below) == (2, 1)
    assert acquiring.leads == ["Alice"]


def test_a_part_of_the_tree_begins_below_a_team(world):
    (cards,) = selectors.team_tree(world.bob, world.payments)
    assert cards.team == world.cards
    assert [child.team for child in cards.children] == [world.acquiring]
    assert selectors.team_tree(world.bob, world.acquiring) == []


@pytest.mark.parametrize(("limit", "shown"), [(0, 2), (2, 2), (3, 3), (4, 4)])
def test_the_tree_is_folded_where_a_level_would_be_too_much(world, limit, shown):
    nodes = selectors.team_tree(world.bob, limit=limit)
    for node in nodes:
        nodes.extend(node.children)
    assert len(nodes) == shown
    payments = next(node for node in nodes if node.team == world.payments)
    assert (payments.applications, payments.below) == (1, 2)


@pytest.mark.parametrize(
    ("wish", "free"),
    [("till", "till"), ("checkout", "checkout-2"), ("new", "new-2"), ("x" * 63, "x" * 63)],
)
def test_a_free_slug_is_the_wish_or_has_a_number(world, wish, free):
    assert selectors.free_application_slug(wish) == free


def test_a_long_slug_is_shortened_for_its_number(world):
    ApplicationFactory.create(slug="x" * 63)
    assert selectors.free_application_slug("x" * 63) == f"{'x' * 61}-2"


def test_people_are_found_by_name_and_address(world):
    assert list(selectors.people_matching(world.bob, "ALI")) == [world.alice]
    assert list(selectors.people_matching(world.bob, "charlie@")) == [world.charlie]
    assert len(selectors.people_matching(world.bob, "", limit=2)) == 2


def test_the_working_hours_are_those_of_the_team_itself(world, now):
    team = TeamFactory.build(zone="Asia/Kolkata")
    assert f"{team.local_time(now):%H:%M}" == "17:30"
    assert not team.is_at_work(now)
    assert TeamFactory.build(zone="Europe/London").is_at_work(now)
    assert not TeamFactory.build(zone="Europe/London", workdays=[1]).is_at_work(now)
