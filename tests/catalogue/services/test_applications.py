"""Registering and changing applications."""

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Application, DataClass, Lifecycle, Tier
from portal.catalogue.services import change_application, register_application
from portal.catalogue.services.applications import NoSlugError, RetiredError, SlugTakenError
from portal.catalogue.services.versions import ChangedMeanwhileError, current_version
from tests.catalogue.trail import last_event
from tests.factories import ApplicationFactory, SystemFactory


def register(world, now, **changes):
    arguments = {
        "name": "Card Payments",
        "owner": world.acquiring,
        "tier": Tier.ONE,
        "lifecycle": Lifecycle.PRODUCTION,
        "actor": world.bob,
        "now": now,
    }
    return register_application(**(arguments | changes))


def test_it_is_there_at_once_with_a_production_environment(world, now):
    application = register(world, now)
    assert (application.slug, application.owner, application.tier) == (
        "card-payments",
        world.acquiring,
        1,
    )
    assert application.registered_at == now
    environment = application.environments.get()
    assert (environment.slug, environment.is_production) == ("production", True)
    assert last_event() == (
        "bob@example.com registered card-payments, owned by team:acquiring, tier 1"
    )


def told(callbacks):
    """Return the names of the tasks that are sent when the transaction commits."""
    return {callback.args[0] for callback in callbacks}


def test_the_kpis_are_told_of_the_new_scope(world, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        register(world, now)
    assert "kpis.tasks.refresh_scopes" in told(callbacks)


def test_a_slug_can_be_given(world, now):
    assert register(world, now, slug="cards").slug == "cards"


def test_a_taken_slug_tells_by_whom_and_offers_a_free_one(world, now):
    with pytest.raises(SlugTakenError) as caught:
        register(world, now, name="Checkout")
    assert caught.value.offer == "checkout-2"
    assert str(caught.value) == "checkout is taken by Checkout of Acquiring. checkout-2 is free."
    assert register(world, now, name="Checkout", slug=caught.value.offer).slug == "checkout-2"
    with pytest.raises(SlugTakenError, match="checkout-3 is free"):
        register(world, now, name="Checkout")


@pytest.mark.parametrize("name", ["New", "Export", "Import", "All"])
def test_a_slug_that_is_a_page_of_the_portal_is_reserved(world, now, name):
    with pytest.raises(SlugTakenError, match="reserved"):
        register(world, now, name=name)


def test_a_name_without_latin_letters_needs_a_slug(world, now):
    with pytest.raises(NoSlugError):
        register(world, now, name="決済")
    assert register(world, now, name="決済", slug="kessai").name == "決済"


@pytest.mark.parametrize(
    "wrong", [{"slug": "No Good"}, {"name": "x" * 121}, {"tier": 5}, {"lifecycle": "RISEN"}]
)
def test_values_that_do_not_fit_are_refused(world, now, wrong):
    with pytest.raises(ValidationError):
        register(world, now, **wrong)
    assert not Application.objects.filter(registered_at=now).exists()


def test_what_changed_is_told_before_and_after(world, now):
    application = change_application(
        application=world.checkout,
        actor=world.bob,
        now=now,
        tier=Tier.ONE,
        data_classes=[DataClass.PERSONAL, DataClass.PCI, DataClass.PCI],
        runbook_url="https://wiki.example.com/checkout",
        links=[("Dashboard", "https://grafana.example.com/d/1")],
    )
    application.refresh_from_db()
    assert (application.tier, application.data_classes) == (1, ["pci", "personal"])
    assert application.links.get().title == "Dashboard"
    assert last_event() == (
        "bob@example.com changed checkout: tier: 2 → 1; "
        "runbook: none → https://wiki.example.com/checkout; "
        "data classes: none → pci, personal; "
        "links: none → Dashboard https://grafana.example.com/d/1"
    )


def test_nothing_is_recorded_when_nothing_differs(world, now):
    change_application(application=world.checkout, actor=world.bob, now=now, tier=Tier.TWO)
    assert not Entry.objects.exists()


def test_a_change_is_not_told_to_the_kpis(world, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        change_application(application=world.checkout, actor=world.olive, now=now, name="Till")
    assert "kpis.tasks.refresh_scopes" not in told(callbacks)


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_only_people_of_the_owner_and_operations_change_it(world, now, name):
    with pytest.raises(NotAllowedError):
        change_application(
            application=world.checkout, actor=getattr(world, name), now=now, name="Mine"
        )


def test_a_retired_application_is_revived_before_it_changes(world, now):
    retired = ApplicationFactory.create(owner=world.acquiring, lifecycle=Lifecycle.RETIRED)
    with pytest.raises(RetiredError, match="Revive it first"):
        change_application(application=retired, actor=world.bob, now=now, name="Again")


def test_nothing_is_retired_by_a_change_or_by_registering(world, now):
    with pytest.raises(ValidationError, match="with a reason"):
        change_application(
            application=world.checkout, actor=world.bob, now=now, lifecycle=Lifecycle.RETIRED
        )
    with pytest.raises(ValidationError, match="with a reason"):
        register(world, now, lifecycle=Lifecycle.RETIRED)


def test_it_can_have_details_from_the_start(world, now):
    system = SystemFactory.create()
    application = register(
        world,
        now,
        description="Takes cards.",
        system=system,
        tags=["java", "c++", "java"],
        annotations={"example.com/cost-centre": "4711"},
        links=[("Wiki", "https://wiki.example.com")],
        managed_by="descriptor:cards",
        source_ref="catalog-info.yaml@1234567",
    )
    application.refresh_from_db()
    assert application.tags == ["c++", "java"]
    assert application.system == system
    assert application.annotations == {"example.com/cost-centre": "4711"}
    assert application.links.get().title == "Wiki"
    assert application.managed_by == "descriptor:cards"
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"tags": ["Java"]},
        {"tags": ["two words"]},
        {"tags": ["java-"]},
        {"tags": [""]},
        {"tags": ["x" * 64]},
        {"annotations": ["a"]},
        {"annotations": {"a b": "c"}},
        {"annotations": {"Example.com/a": "c"}},
        {"annotations": {"a/b/c": "d"}},
        {"annotations": {"a" * 64: "b"}},
        {"annotations": {"tier": 3}},
        {"annotations": {"tier": "\0"}},
        {"annotations": {"tier": "x" * 2001}},
    ],
    ids=str,
)
def test_tags_and_annotations_are_written_as_the_field_does(world, now, wrong):
    with pytest.raises(ValidationError):
        change_application(application=world.checkout, actor=world.bob, now=now, **wrong)
    world.checkout.refresh_from_db()
    assert (world.checkout.tags, world.checkout.annotations) == ([], {})


def test_a_change_made_meanwhile_is_noticed_and_told(world, now):
    seen = current_version(world.checkout)
    change_application(
        application=world.checkout, actor=world.bob, now=now, seen=seen, name="Till"
    )
    with pytest.raises(ChangedMeanwhileError, match="name: Checkout → Till"):
        change_application(
            application=world.checkout, actor=world.alice, now=now, seen=seen, tier=Tier.ONE
        )
    change_application(
        application=world.checkout,
        actor=world.alice,
        now=now,
        seen=current_version(world.checkout),
        tier=Tier.ONE,
    )


@pytest.mark.parametrize("url", ["https://wiki.example.com/x", "mailto:acquiring@example.com"])
def test_a_link_leads_to_a_web_page_or_writes_a_mail(world, now, url):
    change_application(application=world.checkout, actor=world.bob, now=now, links=[("Ask", url)])
    assert world.checkout.links.get().url == url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://example.com/x", "example", "mailto:nobody", "mailto:"]
)
def test_a_link_leads_nowhere_else(world, now, url):
    with pytest.raises(ValidationError):
        change_application(
            application=world.checkout, actor=world.bob, now=now, links=[("Click", url)]
        )
    assert not world.checkout.links.exists()
