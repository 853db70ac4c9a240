"""Creating, changing and moving teams."""

from contextlib import suppress
from datetime import time

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Team, TeamKind
from portal.catalogue.services import change_team, create_team
from portal.catalogue.services.teams import TeamSlugError, WrongPlaceError
from portal.catalogue.services.versions import ChangedMeanwhileError, current_version
from tests.catalogue.trail import last_event
from tests.conftest import NOW
from tests.factories import TeamFactory, UserFactory


def create(world, now, **changes):
    arguments = {
        "name": "Card Issuing",
        "kind": TeamKind.TEAM,
        "parent": world.cards,
        "zone": "America/Chicago",
        "country": "US",
        "actor": world.olive,
        "now": now,
    }
    return create_team(**(arguments | changes))


def lineages_fit():
    """Whether each lineage is that of the parent and the team itself."""
    return all(
        team.lineage == [*(team.parent.lineage if team.parent else []), team.pk]
        for team in Team.objects.select_related("parent")
    )


def test_a_team_stands_under_its_parent(world, now):
    team = create(world, now)
    assert team.slug == "card-issuing"
    assert team.lineage == [world.payments.pk, world.cards.pk, team.pk]
    assert team.workday_names == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert last_event() == "olive@example.com created the team card-issuing under team:cards"


@pytest.mark.parametrize(
    ("kind", "parent", "fits"),
    [
        (TeamKind.DIVISION, None, True),
        (TeamKind.DEPARTMENT, None, True),
        (TeamKind.TEAM, None, True),
        (TeamKind.DEPARTMENT, "payments", True),
        (TeamKind.TEAM, "payments", True),
        (TeamKind.TEAM, "cards", True),
        (TeamKind.DIVISION, "payments", False),
        (TeamKind.DEPARTMENT, "cards", False),
        (TeamKind.DIVISION, "acquiring", False),
        (TeamKind.TEAM, "acquiring", False),
    ],
)
def test_divisions_hold_departments_and_both_hold_teams(world, now, kind, parent, fits):
    parent = getattr(world, parent) if parent else None
    if fits:
        assert create(world, now, kind=kind, parent=parent).kind == kind
    else:
        with pytest.raises(WrongPlaceError, match="cannot be under"):
            create(world, now, kind=kind, parent=parent)


def test_a_taken_slug_offers_a_free_one(world, now):
    with pytest.raises(TeamSlugError, match="cards-2 is free"):
        create(world, now, name="Cards")
    with pytest.raises(TeamSlugError, match="new-2 is free"):
        create(world, now, name="New")
    with pytest.raises(TeamSlugError, match="Give one"):
        create(world, now, name="カード")


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"country": "gb"}, {"workdays": [0]}, {"workdays": [8]}]
)
def test_values_that_do_not_fit_are_refused(world, now, wrong):
    with pytest.raises(ValidationError):
        change_team(team=world.acquiring, actor=world.alice, now=now, **wrong)


def test_what_changed_is_told_before_and_after(world, now):
    change_team(
        team=world.acquiring,
        actor=world.alice,
        now=now,
        workday_starts_at=time(8),
        workdays=[5, 1, 1],
        contacts=[("Chat", "#acquiring")],
    )
    world.acquiring.refresh_from_db()
    assert world.acquiring.workdays == [1, 5]
    assert last_event() == (
        "alice@example.com changed acquiring: workday starts at: 09:00 → 08:00; "
        "workdays: Monday, Tuesday, Wednesday, Thursday, Friday → Monday, Friday; "
        "contacts: none → Chat #acquiring"
    )


def test_nothing_is_recorded_when_nothing_differs(world, now):
    change_team(team=world.acquiring, actor=world.alice, now=now, name="Acquiring")
    assert not Entry.objects.exists()


def test_a_move_takes_everything_below_along(world, now, django_capture_on_commit_callbacks):
    lab = create(world, now, name="Lab", kind=TeamKind.DIVISION, parent=None)
    with django_capture_on_commit_callbacks() as callbacks:
        change_team(team=world.cards, actor=world.olive, now=now, parent=lab)
    world.acquiring.refresh_from_db()
    assert world.acquiring.lineage == [lab.pk, world.cards.pk, world.acquiring.pk]
    assert lineages_fit()
    assert len(callbacks) == 1
    assert last_event() == "olive@example.com changed cards: parent: team:payments → team:lab"


def test_a_move_to_the_top_shortens_the_lineages(world, now):
    change_team(team=world.cards, actor=world.olive, now=now, parent=None)
    world.acquiring.refresh_from_db()
    assert world.acquiring.lineage == [world.cards.pk, world.acquiring.pk]


def test_a_team_cannot_be_under_itself_or_what_is_below_it(world, now):
    for parent in (world.cards, world.acquiring):
        with pytest.raises(WrongPlaceError, match="cannot be under itself"):
            change_team(team=world.cards, actor=world.olive, now=now, parent=parent)
    assert lineages_fit()


def test_another_kind_must_fit_what_is_below(world, now):
    with pytest.raises(WrongPlaceError):
        change_team(team=world.cards, actor=world.olive, now=now, kind=TeamKind.TEAM)


def test_a_lead_moves_a_team_only_to_where_they_lead(world, now):
    with pytest.raises(NotAllowedError, match="add teams below it"):
        change_team(team=world.acquiring, actor=world.alice, now=now, parent=world.payments)
    world.acquiring.refresh_from_db()
    assert world.acquiring.parent == world.cards


def test_another_zone_is_told_to_the_kpis(world, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        change_team(team=world.acquiring, actor=world.alice, now=now, zone="Europe/London")
    assert len(callbacks) == 1


def test_a_change_made_meanwhile_is_noticed(world, now):
    seen = current_version(world.acquiring)
    change_team(team=world.acquiring, actor=world.alice, now=now, seen=seen, name="Acquirers")
    with pytest.raises(ChangedMeanwhileError, match="name: Acquiring → Acquirers"):
        change_team(team=world.acquiring, actor=world.alice, now=now, seen=seen, country="IN")


class AnyMoves(TestCase):
    """Whatever is moved where, the lineages fit the parents."""

    @settings(max_examples=25, deadline=None)
    @given(moves=st.lists(st.tuples(st.integers(0, 8), st.integers(-1, 8)), max_size=12))
    def test_the_lineages_stay_those_of_the_parents(self, moves):
        olive = UserFactory.create(role="OPERATIONS")
        teams = [TeamFactory.create(kind=kind) for kind in TeamKind for _ in range(3)]
        for moved, parent in moves:
            above = teams[parent] if parent >= 0 else None
            with suppress(WrongPlaceError):
                change_team(team=teams[moved], actor=olive, now=NOW, parent=above)
        assert lineages_fit()
