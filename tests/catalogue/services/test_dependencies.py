"""What an application depends on, and systems."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Dependency, DependencyKind, Lifecycle
from portal.catalogue.services import (
    add_dependency,
    change_dependency,
    change_system,
    create_system,
    remove_dependency,
)
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.dependencies import DependencyExistsError, SelfDependencyError
from portal.catalogue.services.systems import SystemSlugError
from portal.catalogue.services.versions import ChangedMeanwhileError, current_version
from tests.catalogue.trail import last_event
from tests.factories import ApplicationFactory, DependencyFactory, SystemFactory


def add(world, now, **changes):
    arguments = {
        "application": world.checkout,
        "needed": world.loans,
        "kind": DependencyKind.HARD,
        "actor": world.bob,
        "now": now,
    }
    return add_dependency(**(arguments | changes))


def test_a_dependency_is_noted_with_its_kind_and_note(world, now):
    dependency = add(world, now, note="Asks for limits.", source="descriptor:cards")
    assert dependency.strength == DependencyKind.HARD
    assert last_event() == "bob@example.com noted that checkout depends on application:loans: hard"


def test_a_circle_is_allowed(world, now):
    add(world, now)
    add(world, now, application=world.loans, needed=world.checkout, actor=world.charlie)
    assert Dependency.objects.count() == 2


def test_what_makes_no_sense_is_refused(world, now):
    with pytest.raises(SelfDependencyError):
        add(world, now, needed=world.checkout)
    add(world, now)
    with pytest.raises(DependencyExistsError, match="known to depend on Loans already"):
        add(world, now, kind=DependencyKind.SOFT)
    with pytest.raises(ValidationError):
        add(world, now, needed=ApplicationFactory.create(), note="x" * 201)
    with pytest.raises(ValidationError):
        change_dependency(
            dependency=Dependency.objects.get(), note="x" * 201, actor=world.bob, now=now
        )
    with pytest.raises(ValidationError):
        add(world, now, needed=ApplicationFactory.create(), kind="FIRM")
    retired = ApplicationFactory.create(owner=world.acquiring, lifecycle=Lifecycle.RETIRED)
    with pytest.raises(RetiredError):
        add(world, now, application=retired)
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_only_who_may_change_the_application_says_what_it_needs(world, now, name):
    dependency = add(world, now)
    actor = getattr(world, name)
    for call in (
        lambda: add(world, now, needed=ApplicationFactory.create(), actor=actor),
        lambda: change_dependency(dependency=dependency, note="Mine", actor=actor, now=now),
        lambda: remove_dependency(dependency=dependency, actor=actor, now=now),
    ):
        with pytest.raises(NotAllowedError):
            call()


def test_a_change_is_told_and_nothing_is_told_of_none(world, now):
    dependency = add(world, now)
    change_dependency(
        dependency=dependency, kind=DependencyKind.SOFT, note="Cached.", actor=world.bob, now=now
    )
    assert last_event() == (
        "bob@example.com changed how checkout depends on application:loans: "
        "kind: hard → soft; note: none → Cached."
    )
    change_dependency(dependency=dependency, note="Cached.", actor=world.bob, now=now)
    assert Entry.objects.count() == 2


def test_what_is_removed_stays_in_the_trail(world, now):
    remove_dependency(dependency=add(world, now), actor=world.bob, now=now)
    assert not Dependency.objects.exists()
    assert last_event() == (
        "bob@example.com noted that checkout no longer depends on application:loans: hard"
    )


def test_the_database_refuses_a_dependency_on_itself_and_a_second_one(world):
    DependencyFactory.create(from_application=world.checkout, to_application=world.loans)
    for wrong in (world.checkout, world.loans):
        with pytest.raises(IntegrityError), transaction.atomic():
            DependencyFactory.create(from_application=world.checkout, to_application=wrong)


def create(world, now, **changes):
    arguments = {"name": "Card payments", "owner": world.acquiring, "actor": world.bob, "now": now}
    return create_system(**(arguments | changes))


def test_a_system_has_a_slug_of_its_own(world, now):
    assert create(world, now).slug == "card-payments"
    assert last_event() == (
        "bob@example.com created the system card-payments, owned by team:acquiring"
    )
    with pytest.raises(SystemSlugError, match="card-payments-2 is free"):
        create(world, now)
    with pytest.raises(SystemSlugError, match="new-2 is free"):
        create(world, now, name="New")
    with pytest.raises(SystemSlugError, match="Give one"):
        create(world, now, name="決済")
    with pytest.raises(ValidationError):
        create(world, now, slug="No Good")


def test_only_people_of_the_owner_and_operations_change_a_system(world, now):
    system = SystemFactory.create(owner=world.acquiring)
    for name in ("charlie", "eve", "audrey"):
        with pytest.raises(NotAllowedError):
            change_system(system=system, actor=getattr(world, name), now=now, name="Mine")
        with pytest.raises(NotAllowedError):
            create(world, now, actor=getattr(world, name))
    with pytest.raises(NotAllowedError, match="people of Lending"):
        change_system(system=system, actor=world.bob, now=now, owner=world.lending)
    change_system(system=system, actor=world.olive, now=now, owner=world.lending)
    assert "owner: team:acquiring → team:lending" in last_event()


def test_a_system_changed_meanwhile_is_noticed(world, now):
    system = create(world, now)
    seen = current_version(system)
    change_system(system=system, actor=world.bob, now=now, seen=seen, name="Cards")
    with pytest.raises(ChangedMeanwhileError, match="name: Card payments → Cards"):
        change_system(system=system, actor=world.bob, now=now, seen=seen, name="Card")
    change_system(system=system, actor=world.bob, now=now, name="Cards")
    assert Entry.objects.count() == 2
