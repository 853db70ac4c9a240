"""Applying of descriptors: what becomes of the catalogue, who may, and what is put on record."""

import json

import pytest

from portal.accounts.types import Pipeline
from portal.audit.models import Entry
from portal.catalogue import policies
from portal.catalogue.models import (
    Application,
    Dependency,
    Membership,
    OwnershipPeriod,
    System,
    Team,
)
from portal.descriptors.plans.compare import Action, Source
from portal.descriptors.plans.state import Held, Noun, Told
from portal.descriptors.reading.files import File
from portal.descriptors.selectors import state
from portal.descriptors.selectors.rights import rights_of
from portal.descriptors.services.applying import (
    BrokenFilesError,
    Origin,
    PlanChangedError,
    apply_draft,
)
from portal.descriptors.services.drafts import draft_of
from tests.factories import ApplicationFactory

COMPANY = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: fraud, title: Fraud}
spec: {type: team, parent: cards, children: [], members: [dan]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: dan}
spec: {profile: {email: bob@example.com}, memberOf: [fraud]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: card-payments, title: Card payments}
spec: {owner: acquiring}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: scoring
  title: Scoring
  tags: [python]
  annotations: {quarterdeck.io/tier: "1", quarterdeck.io/environments: "eu=production, test"}
  links: [{url: https://example.com, title: Board}]
spec:
  type: service
  lifecycle: production
  owner: fraud
  system: card-payments
  dependsOn: [checkout, rules]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: rules}
spec: {type: library, lifecycle: experimental, owner: fraud}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: checkout, description: Takes money., tags: [java]}
spec: {type: service, lifecycle: production, owner: acquiring}
"""


def draft(text, actor=None, source=None):
    return draft_of([File("catalog-info.yaml", text)], actor, source)


def apply(text, now, actor=None, origin=None):
    found = draft(text, actor, origin.source if origin else None)
    return apply_draft(draft=found, actor=actor, now=now, **({"origin": origin} if origin else {}))


def test_everything_that_is_told_is_there_afterwards(world, now):
    plan = apply(COMPANY, now, world.olive)
    assert (plan.count(Action.CREATE), plan.count(Action.CHANGE)) == (4, 1)
    fraud = Team.objects.get(slug="fraud")
    assert fraud.lineage == [world.payments.pk, world.cards.pk, fraud.pk]
    assert fraud.zone == world.cards.zone
    assert [one.user for one in Membership.objects.filter(team=fraud)] == [world.bob]
    scoring = Application.objects.get(slug="scoring")
    assert (scoring.name, scoring.tier, scoring.owner, scoring.tags) == (
        "Scoring",
        1,
        fraud,
        ["python"],
    )
    assert scoring.system == System.objects.get(slug="card-payments")
    assert scoring.attested_by == world.olive
    assert {(one.slug, one.is_production) for one in scoring.environments.all()} == {
        ("eu", True),
        ("test", False),
    }
    assert [(one.title, one.url) for one in scoring.links.all()] == [
        ("Board", "https://example.com")
    ]
    assert {one.to_application.slug for one in Dependency.objects.all()} == {"checkout", "rules"}
    rules = Application.objects.get(slug="rules")
    assert rules.annotations == {"quarterdeck.io/type": "library"}
    assert [one.slug for one in rules.environments.all()] == ["production"]
    world.checkout.refresh_from_db()
    assert (world.checkout.name, world.checkout.description) == ("Checkout", "Takes money.")
    assert scoring.registration.signed_in_at is None
    (period,) = OwnershipPeriod.objects.filter(application=scoring)
    assert (period.team, period.since, period.by) == (fraud, now, world.olive)


def test_applying_again_changes_nothing_and_tells_nothing(world, now):
    apply(COMPANY, now, world.olive)
    before = Entry.objects.count()
    plan = apply(COMPANY, now, world.olive)
    assert not plan.effective
    assert Entry.objects.count() == before


def test_one_event_tells_of_the_whole_and_one_of_each_thing(world, now):
    apply(COMPANY, now, world.olive)
    told = [(one.event, one.subject, one.actor) for one in Entry.objects.order_by("id")]
    actor = world.olive.label
    assert told == [
        ("descriptors.applied", "catalogue:descriptors", actor),
        ("catalogue.team.created", "team:fraud", actor),
        ("catalogue.member.added", "team:fraud", actor),
        ("catalogue.system.created", "catalogue-system:card-payments", actor),
        ("catalogue.application.changed", "application:checkout", actor),
        ("catalogue.application.registered", "application:rules", actor),
        ("catalogue.application.registered", "application:scoring", actor),
    ]
    body = json.loads(bytes(Entry.objects.get(event="catalogue.application.changed").body))
    assert body["data"]["changes"] == "description: none → Takes money.; tags: none → java"


def test_files_with_an_error_change_nothing(world, now):
    text = COMPANY.replace("owner: fraud", "owner: frud", 1)
    with pytest.raises(BrokenFilesError, match="There is one error"):
        apply(text, now, world.olive)
    assert not Team.objects.filter(slug="fraud").exists()


def test_what_was_shown_is_done_or_nothing(world, now):
    seen = draft(COMPANY, world.olive)
    Application.objects.filter(slug="checkout").update(description="By hand.")
    with pytest.raises(PlanChangedError) as error:
        apply_draft(draft=seen, actor=world.olive, now=now, fingerprint=seen.plan.fingerprint)
    assert not Team.objects.filter(slug="fraud").exists()
    apply_draft(draft=seen, actor=world.olive, now=now, fingerprint=error.value.plan.fingerprint)
    assert Team.objects.filter(slug="fraud").exists()


def test_each_thing_is_done_only_by_who_may(world, now):
    plan = apply(COMPANY, now, world.bob)
    done = {step.told.slug: step.action for step in plan.steps}
    assert done == {
        "fraud": Action.REFUSED,
        "card-payments": Action.CREATE,
        "checkout": Action.CHANGE,
        "rules": Action.REFUSED,
        "scoring": Action.REFUSED,
    }
    assert not Application.objects.filter(slug="rules").exists()


@pytest.mark.parametrize("name", ["eve", "audrey", "charlie"])
def test_readers_and_strangers_change_nothing(world, now, name):
    plan = apply(COMPANY, now, getattr(world, name))
    assert not plan.effective
    assert all(step.refusals for step in plan.steps)


def test_a_pipeline_changes_its_own_application_alone(world, now):
    pipeline = Pipeline("pipeline:checkout", world.checkout.pk)
    plan = apply(COMPANY, now, pipeline)
    assert [step.told.slug for step in plan.effective] == ["checkout"]


def test_something_without_an_owner_is_claimed_by_its_new_team(world, now):
    ApplicationFactory.create(slug="orphan", name="Orphan", owner=None)
    text = (
        COMPANY.split("---")[4]
        .replace("name: rules", "name: orphan")
        .replace("fraud", "acquiring")
    )
    assert not apply(text, now, world.charlie).effective
    assert not {c.field for step in apply(text, now, world.olive).steps for c in step.changes} & {
        "owner"
    }
    apply(text, now, world.bob)
    orphan = Application.objects.get(slug="orphan")
    assert (orphan.owner, orphan.attested_by) == (world.acquiring, world.bob)


def test_nothing_changes_hands_by_a_file(world, now):
    text = COMPANY.split("---")[5].replace("owner: acquiring", "owner: lending")
    (step,) = apply(text, now, world.olive).steps
    assert "transfer" in step.refusals[0]
    world.checkout.refresh_from_db()
    assert world.checkout.owner == world.acquiring
    assert world.checkout.description == "Takes money."


def test_a_source_manages_what_it_tells_and_takes_nothing_from_another(world, now):
    mine = Origin(Source("descriptor:mine"), "https://git.example.com/a@1")
    apply(COMPANY, now, world.olive, mine)
    assert set(Application.objects.exclude(managed_by="").values_list("slug", "managed_by")) == {
        ("checkout", "descriptor:mine"),
        ("rules", "descriptor:mine"),
        ("scoring", "descriptor:mine"),
    }
    other = Origin(Source("descriptor:other"), "https://git.example.com/b@2")
    text = COMPANY.replace("Takes money.", "Gives money.")
    plan = apply(text, now, world.olive, other)
    assert {step.told.slug for step in plan.steps if step.action is Action.CONFLICT} == {
        "checkout"
    }
    forced = Origin(Source("descriptor:other", takes_over=True), "https://git.example.com/b@2")
    apply(text, now, world.olive, forced)
    world.checkout.refresh_from_db()
    assert (world.checkout.description, world.checkout.managed_by) == (
        "Gives money.",
        "descriptor:other",
    )


def test_a_move_in_the_tree_takes_everything_below_along(world, now):
    text = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: lending}
spec: {type: team, parent: cards, children: []}
"""
    apply(text, now, world.olive)
    world.lending.refresh_from_db()
    assert world.lending.lineage == [world.payments.pk, world.cards.pk, world.lending.pk]


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "olive", "eve", "audrey"])
def test_the_rights_are_those_of_the_pages(world, name):
    person = getattr(world, name)
    known = state.known()
    rights = rights_of(person, (), known)
    for application in (world.checkout, world.loans):
        slug, owner = application.slug, application.owner.slug
        told = Told(Noun.APPLICATION, slug, {"owner": owner})
        held = Held(Noun.APPLICATION, slug, {"owner": owner})
        may = policies.allows(person, policies.CHANGE_APPLICATION, application)
        assert (rights.refusal(told, held) == "") is may
    for team in (world.payments, world.cards, world.acquiring, world.lending):
        new = Told(Noun.APPLICATION, "new-one", {"owner": team.slug})
        may = policies.allows(person, policies.REGISTER_APPLICATION, team)
        assert (rights.refusal(new, None) == "") is may
        assert rights.may_take(team.slug) is policies.allows(
            person, policies.TAKE_APPLICATION, team
        )
        below = Told(Noun.TEAM, "new-one", {"parent": team.slug})
        assert (rights.refusal(below, None) == "") is policies.allows(
            person, policies.ADD_TEAM, team
        )
        same = Told(Noun.TEAM, team.slug, {})
        held = Held(Noun.TEAM, team.slug, {"parent": team.parent.slug if team.parent else ""})
        assert (rights.refusal(same, held) == "") is policies.allows(
            person, policies.CHANGE_TEAM, team
        )


def test_the_number_of_queries_does_not_grow_with_the_number_of_things(
    world, now, django_assert_max_num_queries
):
    def components(number, word):
        return "---\n".join(
            COMPANY.split("---")[5].replace("checkout", f"app-x{word}{one}")
            for one in range(number)
        )

    with django_assert_max_num_queries(60) as few:
        apply(components(2, "a"), now, world.olive)
    with django_assert_max_num_queries(60) as many:
        apply(components(200, "b"), now, world.olive)
    assert len(many) == len(few)
