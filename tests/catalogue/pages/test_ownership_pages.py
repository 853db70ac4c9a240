"""Pages of ownership: claiming, the owner's word, giving up, transfers, retiring and reviving."""

from datetime import timedelta

import pytest

from portal.catalogue.models import Application, TransferRequest, TransferState
from portal.catalogue.services import claim_application
from tests.architecture.calls.catalogue_ownership import offer
from tests.conftest import NOW
from tests.factories import (
    ApplicationFactory,
    DependencyFactory,
    EnvironmentFactory,
    MembershipFactory,
    OwnershipPeriodFactory,
    TeamFactory,
    UserFactory,
)


@pytest.fixture(autouse=True)
def at_now(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


@pytest.fixture
def orphan(world):
    return ApplicationFactory.create(slug="orphan", name="Orphan", owner=None)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def said(response):
    """Follow the redirect and return the page that it leads to."""
    assert response.status_code == 302
    return response.client.get(response["Location"]).content.decode()


def test_the_history_of_ownership_is_told(bob, world, now):
    OwnershipPeriodFactory.create(
        application=world.checkout, team=world.lending, until=now - timedelta(days=9)
    )
    OwnershipPeriodFactory.create(
        application=world.checkout,
        since=now - timedelta(days=9),
        change="TRANSFERRED",
        by=world.alice,
        reason="It fits.",
    )
    page = text(bob.get("/apps/checkout/ownership/"))
    assert page.index("Transferred by Alice: It fits.") < page.index("Lending")
    assert "1 Jan 2024 to 23 Feb 2026" in page
    assert "23 Feb 2026 to today" in page


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("bob", {"Still ours", "Offer to another team", "Give it up", "Retire"}),
        ("olive", {"Offer to another team", "Give it up", "Retire"}),
        ("charlie", {"Ask for it"}),
        ("eve", set()),
        ("audrey", set()),
    ],
)
def test_only_what_somebody_may_is_offered(client, world, name, offered):
    client.force_login(getattr(world, name))
    page = text(client.get("/apps/checkout/ownership/"))
    every = {"Still ours", "Offer to another team", "Ask for it", "Give it up", "Retire"}
    assert {one for one in every if f">{one}</" in page} == offered


def test_a_claim_takes_one_post_and_is_confirmed(bob, world, orphan):
    assert "Claim it for your team" in text(bob.get("/apps/orphan/"))
    page = said(bob.post("/apps/orphan/claim/", {"team": "acquiring"}))
    assert "Acquiring owns Orphan now." in page
    assert Application.objects.get(slug="orphan").owner == world.acquiring


def test_whoever_comes_second_is_told_who_was_quicker(bob, world, orphan, now):
    claim_application(application=orphan, team=world.lending, actor=world.charlie, now=now)
    page = said(bob.post("/apps/orphan/claim/", {"team": "acquiring"}))
    assert "Orphan is owned by Lending already. Ask for a transfer" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"team": "lending"}, "Only people of Lending"),
        ({"team": "nobody"}, "No team is called"),
        ({"team": "\0"}, "Null characters are not allowed"),
        ({"team": ""}, "This field is required"),
    ],
)
def test_a_claim_that_cannot_be_says_why_beside_the_field(bob, orphan, typed, told):
    assert told in text(bob.post("/apps/orphan/claim/", typed))
    assert Application.objects.get(slug="orphan").owner is None


def test_the_claim_page_is_prefilled_and_leads_on_when_there_is_an_owner(bob, orphan):
    assert 'value="acquiring"' in text(bob.get("/apps/orphan/claim/"))
    assert bob.get("/apps/checkout/claim/")["Location"] == "/apps/checkout/"
    assert bob.get("/apps/nothing/claim/").status_code == 404


def test_who_only_reads_does_not_claim(client, world, orphan):
    client.force_login(world.eve)
    assert client.post("/apps/orphan/claim/", {"team": "acquiring"}).status_code == 403
    assert "Any team may claim it." in text(client.get("/apps/orphan/"))


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        ("/apps/?show=mine", "/apps/?show=mine"),
        ("", "/apps/checkout/"),
        ("https://evil.example/", "/apps/checkout/"),
        ("//evil.example", "/apps/checkout/"),
    ],
)
def test_the_word_is_given_with_one_post_and_leads_back_home_only(bob, world, back, leads):
    response = bob.post("/apps/checkout/attest/", {"next": back})
    assert response["Location"] == leads
    world.checkout.refresh_from_db()
    assert (world.checkout.attested_by, world.checkout.attested_at) == (world.bob, NOW)
    assert bob.get("/apps/checkout/attest/").status_code == 405


def test_strangers_do_not_give_the_word(client, world):
    for name in ("charlie", "olive", "audrey"):
        client.force_login(getattr(world, name))
        assert client.post("/apps/checkout/attest/").status_code == 403


def test_a_retired_application_asks_for_nobodys_word(bob, world):
    ApplicationFactory.create(slug="old", owner=world.acquiring, lifecycle="RETIRED")
    assert "Revive it first" in said(bob.post("/apps/old/attest/"))
    page = text(bob.get("/apps/old/"))
    assert "Retired on 1 January 2024" in page
    assert 'href="/apps/old/edit/"' not in page


def test_an_overdue_word_is_asked_for_on_the_page_of_the_application(bob, world, now):
    Application.objects.filter(pk=world.checkout.pk).update(attested_at=now - timedelta(days=170))
    page = text(bob.get("/apps/checkout/"))
    assert "The answer is due on 14 March 2026" in " ".join(page.split())
    assert "Still ours" in page


def test_an_owner_without_people_is_recognised(client, world):
    team = TeamFactory.create(name="Ghosts")
    gone = UserFactory.create(is_active=False)
    MembershipFactory.create(team=team, user=gone)
    ApplicationFactory.create(slug="haunted", owner=team)
    client.force_login(world.charlie)
    for path in ("/apps/haunted/", "/apps/haunted/ownership/"):
        assert "Owner missing" in text(client.get(path))
    assert "Owner missing: nobody" not in text(client.get("/apps/checkout/"))


def test_a_release_needs_a_reason(bob, world):
    assert "This field is required" in text(bob.post("/apps/checkout/release/", {"reason": " "}))
    page = said(bob.post("/apps/checkout/release/", {"reason": "Nobody knows it."}))
    assert "Anybody may claim it." in page
    assert "Nobody here answers" not in page
    world.checkout.refresh_from_db()
    assert world.checkout.owner is None


def test_a_waiting_transfer_stands_before_a_release(bob, world):
    offer(world)
    page = text(bob.post("/apps/checkout/release/", {"reason": "Away."}))
    assert "A transfer of Checkout to Lending waits" in page
    assert "See the transfer" in text(bob.get("/apps/checkout/"))


def test_an_offer_goes_to_the_other_team_and_is_accepted_there(client, world):
    client.force_login(world.bob)
    page = said(
        client.post("/apps/checkout/transfer/", {"to_team": "lending", "reason": "Loans."})
    )
    assert "Waits for the other side" in page
    assert "Withdraw" in page
    request = TransferRequest.objects.get()
    assert client.post(f"/transfers/{request.pk}/accept/").status_code == 403
    client.force_login(world.charlie)
    assert "Your answer for Lending" in text(client.get(f"/transfers/{request.pk}/"))
    assert "Lending owns Checkout now." in said(client.post(f"/transfers/{request.pk}/accept/"))
    again = said(client.post(f"/transfers/{request.pk}/accept/"))
    assert "This transfer is accepted by Charlie already." in again


def test_a_stranger_asks_the_owner_for_it(client, world):
    client.force_login(world.charlie)
    page = text(client.get("/apps/checkout/transfer/"))
    assert "Ask for Checkout" in page
    assert 'value="lending"' in page
    client.post("/apps/checkout/transfer/", {"to_team": "lending", "reason": "Loans."})
    request = TransferRequest.objects.get()
    assert request.side == "REQUEST"
    client.force_login(world.alice)
    page = text(client.post(f"/transfers/{request.pk}/decline/", {"reason": ""}))
    assert "This field is required" in page
    page = said(client.post(f"/transfers/{request.pk}/decline/", {"reason": "It is ours."}))
    assert "It is ours." in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"to_team": "acquiring", "reason": "x"}, "owns Checkout already"),
        ({"to_team": "nobody", "reason": "x"}, "No team is called"),
        ({"to_team": "lending", "reason": ""}, "This field is required"),
        ({"to_team": "", "reason": "x"}, "This field is required"),
        ({"to_team": "lending", "reason": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_a_transfer_that_cannot_be_says_why(bob, typed, told):
    assert told in text(bob.post("/apps/checkout/transfer/", typed))
    assert not TransferRequest.objects.exists()


def test_a_transfer_is_withdrawn_by_the_side_that_asked(client, world):
    request = offer(world)
    client.force_login(world.charlie)
    assert client.post(f"/transfers/{request.pk}/withdraw/").status_code == 403
    client.force_login(world.alice)
    assert "The transfer is withdrawn." in said(client.post(f"/transfers/{request.pk}/withdraw/"))
    assert "is withdrawn by Alice" in said(client.post(f"/transfers/{request.pk}/withdraw/"))


def test_an_expired_transfer_offers_to_ask_again(bob, world, now):
    request = offer(world, expires_at=now - timedelta(seconds=1))
    page = text(bob.get(f"/transfers/{request.pk}/"))
    assert "Nobody answered in time" in page
    assert "Accept" not in page


def test_what_nobody_owns_is_claimed_not_transferred(bob, orphan):
    assert bob.get("/apps/orphan/transfer/")["Location"] == "/apps/orphan/claim/"


def test_what_waits_for_me_is_on_my_home_page(client, world, now):
    request = offer(world)
    Application.objects.filter(pk=world.checkout.pk).update(attested_at=now - timedelta(days=182))
    client.force_login(world.charlie)
    page = text(client.get("/"))
    assert "Acquiring offers you Checkout" in page
    assert f'href="/transfers/{request.pk}/"' in page
    client.force_login(world.bob)
    page = text(client.get("/"))
    assert "offers you" not in page
    assert "Is Checkout still owned by Acquiring?" in page
    assert 'action="/apps/checkout/attest/"' in page
    TransferRequest.objects.update(state=TransferState.WITHDRAWN, decided_at=now)
    client.force_login(world.charlie)
    assert "offers you" not in text(client.get("/"))


@pytest.mark.parametrize(
    ("days", "seen_by"),
    [
        (165, set()),
        (166, {"bob"}),
        (193, {"bob"}),
        (194, {"bob", "head of cards"}),
        (208, {"bob", "head of cards", "head of payments", "olive"}),
    ],
)
def test_a_missing_word_climbs_the_tree_with_time(client, world, now, days, seen_by):
    heads = {
        "head of cards": UserFactory.create(),
        "head of payments": UserFactory.create(),
        "bob": world.bob,
        "olive": world.olive,
        "charlie": world.charlie,
    }
    MembershipFactory.create(team=world.cards, user=heads["head of cards"], role="LEAD")
    MembershipFactory.create(team=world.payments, user=heads["head of payments"], role="LEAD")
    Application.objects.filter(pk=world.checkout.pk).update(attested_at=now - days * DAY)
    seen = set()
    for name, person in heads.items():
        client.force_login(person)
        page = text(client.get("/"))
        if "still owned by Acquiring?" in page or "1 application was not confirmed" in page:
            seen.add(name)
    assert seen == seen_by


DAY = timedelta(days=1)


def test_retiring_names_what_depends_on_it_first(bob, world):
    assert "Retire it all the same" not in text(bob.get("/apps/checkout/retire/"))
    DependencyFactory.create(from_application=world.loans, to_application=world.checkout)
    page = text(bob.get("/apps/checkout/retire/"))
    assert "Do not work without it" in page
    assert '<a href="/apps/loans/">Loans</a>' in page
    page = text(bob.post("/apps/checkout/retire/", {"reason": "Replaced."}))
    assert "Loans does not work without Checkout. Move them first, or confirm." in page
    page = said(bob.post("/apps/checkout/retire/", {"reason": "Replaced.", "confirmed": "on"}))
    assert "Checkout is retired." in page
    page = text(bob.post("/apps/checkout/retire/", {"reason": "Again.", "confirmed": "on"}))
    assert "Checkout is retired. Revive it first." in page


def test_a_retired_application_leaves_lists_counts_and_home_and_comes_back(bob, world):
    bob.post("/apps/checkout/retire/", {"reason": "Replaced."})
    assert "/apps/checkout/" not in text(bob.get("/apps/"))
    assert "/apps/checkout/" in text(bob.get("/apps/?lifecycle=RETIRED"))
    assert "/apps/checkout/" not in text(bob.get("/"))
    assert "1 application" not in text(bob.get("/teams/?under=payments"))
    assert "Acquiring · retired" in text(bob.get("/search/?q=checkout"))
    page = text(bob.post("/apps/checkout/revive/", {"reason": "", "lifecycle": "RETIRED"}))
    assert "This field is required" in page
    assert "Select a valid choice" in page
    page = said(
        bob.post("/apps/checkout/revive/", {"reason": "Needed.", "lifecycle": "PRODUCTION"})
    )
    assert "Checkout is back." in page
    assert "/apps/checkout/" in text(bob.get("/apps/"))
    page = text(bob.post("/apps/checkout/revive/", {"reason": "x", "lifecycle": "PRODUCTION"}))
    assert "Checkout is not retired." in page


def test_strangers_neither_retire_nor_revive_nor_release(client, world):
    client.force_login(world.charlie)
    for path in ("retire", "revive", "release"):
        for response in (
            client.get(f"/apps/checkout/{path}/"),
            client.post(f"/apps/checkout/{path}/", {"reason": "x"}),
        ):
            assert response.status_code == 403
    assert client.post("/apps/checkout/environments/production/retire/").status_code == 403


def test_an_environment_is_retired_and_comes_back(bob, world):
    path = "/apps/checkout/environments/production"
    assert "Production is retired." in said(bob.post(f"{path}/retire/"))
    assert "retired already" in said(bob.post(f"{path}/retire/"))
    assert "(retired)" in text(bob.get("/apps/checkout/"))
    assert "Production is back." in said(bob.post(f"{path}/revive/"))
    foreign = EnvironmentFactory.create(application=world.loans, slug="foreign")
    assert bob.post(f"/apps/checkout/environments/{foreign.slug}/retire/").status_code == 404


def test_the_pages_of_a_retired_application_say_that_it_changes_no_more(bob, world):
    dependency = DependencyFactory.create(from_application=world.checkout)
    bob.post("/apps/checkout/retire/", {"reason": "Replaced."})
    environment, repository = {"name": "Live", "position": 0}, {"url": "/srv/git/till.git"}
    told = "Checkout is retired. Revive it first."
    for path, typed in (
        ("environments/new", environment),
        ("environments/production/edit", environment),
        ("repositories/new", repository),
        (f"repositories/{world.repository.pk}/edit", repository),
        (f"dependencies/{dependency.pk}/edit", {"kind": "SOFT"}),
    ):
        assert told in text(bob.post(f"/apps/checkout/{path}/", typed)), path
    for path in (
        "environments/production/retire",
        "environments/production/revive",
        f"dependencies/{dependency.pk}/remove",
    ):
        assert told in said(bob.post(f"/apps/checkout/{path}/")), path
    assert world.checkout.dependencies.get().kind == "HARD"


def test_what_is_not_there_is_not_found(bob):
    for path in (
        "/apps/nothing/ownership/",
        "/apps/nothing/transfer/",
        "/apps/nothing/release/",
        "/apps/nothing/retire/",
        "/apps/nothing/revive/",
        "/transfers/999999/",
    ):
        assert bob.get(path).status_code == 404
    for path in ("/apps/nothing/attest/", "/transfers/999999/accept/"):
        assert bob.post(path).status_code == 404


def test_the_pages_stay_within_their_queries(client, world, now, django_assert_max_num_queries):
    for number in range(30):
        OwnershipPeriodFactory.create(
            application=world.checkout,
            since=now - (number + 1) * DAY,
            until=now - number * DAY if number else None,
            by=UserFactory.create(),
            team=TeamFactory.create(),
        )
        TransferRequest.objects.create(
            application=world.checkout,
            from_team=world.acquiring,
            to_team=TeamFactory.create(),
            side="OFFER",
            reason="x",
            requested_by=UserFactory.create(),
            requested_at=now,
            expires_at=now,
            state=TransferState.EXPIRED,
            decided_at=now,
        )
    for person in (world.bob, world.charlie, world.olive):
        client.force_login(person)
        request = TransferRequest.objects.earliest("id")
        for path in (
            "/apps/checkout/ownership/",
            "/apps/checkout/transfer/",
            f"/transfers/{request.pk}/",
        ):
            with django_assert_max_num_queries(12):
                assert client.get(path).status_code == 200


def test_histories_are_not_imported_into_what_is_retired(bob, world):
    bob.post("/apps/checkout/environments/production/retire/")
    form = bob.get("/apps/checkout/import/").context["form"]
    assert list(form.fields["environment"].queryset) == []
