"""What descriptors mean here, and what would change: pure, table by table."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.catalogue.models import DataClass, Lifecycle
from portal.descriptors.plans.compare import Action, Change, Source, compare
from portal.descriptors.plans.meaning import interpret
from portal.descriptors.plans.rights import Rights
from portal.descriptors.plans.sources import repository_of
from portal.descriptors.plans.state import Held, Known, Noun, TeamPlace, Told
from portal.descriptors.plans.writing import written
from portal.descriptors.reading.files import File, read

ANYTHING = Rights(is_unbound=True, takes_anything=True)
NOTHING = Rights(may_write=False)
KNOWN = Known(
    teams={
        "payments": TeamPlace("DIVISION"),
        "cards": TeamPlace("DEPARTMENT", "payments"),
        "acquiring": TeamPlace("TEAM", "cards"),
    },
    systems=frozenset({"card-payments"}),
    applications=frozenset({"ledger"}),
    people=frozenset({"alice@example.com", "bob@example.com"}),
    reserved=frozenset({"new"}),
)


def document(kind="Component", name="checkout", metadata="", spec=None):
    spec = spec or "type: service\nlifecycle: production\nowner: acquiring"
    inner = "\n".join(f"  {line}" for line in spec.splitlines())
    more = "".join(f"\n  {line}" for line in metadata.splitlines())
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\n"
        f"metadata:\n  name: {name}{more}\nspec:\n{inner}\n"
    )


def meaning(*documents, known=KNOWN):
    reading = read([File("catalog-info.yaml", "---\n".join(documents))])
    assert not reading.errors
    return interpret(reading.entities, known)


def told(*documents, **more):
    found = meaning(*documents, **more)
    assert not [one for one in found.findings if one.is_error], found.findings
    return {one.key: dict(one.fields) for one in found.told}


def problems(*documents):
    return [(one.path, f"{one.problem} {one.mend}") for one in meaning(*documents).findings]


def test_the_words_of_the_files_are_those_of_the_catalogue():
    assert Known({}, frozenset(), frozenset(), frozenset()).lifecycles == tuple(Lifecycle.values)
    assert Known({}, frozenset(), frozenset(), frozenset()).data_classes == tuple(DataClass.values)


def test_a_component_is_an_application():
    metadata = """title: Checkout
description: Takes money.
tags: [java, cards]
annotations:
  quarterdeck.io/tier: "2"
  quarterdeck.io/runbook: https://wiki.example.com/checkout
  quarterdeck.io/data-classes: pci, personal
  quarterdeck.io/environments: production, eu=production, staging
  backstage.io/source-location: url:https://git.example.com/pay/checkout/tree/main/
  example.com/cost-centre: "4711"
links:
  - url: https://grafana.example.com/d/1
    title: Dashboard
  - url: mailto:cards@example.com"""
    spec = (
        "type: website\nlifecycle: Experimental\nowner: group:default/Acquiring\n"
        "system: card-payments\ndependsOn: [component:ledger, resource:db]"
    )
    assert told(document(metadata=metadata, spec=spec)) == {
        (Noun.APPLICATION, "checkout"): {
            "name": "Checkout",
            "description": "Takes money.",
            "owner": "acquiring",
            "type": "website",
            "lifecycle": "EXPERIMENTAL",
            "system": "card-payments",
            "tags": ("cards", "java"),
            "links": (
                "Dashboard https://grafana.example.com/d/1",
                "mailto:cards@example.com mailto:cards@example.com",
            ),
            "depends on": ("ledger",),
            "tier": "2",
            "runbook": "https://wiki.example.com/checkout",
            "data classes": ("pci", "personal"),
            "environments": ("eu=production", "production", "staging"),
            "repositories": ("https://git.example.com/pay/checkout",),
            "annotation example.com/cost-centre": "4711",
        }
    }


def test_an_application_that_uses_an_api_depends_on_what_provides_it():
    provides = "type: service\nlifecycle: production\nowner: acquiring\nprovidesApis: [rates]"
    consumes = "type: service\nlifecycle: production\nowner: acquiring\nconsumesApis: [rates]"
    found = told(document(name="fx", spec=provides), document(name="shop", spec=consumes))
    assert found[Noun.APPLICATION, "shop"]["depends on"] == ("fx",)


def test_groups_and_users_are_teams_and_their_members():
    found = told(
        document("Group", "acme", spec="type: organization\nchildren: [risk]"),
        document("Group", "risk", spec="type: business-unit\nchildren: [fraud]"),
        document("Group", "fraud", spec="type: squad\nchildren: []\nmembers: [bob@example.com]"),
        document(
            "User", "al", spec="profile: {email: Alice@example.com}\nmemberOf: [fraud, acquiring]"
        ),
    )
    assert found == {
        (Noun.TEAM, "risk"): {"kind": "DIVISION", "parent": ""},
        (Noun.TEAM, "fraud"): {
            "kind": "TEAM",
            "parent": "risk",
            "members": ("alice@example.com", "bob@example.com"),
        },
        (Noun.TEAM, "acquiring"): {"members": ("alice@example.com",)},
    }


def test_what_is_not_needed_is_kept_and_told():
    found = meaning(
        document("Domain", "artists", spec="owner: acquiring"),
        document("Location", "all", spec="targets: [./a.yaml]"),
    )
    assert [entity.kind for entity in found.kept] == ["Domain", "Location"]
    assert not found.told


SPEC = "type: service\nlifecycle: {0}\nowner: {1}"
WRONG = {
    "unknown owner": (
        document(spec=SPEC.format("production", "aquiring")),
        "/spec/owner",
        "There is no team aquiring. Did you mean acquiring?",
    ),
    "a person as owner": (
        document(spec=SPEC.format("production", "user:alice")),
        "/spec/owner",
        "user:alice is no team: a user owns nothing here. Name the team that answers for it.",
    ),
    "unknown lifecycle": (
        document(spec=SPEC.format("prod", "acquiring")),
        "/spec/lifecycle",
        "There is no lifecycle prod. Did you mean production?",
    ),
    "unknown system": (
        document(spec=SPEC.format("production", "acquiring") + "\nsystem: card-paymnts"),
        "/spec/system",
        "There is no system card-paymnts. Did you mean card-payments?",
    ),
    "unknown dependency": (
        document(spec=SPEC.format("production", "acquiring") + "\ndependsOn: [leger]"),
        "/spec/dependsOn/0",
        "There is no application leger. Did you mean ledger?",
    ),
    "unknown tier": (
        document(metadata='annotations: {quarterdeck.io/tier: "5"}'),
        "/metadata/annotations/quarterdeck.io~1tier",
        'There is no tier 5. Write "1", the most critical, to "4".',
    ),
    "unknown data class": (
        document(metadata="annotations: {quarterdeck.io/data-classes: persnal}"),
        "/metadata/annotations/quarterdeck.io~1data-classes",
        "There is no data class persnal. Did you mean personal?",
    ),
    "unknown annotation of ours": (
        document(metadata="annotations: {quarterdeck.io/teir: x}"),
        "/metadata/annotations/quarterdeck.io~1teir",
        "Did you mean quarterdeck.io/tier",
    ),
    "a runbook that is a script": (
        document(metadata="annotations: {quarterdeck.io/runbook: 'javascript:alert(1)'}"),
        "/metadata/annotations/quarterdeck.io~1runbook",
        "Begin it with https:// or http://.",
    ),
    "a reserved address": (
        document(name="New"),
        "/metadata/name",
        "The address new is reserved for a page.",
    ),
    "unknown parent": (
        document("Group", "x", spec="type: team\nchildren: []\nparent: crads"),
        "/spec/parent",
        "There is no team crads. Did you mean cards?",
    ),
    "a team under a team": (
        document("Group", "x", spec="type: team\nchildren: []\nparent: acquiring"),
        "/spec/parent",
        "x, a team, cannot be under the team acquiring. Divisions hold departments",
    ),
    "a division that is not at the top": (
        document("Group", "x", spec="type: division\nchildren: []\nparent: payments"),
        "/spec/parent",
        "x is a division under payments; divisions are at the top.",
    ),
    "unknown zone": (
        document(
            "Group",
            "x",
            "annotations: {quarterdeck.io/zone: Europe/Londn}",
            "type: team\nchildren: []",
        ),
        "/metadata/annotations/quarterdeck.io~1zone",
        "Did you mean Europe/London",
    ),
    "nobody": (
        document("User", "zoe", spec="profile: {email: zoe@example.com}\nmemberOf: [acquiring]"),
        "/spec/profile/email",
        "Nobody with the address zoe@example.com has an account; files make none.",
    ),
    "an API that nobody provides": (
        document(spec=SPEC.format("production", "acquiring") + "\nconsumesApis: [rates]"),
        "/spec/consumesApis/0",
        "no dependency follows",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_means_nothing_here_is_told_with_its_mend(name):
    text, path, words = WRONG[name]
    assert any(path == at and words in said for at, said in problems(text)), problems(text)


def test_a_broken_entity_is_still_one_that_others_refer_to():
    system = document("System", "shop", "tags: [Shop]", "owner: nobody")
    component = document(
        spec="type: service\nlifecycle: production\nowner: acquiring\nsystem: shop"
    )
    reading = read([File("catalog-info.yaml", f"{system}---\n{component}")])
    found = interpret(reading.entities, KNOWN)
    assert [error.path for error in reading.errors] == ["/metadata/tags/0"]
    assert [error.path for error in found.findings] == ["/spec/owner"]
    assert [one.slug for one in found.told] == ["checkout"]


def test_two_names_that_become_one_address_are_told_of():
    ((path, said),) = problems(document(name="card.pay"), document(name="card_pay"))
    assert path == "/metadata/name"
    assert "both get the address card-pay" in said


def test_teams_under_each_other_in_a_circle_are_told_of():
    spec = "type: department\nchildren: []\nparent: {0}"
    found = problems(
        document("Group", "a", spec=spec.format("b")),
        document("Group", "b", spec=spec.format("a")),
    )
    assert found
    assert all(path == "/spec/parent" for path, _ in found)


@pytest.mark.parametrize(
    ("location", "repository"),
    {
        "url:https://github.com/acme/pay/tree/main/": "https://github.com/acme/pay",
        "url:https://git.example.com/a/b/-/tree/main/c": "https://git.example.com/a/b",
        "url:https://git.example.com/a/b.git": "https://git.example.com/a/b.git",
        "https://git.example.com/a/b/src/branch/main": "https://git.example.com/a/b",
        "dir:.": "",
        "url:javascript:alert(1)": "",
        "url:https://": "",
        "url:https://[": "",
    }.items(),
)
def test_a_source_location_lies_in_a_repository(location, repository):
    assert repository_of(location) == repository


# --- Comparison ---------------------------------------------------------------------------------


def app(**fields):
    return Told(Noun.APPLICATION, "pay", fields)


def held(*, managed_by="", is_retired=False, **fields):
    one = Held(Noun.APPLICATION, "pay", {"name": "Pay", **fields}, managed_by, is_retired)
    return {one.key: one}


def plan(one, found, *, label="", last=None, refusal=False, **more):
    known = {one.key: last} if last is not None else None
    (step,) = compare(
        [one], found, Source(label, known, **more), NOTHING if refusal else ANYTHING
    ).steps
    return step


def test_what_is_not_there_is_created_and_named_by_its_address():
    step = plan(app(tier="1", tags=()), {})
    assert step.action is Action.CREATE
    assert step.changes == (Change("name", "", "pay"), Change("tier", "", "1"))


def test_only_what_is_told_and_differs_is_changed():
    step = plan(app(tier="1", tags=("a",)), held(tier="2", tags=("a",), description="x"))
    assert step.action is Action.CHANGE
    assert step.changes == (Change("tier", "2", "1"),)


def test_lists_that_others_fill_too_are_only_added_to():
    one = app(environments=("eu=production", "staging"), repositories=("r2",))
    step = plan(one, held(environments=("eu", "production"), repositories=("r1",)))
    assert step.changes == (
        Change("environments", ("eu", "production"), ("eu", "production", "staging")),
        Change("repositories", ("r1",), ("r1", "r2")),
    )


def test_what_a_source_no_longer_tells_it_leaves_empty():
    last = {"tags": ("a",), "depends on": ("x",), "tier": "1", "environments": ("eu",)}
    found = held(tags=("a",), tier="1", environments=("eu",), **{"depends on": ("x", "y")})
    step = plan(app(**{"depends on": ("z",)}), found, label="descriptor:s", last=last)
    assert step.changes == (
        Change("depends on", ("x", "y"), ("y", "z")),
        Change("tags", ("a",), ()),
    )


def test_what_was_changed_by_hand_is_drift_until_it_is_forced():
    last, found = {"tier": "1", "name": "Pay"}, held(tier="3")
    step = plan(app(tier="1", name="Pay"), found, label="descriptor:s", last=last)
    assert (step.action, step.drift) == (Action.NONE, (Change("tier", "3", "1"),))
    forced = plan(app(tier="1"), found, label="descriptor:s", last=last, force=True)
    assert (forced.action, forced.changes) == (Action.CHANGE, (Change("tier", "3", "1"),))


def test_what_the_file_changed_too_is_applied_over_a_change_by_hand():
    step = plan(app(tier="2"), held(tier="3"), label="descriptor:s", last={"tier": "1"})
    assert (step.action, step.changes) == (Action.CHANGE, (Change("tier", "3", "2"),))


def test_what_another_source_keeps_is_a_conflict_until_it_is_taken_over():
    found = held(managed_by="descriptor:other", tier="3")
    step = plan(app(tier="2"), found, label="descriptor:s")
    assert (step.action, step.held_by) == (Action.CONFLICT, "descriptor:other")
    assert (
        plan(app(tier="2"), found, label="descriptor:s", takes_over=True).action is Action.CHANGE
    )
    assert plan(app(tier="3"), found).action is Action.NONE


def test_what_somebody_may_not_do_is_refused_with_the_reason():
    step = plan(app(tier="2"), held(tier="3"), refusal=True)
    assert step.action is Action.REFUSED
    assert step.refusals == ("Your role sees everything and changes nothing.",)


def test_changing_hands_and_retiring_need_more_than_a_file():
    step = plan(
        app(owner="b", lifecycle="RETIRED", tier="1"), held(owner="a", lifecycle="PRODUCTION")
    )
    assert (step.action, [one.field for one in step.changes]) == (Action.CHANGE, ["tier"])
    assert "transfer" in step.refusals[0]
    assert "retired" in step.refusals[1]
    assert plan(app(owner="b"), held(owner="")).action is Action.CHANGE


def test_a_retired_application_stays_as_it_is():
    assert plan(app(tier="1"), held(is_retired=True)).action is Action.REFUSED


def test_the_fingerprint_tells_one_plan_from_another():
    def fingerprint(**fields):
        return compare([app(**fields)], held(tier="3"), Source(), ANYTHING).fingerprint

    assert fingerprint(tier="2") == fingerprint(tier="2")
    assert fingerprint(tier="2") != fingerprint(tier="1")


def test_what_is_gone_from_the_files_is_told():
    last = {(Noun.APPLICATION, "old"): {"tier": "1"}}
    found = compare([app()], held(), Source("descriptor:s", last), ANYTHING)
    assert found.gone == ((Noun.APPLICATION, "old"),)


# --- Writing ------------------------------------------------------------------------------------

words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
).filter(bool) | st.sampled_from(
    ["yes", "3", "1e3", "0o7", "null", "~", "- a", "a: b", "#", "'", '"']
)
slugs = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?", fullmatch=True)
lists = st.lists(slugs, max_size=3).map(lambda found: tuple(sorted(set(found))))


@st.composite
def applications(draw):
    fields = {
        "name": draw(words),
        "description": draw(st.just("") | st.lists(words, min_size=1, max_size=3).map("\n".join)),
        "owner": "acquiring",
        "type": draw(st.sampled_from(["service", "website", "3"])),
        "lifecycle": draw(st.sampled_from(["PRODUCTION", "EXPERIMENTAL"])),
        "tier": draw(st.sampled_from("1234")),
        "tags": draw(lists),
        "system": draw(st.sampled_from(["", "card-payments"])),
        "runbook": draw(st.sampled_from(["", "https://wiki.example.com/?a=b#c"])),
        "data classes": draw(st.sampled_from([(), ("pci",), ("pci", "personal")])),
        "environments": ("eu=production", "production", "staging"),
        "repositories": draw(
            st.sampled_from(
                [
                    (),
                    ("https://git.example.com/a/b",),
                    ("https://e.com/a/tree/x", "https://f.com/b"),
                ]
            )
        ),
        "links": tuple(
            f"{title} https://example.com/" for title in draw(st.lists(words, max_size=2))
        ),
        "depends on": draw(st.sampled_from([(), ("ledger",)])),
        "annotation example.com/x": draw(words),
    }
    return Held(Noun.APPLICATION, draw(slugs), fields)


@settings(deadline=None)
@given(applications())
def test_what_is_written_and_read_again_changes_nothing(one):
    team = Held(
        Noun.TEAM,
        "acquiring",
        {
            "name": "Acquiring",
            "kind": "TEAM",
            "parent": "cards",
            "zone": "Asia/Kolkata",
            "country": "IN",
            "description": "",
            "members": ("alice@example.com", "bob@example.com"),
        },
    )
    system = Held(
        Noun.SYSTEM, "card-payments", {"name": "no", "description": "", "owner": "acquiring"}
    )
    if one.slug == "new":
        return
    everything = [team, system, one]
    found = meaning(written(everything))
    assert not [each for each in found.findings if each.is_error], found.findings
    steps = compare(found.told, {each.key: each for each in everything}, Source(), ANYTHING).steps
    assert [step.action for step in steps] == [Action.NONE] * 3, [step.changes for step in steps]
