"""Two people at once: what would go wrong without the locks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest
from django.db import connection, transaction

from portal.audit.models import Entry
from portal.catalogue.models import Application, Lifecycle, Team, TeamKind, TeamRole, Tier
from portal.catalogue.services import (
    accept_transfer,
    change_member,
    change_team,
    claim_application,
    register_application,
    withdraw_transfer,
)
from portal.catalogue.services.applications import SlugTakenError
from portal.catalogue.services.members import LastLeadError
from portal.catalogue.services.ownership import OwnedError, TransferClosedError
from portal.catalogue.services.teams import WrongPlaceError, locked_team
from tests.architecture.calls.catalogue_ownership import offer
from tests.factories import ApplicationFactory, TeamFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run the calls in threads that start together; return what each returned or raised."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def wait_until_somebody_waits():
    """Return once another transaction waits for a lock that this one holds."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        sleep(0.02)
    pytest.fail("Nobody waits for the lock.")


def test_one_of_two_registrations_gets_the_slug(world, now):
    def register():
        return register_application(
            name="Refunds",
            owner=world.acquiring,
            tier=Tier.TWO,
            lifecycle=Lifecycle.PRODUCTION,
            actor=world.bob,
            now=now,
        )

    outcomes = at_once(register, register)
    assert {type(outcome) for outcome in outcomes} == {Application, SlugTakenError}
    assert Application.objects.filter(slug="refunds").count() == 1
    assert Entry.objects.count() == 1


def test_two_moves_never_make_a_circle(world, now):
    # Of one kind before the move, so that each alone would fit under the other.
    for _ in range(5):
        left, right = (TeamFactory.create(kind=TeamKind.DIVISION) for _ in range(2))

        def move(team, parent):
            return change_team(
                team=team, actor=world.olive, now=now, kind=TeamKind.DEPARTMENT, parent=parent
            )

        outcomes = at_once(lambda: move(left, right), lambda: move(right, left))  # noqa: B023
        assert sum(isinstance(outcome, WrongPlaceError) for outcome in outcomes) == 1
        for team in Team.objects.select_related("parent"):
            above = team.parent.lineage if team.parent else []
            assert team.lineage == [*above, team.pk]


def test_who_waited_for_a_move_finds_the_team_under_its_new_parent(world, now):
    parent = TeamFactory.create(kind=TeamKind.DEPARTMENT)

    def lock():
        try:
            with transaction.atomic():
                return locked_team(world.acquiring).parent
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change_team(team=world.acquiring, actor=world.olive, now=now, parent=parent)
            found = pool.submit(lock)
            wait_until_somebody_waits()
        assert found.result(timeout=10) == parent


def test_two_leads_cannot_both_step_down(world, now):
    change_member(
        team=world.acquiring, person=world.bob, role=TeamRole.LEAD, actor=world.alice, now=now
    )

    def step_down(person):
        return change_member(
            team=world.acquiring,
            person=person,
            role=TeamRole.MEMBER,
            actor=world.olive,
            now=now,
        )

    outcomes = at_once(lambda: step_down(world.alice), lambda: step_down(world.bob))
    assert sum(isinstance(outcome, LastLeadError) for outcome in outcomes) == 1
    assert world.acquiring.memberships.filter(role=TeamRole.LEAD).count() == 1


def test_one_of_two_claims_wins_and_the_other_is_told_by_whom(world, now):
    for number in range(5):
        orphan = ApplicationFactory.create(slug=f"orphan-{number}", owner=None)

        def claim(team, actor):
            return claim_application(application=orphan, team=team, actor=actor, now=now)  # noqa: B023

        outcomes = at_once(
            lambda: claim(world.acquiring, world.bob),
            lambda: claim(world.lending, world.charlie),
        )
        (loser,) = (one for one in outcomes if isinstance(one, OwnedError))
        (winner,) = (one for one in outcomes if isinstance(one, Application))
        assert f"owned by {winner.owner} already" in str(loser)
        orphan.refresh_from_db()
        assert orphan.owner == winner.owner
        assert orphan.ownership_periods.count() == 1
    assert Entry.objects.count() == 5


def test_a_transfer_is_either_accepted_or_withdrawn(world, now):
    for _ in range(5):
        request = offer(world)
        outcomes = at_once(
            lambda: accept_transfer(request=request, actor=world.charlie, now=now),  # noqa: B023
            lambda: withdraw_transfer(request=request, actor=world.bob, now=now),  # noqa: B023
        )
        assert sum(isinstance(one, TransferClosedError) for one in outcomes) == 1
        request.refresh_from_db()
        world.checkout.refresh_from_db()
        moved = world.checkout.owner == world.lending
        assert moved == (request.state == "ACCEPTED")
        Application.objects.filter(pk=world.checkout.pk).update(owner=world.acquiring)
