"""Environments and repositories of an application."""

import pytest
from django.core.exceptions import ValidationError

from portal.audit.models import Entry
from portal.catalogue.services import (
    add_environment,
    add_repository,
    change_environment,
    change_repository,
)
from portal.catalogue.services.environments import EnvironmentExistsError, NoEnvironmentSlugError
from portal.catalogue.services.repositories import RepositoryExistsError
from tests.catalogue.trail import last_event
from tests.factories import RepositoryFactory


def environment(world, now, name):
    return add_environment(
        application=world.checkout, name=name, is_production=False, actor=world.bob, now=now
    )


def test_an_environment_is_named_once(world, now):
    assert environment(world, now, "Staging EU").slug == "staging-eu"
    assert last_event() == "bob@example.com added the environment staging-eu to checkout"
    with pytest.raises(EnvironmentExistsError):
        environment(world, now, "staging eu")
    with pytest.raises(NoEnvironmentSlugError):
        environment(world, now, "…")


def test_an_environment_gets_another_name_and_keeps_its_slug(world, now):
    changed = change_environment(
        environment=world.production, actor=world.bob, now=now, name="Live", position=3
    )
    assert (changed.slug, changed.name, changed.position) == ("production", "Live", 3)
    assert last_event() == (
        "bob@example.com changed the environment production of checkout: "
        "name: Production → Live; position: 0 → 3"
    )


def test_what_becomes_production_or_stops_is_told_to_the_kpis(
    world, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        staging = environment(world, now, "Staging")
        change_environment(environment=staging, actor=world.bob, now=now, name="Test")
    assert callbacks == []
    with django_capture_on_commit_callbacks() as callbacks:
        change_environment(environment=staging, actor=world.bob, now=now, is_production=True)
        add_environment(
            application=world.checkout,
            name="Production EU",
            is_production=True,
            actor=world.bob,
            now=now,
        )
    assert len(callbacks) == 2


def test_an_environment_that_does_not_differ_is_no_event(world, now):
    change_environment(environment=world.production, actor=world.bob, now=now, name="Production")
    assert not Entry.objects.exists()


def test_a_position_has_two_digits(world, now):
    with pytest.raises(ValidationError):
        change_environment(environment=world.production, actor=world.bob, now=now, position=100)


def test_a_repository_counts_by_its_paths(world, now):
    repository = add_repository(
        application=world.checkout,
        url="https://git.example.com/mono.git",
        paths=["svc/**"],
        actor=world.bob,
        now=now,
    )
    change_repository(repository=repository, actor=world.bob, now=now, paths=["svc/**", "lib"])
    assert last_event() == (
        "bob@example.com changed the repository https://git.example.com/mono.git of checkout: "
        "paths: svc/** → svc/**, lib"
    )


def test_an_application_has_a_repository_once(world, now):
    with pytest.raises(RepositoryExistsError):
        add_repository(
            application=world.checkout, url=world.repository.url, actor=world.bob, now=now
        )
    other = RepositoryFactory.create(application=world.checkout)
    with pytest.raises(RepositoryExistsError):
        change_repository(repository=other, actor=world.bob, now=now, url=world.repository.url)
