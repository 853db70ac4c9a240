"""The pages of scorecards: what they show, what they cost, and what they refuse."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.urls.exceptions import Resolver404

from portal.audit.models import Entry
from portal.core.words import NONE
from portal.scorecards.models import Exemption, Version
from portal.scorecards.rules.registry import CHECKS
from portal.scorecards.services.definitions import load_shipped
from portal.scorecards.services.evaluation import evaluate_all
from tests.factories import ApplicationFactory
from tests.scorecards.scene import TEXT, exemption, scorecard

DAY = timedelta(days=1)
BUDGET = 12


@pytest.fixture(autouse=True)
def _clock(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def judged(world, now):
    """The small scorecard, by which everything is judged."""
    found = scorecard()
    evaluate_all(now=now)
    return found


@pytest.fixture
def as_bob(client, world):
    client.force_login(world.bob)
    return client


@pytest.fixture
def as_olive(client, world):
    client.force_login(world.olive)
    return client


def text_of(response, status=200):
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def counting():
    """Return number and text of the version that counts."""
    return Version.objects.values_list("number", "text").get(current_of__slug="readiness")


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.key)
def test_every_mend_leads_to_a_page_of_the_portal(check):
    path = check.mend.address(application="checkout", owner="acquiring").partition("?")[0]
    try:
        resolve(path)
    except Resolver404:
        pytest.fail(f"{check.key} leads nowhere: {path}")
    assert check.mend.address(application="checkout", owner="").startswith("/")


def test_the_start_shows_how_applications_are_spread(as_bob, judged):
    page = text_of(as_bob.get("/scorecards/"))
    assert "Readiness" in page
    assert 'aria-label="2 bronze"' in page
    assert f"{NONE} 2 results without data" in page
    assert "New scorecard" not in page


def test_without_any_scorecard_the_start_says_when_they_come(as_bob):
    assert "No scorecard yet" in text_of(as_bob.get("/scorecards/"))


def test_the_matrix_has_a_word_for_every_state(as_bob, judged):
    page = text_of(as_bob.get("/scorecards/readiness/"))
    assert "2 applications by level" in page
    assert "</svg>Pass</span>" in page
    assert "</svg>Fail</span>" in page
    assert f"</svg>{NONE} No data</span>" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Checkout", "Loans"}),
        ("q=check", {"Checkout"}),
        ("team=payments", {"Checkout"}),
        ("level=1", {"Checkout", "Loans"}),
        ("level=2", set()),
        ("rule=runbook&state=FAIL", {"Checkout", "Loans"}),
        ("rule=owner&state=FAIL", set()),
        ("state=NO_DATA", {"Checkout", "Loans"}),
        ("team=nobody", set()),
        ("level=99", set()),
        ("rule=made-up", set()),
    ],
)
def test_the_matrix_is_narrowed(as_bob, judged, query, names):
    page = text_of(as_bob.get(f"/scorecards/readiness/?{query}", headers={"HX-Request": "true"}))
    assert {name for name in ("Checkout", "Loans") if f">{name}</a>" in page} == names
    assert ("No application fits" in page) is (not names)


def test_the_export_holds_what_is_shown_and_is_on_record(as_bob, judged):
    response = as_bob.get("/scorecards/readiness/export.csv?team=payments")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines == [
        "application,address,owner,tier,level,owner,runbook,deployed",
        "Checkout,checkout,acquiring,2,bronze,Pass,Fail,No data",
    ]
    assert Entry.objects.latest("pk").event == "scorecards.scorecard.exported"


def test_an_application_sees_what_to_do_next_and_why(as_bob, judged):
    page = text_of(as_bob.get("/apps/checkout/scorecards/"))
    assert "For silver, 2 things to do:" in page
    assert "Runbook: none. Wanted: the address of a runbook." in page
    assert "Steps that are written down are right at night too." in page
    assert 'href="/apps/checkout/edit/" aria-label="Edit the application: Has a runbook"' in page
    assert "/apps/checkout/scorecards/readiness/runbook/exemption/" in page
    assert "How it came here" in page


def test_the_card_waits_for_news_as_long_as_there_is_any(as_bob, world, judged, now):
    assert "hx-trigger" not in text_of(as_bob.get("/apps/checkout/scorecards/card/"))
    as_bob.post(
        "/apps/checkout/repositories/new/", {"url": "https://git.example.com/a.git", "paths": ""}
    )
    evaluate_all(now=now - DAY)
    assert "Being judged anew" in text_of(as_bob.get("/apps/checkout/scorecards/card/"))
    evaluate_all(now=now)
    assert "Being judged anew" not in text_of(as_bob.get("/apps/checkout/scorecards/card/"))


def test_a_team_sees_the_levels_of_what_is_below(as_bob, judged):
    assert 'aria-label="1 bronze"' in text_of(as_bob.get("/teams/payments/scorecards/card/"))


def test_the_figures_follow_the_history(as_bob, world, judged, now):
    world.checkout.owner = None
    world.checkout.save()
    evaluate_all(now=now + DAY)
    figure = as_bob.get("/scorecards/readiness/charts.json").json()["trend"]
    below = next(one for one in figure["data"] if one["name"] == "Below bronze")
    assert below["y"] == [0, 1, 1]
    assert below["x"][:2] == ["2026-03-04", "2026-03-05"]


@pytest.mark.parametrize("applications", [3, 60])
@pytest.mark.parametrize(
    "path",
    [
        "/scorecards/",
        "/scorecards/operational-readiness/",
        "/scorecards/delivery/definition/",
        "/scorecards/delivery/edit/",
        "/apps/checkout/scorecards/",
        "/apps/checkout/scorecards/card/",
        "/teams/payments/scorecards/card/",
        "/exemptions/",
        "/initiatives/",
    ],
)
def test_a_page_costs_the_same_however_many_there_are(client, world, now, path, applications):
    load_shipped(now=now)
    for _ in range(applications):
        ApplicationFactory.create()
    evaluate_all(now=now)
    client.force_login(world.olive)
    with CaptureQueriesContext(connection) as queries:
        text_of(client.get(path))
    assert len(queries) <= BUDGET, "\n".join(query["sql"][:150] for query in queries)


# --- Definitions ------------------------------------------------------------------------------


def test_rules_are_read_by_everybody_and_handed_out_as_a_file(as_bob, judged):
    page = text_of(as_bob.get("/scorecards/readiness/definition/"))
    assert "A deployment to production within 30 days" in page
    assert "Version 1" in page
    file = as_bob.get("/scorecards/readiness/definition.yaml")
    assert file.content.decode() == TEXT
    assert "attachment" in file["Content-Disposition"]


@pytest.mark.parametrize("path", ["/scorecards/readiness/edit/", "/scorecards/new/"])
def test_only_operations_write_rules(as_bob, judged, path):
    for response in (as_bob.get(path), as_bob.post(path, {"text": TEXT})):
        assert "Operations own the rules" in text_of(response, 403)
    assert as_bob.post("/scorecards/readiness/reset/").status_code == 403


def test_an_error_stands_beside_its_line_and_nothing_is_saved(as_olive, judged):
    text = TEXT.replace("has_runbook", "has_runbok")
    page = text_of(
        as_olive.post("/scorecards/readiness/edit/", {"text": text, "save": "yes", "seen": 1})
    )
    assert "1 thing to mend" in page
    assert 'id="line-13" data-line="13" class="is-wrong"' in page
    assert "Did you mean has_runbook?" in page
    assert counting() == (1, TEXT)


def test_a_dry_run_says_who_loses_what_and_saves_nothing(as_olive, world, judged):
    text = TEXT.replace("check: has_owner", "check: in_system")
    page = text_of(as_olive.post("/scorecards/readiness/edit/", {"text": text, "seen": 1}))
    assert "2 applications lose bronze" in page
    assert "Bronze → no level" in page
    assert counting() == (1, TEXT)


def test_a_dry_run_without_effect_says_so(as_olive, judged):
    text = TEXT.replace("title: Readiness", "title: Ready")
    page = text_of(as_olive.post("/scorecards/readiness/edit/", {"text": text, "seen": 1}))
    assert "No application changes its level." in page


def test_saving_needs_a_reason_and_counts_at_once(
    as_olive, world, judged, django_capture_on_commit_callbacks
):
    path = "/scorecards/readiness/edit/"
    text = TEXT.replace("check: has_owner", "check: in_system")
    asked = {"text": text, "save": "yes", "seen": 1}
    assert "Say why" in text_of(as_olive.post(path, asked))
    with django_capture_on_commit_callbacks(execute=True):
        response = as_olive.post(path, asked | {"reason": "Systems come first."})
    assert response["Location"] == "/scorecards/readiness/definition/"
    assert 'aria-label="2 below bronze"' in text_of(as_olive.get("/scorecards/"))
    page = text_of(as_olive.get("/scorecards/readiness/definition/"))
    assert "Systems come first. olive@example.com" in page
    assert "Operations have written their own rules" in page
    old = text_of(as_olive.get("/scorecards/readiness/definition/?version=1"))
    assert "This is version 1, which does not count any more." in old
    as_olive.post("/scorecards/readiness/reset/", {"reason": "Too soon."})
    assert counting() == (3, TEXT)


def test_saving_over_what_somebody_else_wrote_is_told_first(as_olive, judged):
    path, mine = "/scorecards/readiness/edit/", TEXT.replace("Readiness", "Mine")
    theirs = {"text": TEXT.replace("Readiness", "Theirs"), "reason": "R", "save": "y", "seen": 1}
    as_olive.post(path, theirs)
    asked = {"text": mine, "reason": "R", "save": "yes", "seen": 1}
    page = text_of(as_olive.post(path, asked))
    assert "wrote version 2 while you were at it" in page
    assert 'name="seen" value="2"' in page
    assert as_olive.post(path, asked | {"seen": 2}).status_code == 302


def test_the_short_name_of_a_scorecard_stays(as_olive, judged):
    text = TEXT.replace("scorecard: readiness", "scorecard: other")
    page = text_of(as_olive.post("/scorecards/readiness/edit/", {"text": text, "seen": 1}))
    assert "The short name of a scorecard stays" in page


def test_a_scorecard_of_ones_own_begins_with_a_text(as_olive, judged):
    text = TEXT.replace("scorecard: readiness", "scorecard: security")
    assert "2 applications are judged for the first time" in text_of(
        as_olive.post("/scorecards/new/", {"text": text})
    )
    asked = {"text": text, "save": "yes", "reason": "Asked for by audit."}
    assert as_olive.post("/scorecards/new/", asked)["Location"] == "/scorecards/security/"
    assert "There is a scorecard security already" in text_of(
        as_olive.post("/scorecards/new/", asked)
    )


# --- Exemptions -------------------------------------------------------------------------------

ASK = "/apps/checkout/scorecards/readiness/runbook/exemption/"


def test_an_exemption_is_asked_by_one_and_approved_by_another(client, world, judged):
    client.force_login(world.bob)
    response = client.post(ASK, {"reason": "Being written.", "days": 30})
    path = response["Location"]
    assert "You asked for this exemption" in text_of(client.get(path))
    assert client.post(f"{path}approve/").status_code == 403
    client.force_login(world.alice)
    assert "Bob asks that Checkout be exempt" in text_of(client.get("/"))
    assert "Approve" in text_of(client.get(path))
    client.post(f"{path}approve/", {"answer": "Until April."})
    found = Exemption.objects.get()
    assert (found.state, found.decided_by, found.answer) == (
        "APPROVED", world.alice, "Until April."
    )  # fmt: skip
    assert "asks that Checkout" not in text_of(client.get("/"))
    assert "does not wait any more" in text_of(client.post(f"{path}reject/", follow=True))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"reason": "", "days": 30}, "This field is required"),
        ({"reason": "R", "days": 91}, "less than or equal to 90"),
        ({"reason": "R", "days": 0}, "greater than or equal to 1"),
        ({"reason": "R", "days": "soon"}, "Enter a whole number"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_beside_it(as_bob, judged, typed, told):
    assert told in text_of(as_bob.post(ASK, typed))
    assert not Exemption.objects.exists()


def test_a_rule_that_passes_or_is_asked_for_already_needs_no_request(as_bob, judged):
    passing = ASK.replace("runbook", "owner")
    assert "The rule passes" in text_of(as_bob.post(passing, {"reason": "R", "days": 1}))
    as_bob.post(ASK, {"reason": "R", "days": 1})
    assert "Somebody has asked already" in text_of(as_bob.post(ASK, {"reason": "R", "days": 1}))


@pytest.mark.parametrize("person", ["charlie", "eve", "audrey"])
def test_others_neither_ask_nor_decide(client, world, person):
    asked = exemption(world)
    client.force_login(getattr(world, person))
    assert client.post(ASK, {"reason": "R", "days": 1}).status_code == 403
    for action in ("approve", "reject", "revoke"):
        assert client.post(f"/exemptions/{asked.pk}/{action}/").status_code == 403
    assert client.get(f"/exemptions/{asked.pk}/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/scorecards/made-up/",
        "/apps/made-up/scorecards/",
        "/apps/checkout/scorecards/readiness/made-up/exemption/",
        "/exemptions/1234567/",
        "/initiatives/1234567/",
        "/teams/made-up/scorecards/card/",
    ],
)
def test_what_is_not_there_is_not_found(as_olive, judged, path):
    assert as_olive.get(path).status_code == 404


def test_the_list_of_exemptions_is_narrowed_by_state(as_bob, world):
    exemption(world)
    assert "Has a runbook" in text_of(as_bob.get("/exemptions/"))
    assert "No exemption" in text_of(as_bob.get("/exemptions/?state=EXPIRED"))
    assert "Exemption of Checkout" in text_of(
        as_bob.get(f"/exemptions/{Exemption.objects.get().pk}/")
    )


def test_what_did_not_come_with_the_portal_cannot_go_back_to_it(as_olive, judged):
    judged.shipped = None
    judged.save()
    before = counting()
    assert "did not come with the portal" in text_of(
        as_olive.post("/scorecards/readiness/reset/", follow=True)
    )
    assert counting() == before


# --- Initiatives ------------------------------------------------------------------------------

PLAN = {
    "title": "Silver by summer",
    "why": "Nights are short.",
    "level": "2",
    "owner": "alice@example.com",
    "starts_on": "2026-03-01",
    "due_on": "2026-06-01",
}


def test_an_initiative_from_draft_to_called_off(client, world, judged):
    client.force_login(world.olive)
    path = client.post("/scorecards/readiness/initiatives/new/", PLAN)["Location"]
    assert "Announce" in text_of(client.get(path))
    client.force_login(world.alice)
    client.post(f"{path}announce/")
    page = text_of(client.get(path))
    assert "0 of 2 applications are there (0%)" in page
    assert "In progress" in page
    assert "Checkout" in page
    assert "Has a runbook" in page
    assert client.get(f"{path}charts.json").json()["progress"]["data"][1]["y"] == [0, 0]
    client.post(f"{path}edit/", PLAN | {"title": "Silver by June", "team": "payments"})
    assert "0 of 1 application" in text_of(client.get(path))
    assert "Silver by June" in text_of(client.get("/initiatives/"))
    client.post(f"{path}cancel/")
    assert "Cancelled" in text_of(client.get(path))
    assert "It is over: cancelled." in text_of(client.post(f"{path}cancel/", follow=True))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"level": ""}, "Choose a level, or some rules below."),
        ({"rules": ["owner"]}, "Choose a level or rules, not both."),
        ({"due_on": "2026-03-01"}, "It is due after it starts."),
        ({"owner": "nobody"}, "Nobody is called"),
        ({"owner": "eve@example.com"}, "reads everything and cannot own an initiative"),
        ({"team": "made-up"}, "No team is called"),
    ],
)
def test_what_is_wrong_with_an_initiative_is_told(as_olive, judged, change, told):
    page = text_of(as_olive.post("/scorecards/readiness/initiatives/new/", PLAN | change))
    assert told in page


def test_leads_begin_initiatives_for_their_own_team_alone(client, world, judged):
    client.force_login(world.alice)
    path = "/scorecards/readiness/initiatives/new/"
    assert "Only operations begin initiatives for the whole company" in text_of(
        client.post(path, PLAN)
    )
    assert "Only leads of Lending" in text_of(client.post(path, PLAN | {"team": "lending"}))
    assert client.post(path, PLAN | {"team": "acquiring"}).status_code == 302


def test_the_form_of_an_initiative_opens_for_those_who_may_begin_one(client, world, judged):
    path = "/scorecards/readiness/initiatives/new/"
    for person, status in (("eve", 403), ("bob", 403), ("alice", 200), ("olive", 200)):
        client.force_login(getattr(world, person))
        assert client.get(path).status_code == status
        for page in ("/initiatives/", "/scorecards/readiness/"):
            assert (path in text_of(client.get(page))) == (status == 200)
    client.force_login(world.bob)
    assert "Leads begin initiatives for their teams" in text_of(client.get(path), 403)


@pytest.mark.parametrize("team", ["", "payments", "lending"])
def test_an_initiative_of_a_team_grows_by_the_word_of_who_may_begin_it_there(
    client, world, judged, team
):
    client.force_login(world.alice)
    plan = PLAN | {"team": "acquiring"}
    path = client.post("/scorecards/readiness/initiatives/new/", plan)["Location"]
    assert client.post(f"{path}edit/", plan | {"title": "Silver by June"}).status_code == 302
    assert "begin initiatives for" in text_of(client.post(f"{path}edit/", PLAN | {"team": team}))
    client.force_login(world.olive)
    assert client.post(f"{path}edit/", PLAN | {"team": team}).status_code == 302


def test_others_change_no_initiative(client, world, judged):
    client.force_login(world.olive)
    path = client.post("/scorecards/readiness/initiatives/new/", PLAN)["Location"]
    client.force_login(world.charlie)
    for action in ("announce", "cancel", "edit"):
        assert client.post(f"{path}{action}/").status_code == 403
    assert client.get(f"{path}edit/").status_code == 403
