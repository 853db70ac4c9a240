"""Retiring and reviving, applications and environments."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.policies import NotAllowedError
from portal.catalogue.models import Application, DependencyKind, Lifecycle
from portal.catalogue.services import (
    add_dependency,
    add_environment,
    add_repository,
    attest_application,
    change_dependency,
    change_environment,
    change_repository,
    remove_dependency,
    retire_application,
    retire_environment,
    revive_application,
    revive_environment,
)
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.environments import EnvironmentRetiredError
from portal.catalogue.services.ownership import TransferPendingError
from portal.catalogue.services.retirement import DependedOnError, NotRetiredError
from tests.architecture.calls.catalogue_ownership import offer
from tests.catalogue.trail import last_event
from tests.factories import ApplicationFactory, DependencyFactory


def retire(world, now, **changes):
    arguments = {
        "application": world.checkout,
        "reason": "Replaced.",
        "actor": world.bob,
        "now": now,
    }
    return retire_application(**(arguments | changes))


def test_it_is_retired_with_a_reason_and_keeps_owner_and_facts(world, now):
    with pytest.raises(ValidationError, match="Say why"):
        retire(world, now, reason="")
    retired = retire(world, now)
    assert (retired.lifecycle, retired.retired_at) == (Lifecycle.RETIRED, now)
    assert retired.owner == world.acquiring
    assert retired.environments.count() == 1
    with pytest.raises(RetiredError):
        retire(world, now)


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_only_who_may_change_it_retires_and_revives_it(world, now, name):
    with pytest.raises(NotAllowedError):
        retire(world, now, actor=getattr(world, name))
    retired = retire(world, now)
    with pytest.raises(NotAllowedError):
        revive_application(
            application=retired,
            lifecycle=Lifecycle.PRODUCTION,
            reason="Again.",
            actor=getattr(world, name),
            now=now,
        )


def test_what_current_applications_need_is_retired_only_knowingly(world, now):
    DependencyFactory.create(from_application=world.loans, to_application=world.checkout)
    soft = ApplicationFactory.create(name="Soft")
    DependencyFactory.create(
        from_application=soft, to_application=world.checkout, kind=DependencyKind.SOFT
    )
    gone = ApplicationFactory.create(name="Gone", lifecycle=Lifecycle.RETIRED)
    DependencyFactory.create(from_application=gone, to_application=world.checkout)
    with pytest.raises(DependedOnError, match="Loans does not work without Checkout") as caught:
        retire(world, now)
    assert caught.value.dependents == [world.loans]
    assert not Application.objects.get(slug="checkout").is_retired
    retire(world, now, confirmed=True)
    assert last_event() == (
        "bob@example.com retired checkout, on which 1 applications depend hard"
    )


def test_many_dependents_are_named_in_part(world, now):
    for number in range(7):
        dependent = ApplicationFactory.create(name=f"App {number}")
        DependencyFactory.create(from_application=dependent, to_application=world.checkout)
    with pytest.raises(DependedOnError, match="App 4 and 2 more do not work without"):
        retire(world, now)


def test_a_waiting_transfer_is_answered_first(world, now):
    offer(world)
    with pytest.raises(TransferPendingError):
        retire(world, now)


def test_it_comes_back_as_what_it_then_is_with_a_fresh_word(world, now):
    retired = retire(world, now)
    with pytest.raises(ValidationError, match="Say why"):
        revive(world, now, retired, reason=" ")
    with pytest.raises(ValidationError, match="how far along"):
        revive(world, now, retired, lifecycle=Lifecycle.RETIRED)
    revived = revive(world, now, retired)
    assert (revived.lifecycle, revived.retired_at) == (Lifecycle.DEPRECATED, None)
    assert (revived.attested_at, revived.attested_by) == (now, world.bob)
    assert last_event() == "bob@example.com revived checkout as deprecated"
    with pytest.raises(NotRetiredError):
        revive(world, now, revived)
    attest_application(application=revived, actor=world.bob, now=now)


def revive(world, now, application, **changes):
    arguments = {
        "lifecycle": Lifecycle.DEPRECATED,
        "reason": "Still needed.",
        "actor": world.bob,
        "now": now,
    }
    return revive_application(application=application, **(arguments | changes))


def test_operations_do_not_give_the_word_of_an_owner_by_reviving(world, now):
    revived = revive(world, now, retire(world, now), actor=world.olive)
    assert revived.attested_by is None


CHANGES = {
    "add environment": lambda world, **by: add_environment(
        application=world.checkout, name="Staging", is_production=False, **by
    ),
    "change environment": lambda world, **by: change_environment(
        environment=world.production, name="Live", **by
    ),
    "retire environment": lambda world, **by: retire_environment(
        environment=world.production, **by
    ),
    "revive environment": lambda world, **by: revive_environment(
        environment=world.production, **by
    ),
    "add repository": lambda world, **by: add_repository(
        application=world.checkout, url="https://git.example.com/till.git", **by
    ),
    "change repository": lambda world, **by: change_repository(
        repository=world.repository, paths=["svc"], **by
    ),
    "add dependency": lambda world, **by: add_dependency(
        application=world.checkout, needed=world.loans, kind=DependencyKind.HARD, **by
    ),
    "change dependency": lambda world, **by: change_dependency(
        dependency=world.checkout.dependencies.get(), note="Why.", **by
    ),
    "remove dependency": lambda world, **by: remove_dependency(
        dependency=world.checkout.dependencies.get(), **by
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_of_it_changes_until_it_is_revived(world, now, change):
    DependencyFactory.create(from_application=world.checkout)
    retire(world, now)
    with pytest.raises(RetiredError, match=r"Checkout is retired\. Revive it first\."):
        change(world, actor=world.bob, now=now)
    assert last_event() == "bob@example.com retired checkout, on which 0 applications depend hard"


@pytest.mark.parametrize(
    "wrong", [{"lifecycle": "RETIRED"}, {"retired_at": "2026-01-01T00:00Z"}], ids=str
)
def test_the_database_knows_that_retired_has_an_instant(world, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=world.checkout.pk).update(**wrong)


def test_environments_are_retired_and_come_back(world, now):
    retired = retire_environment(environment=world.production, actor=world.bob, now=now)
    assert retired.retired_at == now
    assert last_event() == "bob@example.com retired the environment production of checkout"
    with pytest.raises(EnvironmentRetiredError, match="retired already"):
        retire_environment(environment=world.production, actor=world.bob, now=now)
    revive_environment(environment=world.production, actor=world.bob, now=now)
    world.production.refresh_from_db()
    assert world.production.retired_at is None
    with pytest.raises(EnvironmentRetiredError, match="not retired"):
        revive_environment(environment=world.production, actor=world.bob, now=now)
    for service in (retire_environment, revive_environment):
        with pytest.raises(NotAllowedError):
            service(environment=world.production, actor=world.charlie, now=now)
