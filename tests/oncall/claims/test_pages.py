"""The page of a claim, its forms, the scoreboard, and the operations of the API."""

import csv
import io

import pytest

from oncall.models import Claim, ClaimState, Cover, Evidence, ReadinessException
from oncall.plans.claims import Stage
from oncall.services.readiness import check_claims
from portal.api.types import Scope
from portal.audit.models import Entry
from portal.catalogue.models import Application
from tests.api.tokens import client_with, personal_token
from tests.factories import ApplicationFactory
from tests.kpis.raw_facts import add_incident
from tests.oncall.claims.scene import central, claim_at, owned, ready

PAGE = "/apps/checkout/oncall/claim/"
API = "/api/v1/applications/checkout/oncall-claim/"
QUERY_BUDGET = 12


@pytest.fixture(autouse=True)
def at_now(time_machine, now, settings):
    time_machine.move_to(now, tick=False)
    settings.OWNERSHIP_SHADOW_DAYS = settings.OWNERSHIP_TRIAL_DAYS = 0


@pytest.fixture
def show(client, world):
    def show(person=None, path=PAGE):
        client.force_login(person or world.alice)
        response = client.get(path)
        assert response.status_code == 200
        return response.content.decode()

    return show


@pytest.fixture
def post(client, world):
    def post(who, part, **values):
        client.force_login(who)
        return client.post(f"{PAGE}{part}", values, follow=True).content.decode()

    return post


def test_without_a_claim_the_page_invites_the_team_and_nobody_else(show, world):
    assert "We are interested" in show(world.bob)
    assert "Central support answers." in show(world.bob)
    html = show(world.charlie)
    assert "We are interested" not in html
    assert "Only people of Acquiring" in html
    assert "As an executive you see everything and change nothing" in show(world.eve)


def test_the_way_by_the_page_from_interest_to_owned_and_back(post, show, world):
    rota = ready(world)
    assert "nothing is binding yet" in post(world.bob, "interest/")
    assert "judged by it now" in post(world.alice, "rota/", rota=rota.pk)
    assert "shadows central support" in post(world.alice, "shadow/")
    for _ in range(2):
        html = post(world.alice, "word/", side="TAKER", note="We are ready.")
        assert "It waits for the word of central support" in html
        assert "Your word is given." in post(world.olive, "word/", side="GIVER")
    html = show()
    assert "The team answers." in html
    assert "We are ready." in html
    assert "Asked. The other side is told." in post(world.alice, "back/", reason="We are few.")
    assert "Taken back: the nights stay." in post(world.alice, "stay/")
    post(world.alice, "back/", reason="We are few.")
    post(world.olive, "word/", side="GIVER")
    assert Claim.objects.get().state == "RETURNED"
    assert "We are interested" in show()


def test_readiness_is_shown_with_evidence_mend_and_exception(show, post, world, now):
    claim_at(world, Stage.PREPARING, rota=ready(world, number=4))
    check_claims(now=now)
    html = show(world.bob)
    assert "4 people take turns; it takes 6, ideally 8." in html
    assert f"{PAGE}exception/people/" in html
    html = post(world.bob, "exception/people/", reason="Two join in May.", days=30)
    assert "Bob asks for an exception" in html
    pk = ReadinessException.objects.get().pk
    html = show(world.olive)
    assert f"/oncall/exceptions/{pk}/approve/" in html
    assert f"/oncall/exceptions/{pk}/approve/" not in show(world.alice)


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(post, world):
    claim_at(world, Stage.OWNED, rota=ready(world))
    assert "This field is required" in post(world.alice, "back/", reason="")
    html = post(world.bob, "evidence/", kind="SHADOW_DONE", done_on="2026-03-01", note="Quiet.")
    assert "Say who did the shadow shift." in html
    assert "Quiet." in html
    html = post(world.bob, "evidence/", kind="SLO_DEFINED", done_on="2027-03-01")
    assert "That day is still to come." in html
    html = post(world.bob, "exception/people/", reason="Soon.", days=400)
    assert "from 1 to 90 days" in html
    assert "Say for which side you speak" in post(world.alice, "word/", side="NOBODY")
    assert not Evidence.objects.filter(note="Quiet.").exists()


def test_evidence_is_told_and_listed(post, show, world):
    html = post(
        world.bob,
        "evidence/",
        kind="SHADOW_DONE",
        done_on="2026-03-01",
        person="alice@example.com",
        url="https://chat.example.com/1",
    )
    assert "Noted." in html
    assert "Shadow shift done: Alice" in show(world.bob, f"{PAGE}evidence/")


def test_a_team_without_a_rota_is_led_to_make_one(show, world):
    claim_at(world, Stage.INTERESTED)
    assert "/oncall/rotas/new/" in show(world.alice, f"{PAGE}rota/")


def test_lost_readiness_is_said_on_the_page(show, world, now):
    claim_at(world, Stage.OWNED, rota=ready(world))
    Application.objects.update(runbook_url="")
    check_claims(now=now)
    assert "Not ready any more since 4 March 2026" in show(world.eve)


def test_figures_say_no_data_rather_than_zero(show, world):
    html = show(world.eve, f"{PAGE}figures/")
    assert html.count("No data yet") >= 6
    assert "0 applications taken on" in html


def test_figures_compare_before_and_since_of_those_that_were_taken_on(show, world, now):
    central(world)
    taken = ApplicationFactory.create(owner=world.lending)
    rota = ready(world)
    claim_at(world, Stage.OWNED, rota=rota, application=taken)
    Cover.objects.update(since="2025-12-01T00:00Z")
    for day in (1, 2, 3):
        add_incident(taken, f"2025-11-0{day}T00:00Z", resolved_at=f"2025-11-0{day}T04:00Z")
        add_incident(taken, f"2026-01-0{day}T00:00Z", resolved_at=f"2026-01-0{day}T01:00Z")
        add_incident(
            world.checkout, f"2026-02-0{day}T00:00Z", resolved_at=f"2026-02-0{day}T02:00Z"
        )
    html = show(world.eve, f"{PAGE}figures/")
    row = html[html.index("Time to recover") : html.index("Incidents per week")]
    assert [text for text in ("4 h", "1 h", "2 h") if f"<td>{text}</td>" in row] == [
        "4 h",
        "1 h",
        "2 h",
    ]
    assert "1 application taken on" in row
    assert "Central support and 1 rota of a team" in html


def test_the_scoreboard_lists_claims_by_name_and_filters(show, world):
    owned(world)
    loans = claim_at(world, Stage.PREPARING, application=world.loans)
    board = show(world.eve, "/oncall/ownership/")
    assert board.index("Checkout") < board.index("Loans")
    assert "took on 1 application" in board
    assert "Teams answer at night for 1 of" in board
    only = show(world.eve, "/oncall/ownership/?state=PREPARING")
    assert loans.application.get_absolute_url() in only
    assert PAGE not in only
    assert "Ledger" in show(world.eve, "/oncall/ownership/?state=CENTRAL")
    assert "No application fits" in show(world.eve, "/oncall/ownership/?tier=4")
    assert "No application fits" in show(world.eve, "/oncall/ownership/?team=nobody")


def test_an_empty_scoreboard_says_what_to_do(show, world):
    assert "No claim yet" in show(world.eve, "/oncall/ownership/")


def test_the_scoreboard_is_exported_as_it_is_filtered_and_on_record(client, world, now):
    claim_at(world, Stage.OWNED, rota=ready(world))
    Application.objects.filter(slug="checkout").update(name="=HYPERLINK()")
    client.force_login(world.eve)
    response = client.get("/oncall/ownership/export.csv?state=OWNED")
    [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode()))
    assert (row["application"], row["owner"], row["state"]) == ("checkout", "acquiring", "OWNED")
    assert Entry.objects.latest("id").event == "oncall.ownership.exported"


@pytest.mark.parametrize("number", [1, 2000])
def test_the_scoreboard_costs_the_same_with_two_thousand_claims(
    client, world, now, number, django_assert_max_num_queries
):
    made = Application.objects.bulk_create(
        Application(
            slug=f"a-{one}", name=f"A {one}", owner=world.lending, tier=one % 4 + 1,
            registered_at=now,
        )
        for one in range(number)
    )  # fmt: skip
    Claim.objects.bulk_create(
        Claim(
            application=one, team=world.lending, state=ClaimState.INTERESTED, since=now,
            begun_at=now, begun_by=world.charlie, check_due_at=now,
        )
        for one in made
    )  # fmt: skip
    client.force_login(world.eve)
    with django_assert_max_num_queries(9):
        client.get("/oncall/ownership/")


def test_the_page_of_a_claim_stays_within_its_queries(
    client, world, now, django_assert_max_num_queries
):
    central(world)
    claim_at(world, Stage.SHADOWING, rota=ready(world))
    check_claims(now=now)
    client.force_login(world.alice)
    with django_assert_max_num_queries(QUERY_BUDGET):
        client.get(PAGE)
    with django_assert_max_num_queries(QUERY_BUDGET):
        client.get(f"{PAGE}figures/")


@pytest.fixture
def api(world, now):
    def api(person):
        scopes = [Scope.ONCALL_READ, Scope.ONCALL_WRITE]
        return client_with(
            personal_token(person, now=now, scopes=scopes, name=person.name.lower())
        )

    return api


def test_the_api_tells_a_claim_with_readiness_and_words(api, world, now):
    claim_at(world, Stage.SHADOWING, rota=ready(world))
    check_claims(now=now)
    found = api(world.bob).get(API).json()
    assert (found["state"], found["team"], found["words"]) == ("shadowing", "acquiring", [])
    assert {one["state"] for one in found["readiness"]} == {"pass"}
    listed = api(world.alice).get("/api/v1/claims/?state=shadowing").json()["items"]
    assert [one["application"] for one in listed] == ["checkout"]
    assert api(world.olive).get("/api/v1/claims/?state=owned").json()["items"] == []


def test_the_api_takes_evidence_and_words(api, world, now):
    claim_at(world, Stage.SHADOWING, rota=ready(world))
    bob, alice, olive = api(world.bob), api(world.alice), api(world.olive)
    body = {"kind": "shadow_done", "done_on": "2026-03-01", "person": "bob@example.com"}
    told = bob.post(f"{API}evidence/", body, content_type="application/json")
    assert (told.status_code, told.json()["person"]) == (201, "bob@example.com")
    body["kind"] = "slo_defined"
    refused = bob.post(f"{API}evidence/", body, content_type="application/json")
    assert (refused.status_code, "Name the person" in refused.json()["detail"]) == (422, True)
    given = alice.post(f"{API}word/", {"side": "taker"}, content_type="application/json")
    assert [one["side"] for one in given.json()["words"]] == ["taker"]
    again = alice.post(f"{API}word/", {"side": "taker"}, content_type="application/json")
    assert again.status_code == 409
    moved = olive.post(f"{API}word/", {"side": "giver"}, content_type="application/json")
    assert moved.json()["state"] == "trial"
    wrong = olive.post(f"{API}word/", {"side": "both"}, content_type="application/json")
    assert wrong.status_code == 400


def test_without_a_claim_the_api_finds_none(api, world):
    assert api(world.bob).get(API).status_code == 404
