"""The lists of applications and teams: search, filters, order, pages, export."""

import csv
import io
import re
from datetime import timedelta

import pytest

from portal.catalogue.models import Team, TeamKind
from tests.catalogue.trail import last_event
from tests.factories import ApplicationFactory, MembershipFactory, SystemFactory, TeamFactory

QUERY_BUDGET = 12


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def names(response):
    """Return the names of the applications in the table, in order."""
    return re.findall(r'<th scope="row">\s*<a href="/apps/([^/]+)/">', response.content.decode())


def test_everybody_signed_in_sees_every_application(bob):
    assert names(bob.get("/apps/")) == ["checkout", "loans"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=CHECK", ["checkout"]),
        ("q=oan", ["loans"]),
        ("q=nothing", []),
        ("team=payments", ["checkout"]),
        ("team=Acquiring", ["checkout"]),
        ("team=nobody", []),
        ("tier=1", ["ledger"]),
        ("tier=9", []),
        ("lifecycle=DEPRECATED", ["ledger"]),
        ("holds=pci", ["ledger"]),
        ("show=unowned", ["ledger"]),
        ("show=missing", ["ghost"]),
        ("tag=java", ["ghost"]),
        ("tag=jav", []),
        ("q=Java", ["ghost"]),
        ("tag=No Tag", []),
        ("system=tills", ["ghost"]),
        ("system=nothing", []),
        ("attestation=ESCALATED", ["ghost"]),
        ("attestation=DUE", []),
        ("attestation=CURRENT", ["checkout", "loans"]),
        ("attestation=NEVER", []),
        ("lifecycle=RETIRED", ["old"]),
        ("show=mine", ["checkout"]),
        ("show=mine&q=loans", []),
        ("sort=-name", ["loans", "ledger", "ghost", "checkout"]),
        ("sort=tier", ["ledger", "checkout", "loans", "ghost"]),
        ("sort=owner", ["checkout", "ghost", "loans", "ledger"]),
        ("sort=-owner", ["loans", "ghost", "checkout", "ledger"]),
        ("sort=-registered", ["ledger", "ghost", "loans", "checkout"]),
        ("sort=owner__password", []),
    ],
)
def test_the_address_holds_what_is_shown(bob, now, time_machine, query, found):
    ApplicationFactory.create(
        slug="ledger",
        name="Ledger",
        owner=None,
        tier=1,
        lifecycle="DEPRECATED",
        data_classes=["pci"],
        registered_at=now,
    )
    ApplicationFactory.create(
        slug="ghost",
        name="Ghost",
        owner=TeamFactory.create(name="Empty"),
        tier=4,
        tags=["java"],
        system=SystemFactory.create(slug="tills"),
        attested_at=now - timedelta(days=300),
    )
    ApplicationFactory.create(slug="old", name="Old", lifecycle="RETIRED", tier=1)
    time_machine.move_to(now, tick=False)
    assert names(bob.get(f"/apps/?{query}")) == found


def test_the_tab_counts_what_nobody_owns_and_each_row_is_claimed_there(client, world):
    orphan = ApplicationFactory.create(name="Orphan", slug="orphan", owner=None)
    ApplicationFactory.create(owner=None, lifecycle="RETIRED")
    client.force_login(world.bob)
    page = client.get("/apps/?show=unowned").content.decode()
    assert "Without owner (1)" in page
    assert "Claim Orphan for Acquiring" in page
    MembershipFactory.create(team=world.cards, user=world.bob)
    page = client.get("/apps/?show=unowned").content.decode()
    assert '<option value="acquiring">' in page
    assert '<option value="cards">' in page
    client.force_login(world.olive)
    assert "Find an owner for Orphan" in client.get("/apps/?show=unowned").content.decode()
    client.force_login(world.eve)
    assert "Claim" not in client.get("/apps/?show=unowned").content.decode()
    client.force_login(world.bob)
    client.post("/apps/orphan/claim/", {"team": "cards"})
    orphan.refresh_from_db()
    assert orphan.owner == world.cards
    assert "Every application has an owner" in client.get("/apps/?show=unowned").content.decode()


def test_an_overdue_word_shows_in_the_list_and_is_given_there(bob, world, now, time_machine):
    time_machine.move_to(now, tick=False)
    for application in (world.checkout, world.loans):
        application.attested_at = now - timedelta(days=181)
        application.save()
    page = bob.get("/apps/").content.decode()
    assert page.count("Still ours") == 2  # one button: its words and its label
    assert page.count("tone-warning") >= 2
    assert 'action="/apps/checkout/attest/"' in page


def test_every_heading_that_sorts_does(bob):
    orders = re.findall(r'href="\?sort=([^"&]+)', bob.get("/apps/").content.decode())
    assert orders == ["-name", "owner", "tier", "registered"]
    for order in [*orders, *(order.removeprefix("-") for order in orders)]:
        assert len(names(bob.get(f"/apps/?sort={order}"))) == 2


def test_an_unknown_team_is_told_and_lets_nothing_through(bob):
    assert "No team is called “nobody”" in bob.get("/apps/?team=nobody").content.decode()


def test_a_page_has_fifty_and_leads_to_the_next_with_the_filters(bob, world):
    for number in range(60):
        ApplicationFactory.create(slug=f"many-{number:02}", name=f"Many {number:02}")
    first = bob.get("/apps/?q=many&sort=name")
    assert len(names(first)) == 50
    assert 'href="?q=many&amp;sort=name&amp;page=2"' in first.content.decode()
    assert names(bob.get("/apps/?q=many&sort=name&page=2"))[0] == "many-50"
    assert names(bob.get("/apps/?q=many&page=99"))[0] == "many-50"


def test_htmx_gets_the_table_alone_and_the_whole_page_when_going_back(bob):
    table = bob.get("/apps/?q=check", headers={"HX-Request": "true"})
    assert table.content.decode().lstrip().startswith('<div class="stack-tight" id="table">')
    assert "1 application\n" in table.content.decode()
    back = bob.get("/apps/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in back.content.decode()
    assert "HX-Request" in table["Vary"]


def test_an_empty_list_offers_the_next_step(client, world):
    client.force_login(world.bob)
    assert "Show all" in client.get("/apps/?q=nothing").content.decode()
    world.production.delete()
    world.repository.delete()
    world.checkout.delete()
    world.loans.delete()
    assert "Register the first one" in client.get("/apps/").content.decode()
    client.force_login(world.eve)
    page = client.get("/apps/").content.decode()
    assert "Teams register their own" in page
    assert "/apps/new/" not in page


def test_the_export_is_the_filtered_list_and_on_record(bob, world):
    ApplicationFactory.create(slug="evil", name='=HYPERLINK("http://x")', owner=world.cards)
    ApplicationFactory.create(slug="orphan", name="Orphan", owner=None, data_classes=["pci"])
    world.checkout.tags = ["java"]
    world.checkout.save()
    response = bob.get("/apps/export.csv?team=payments")
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert [row["address"] for row in rows] == ["evil", "checkout"]
    assert rows[0]["name"] == '\'=HYPERLINK("http://x")'
    assert rows[1]["owner"] == "acquiring"
    assert rows[1]["tags"] == "java"
    assert rows[1]["owner's word since"] == "2026-03-01T00:00:00Z"
    assert rows[1]["registered at"] == "2024-01-01T00:00:00Z"
    assert last_event() == "bob@example.com exported 2 rows of applications"


def test_the_list_stays_within_its_queries_with_many_rows(
    bob, world, django_assert_max_num_queries
):
    for number in range(60):
        ApplicationFactory.create(name=f"Many {number}", owner=TeamFactory.create())
    for query in ("", "?team=payments&q=a", "?show=mine", "?sort=-owner&page=2"):
        with django_assert_max_num_queries(QUERY_BUDGET):
            bob.get(f"/apps/{query}")


def test_the_tree_shows_every_team_with_its_applications_and_leads(bob):
    page = bob.get("/teams/").content.decode()
    for name in ("Payments", "Cards", "Acquiring", "Lending", "led by Alice"):
        assert name in page
    assert re.search(r'href="/apps/\?team=payments">\s*1 application\s*<', page)


def test_a_search_for_teams_lists_them_with_their_place(bob):
    page = bob.get("/teams/?q=acq").content.decode()
    assert "Acquiring" in page
    assert "Payments / Cards" in page
    assert "Lending" not in page
    assert "No team fits" in bob.get("/teams/?q=nothing").content.decode()


def test_a_large_tree_is_folded_and_opened_level_by_level(
    bob, world, django_assert_max_num_queries
):
    for number in range(210):
        TeamFactory.create(name=f"Squad {number}", parent=world.cards)
    with django_assert_max_num_queries(QUERY_BUDGET):
        page = bob.get("/teams/").content.decode()
    assert "Squad 7" not in page
    assert re.search(r'href="/teams/\?under=cards">\s*211 teams below', page)
    assert "Squad 7" in bob.get("/teams/?under=cards").content.decode()


def test_an_empty_tree_offers_the_first_team(client, world):
    client.force_login(world.olive)
    for team in (world.checkout, world.loans):
        team.owner = None
        team.save()
    for team in (world.acquiring, world.lending, world.cards, world.payments):
        team.delete()
    assert "Create the first one" in client.get("/teams/").content.decode()


def test_the_export_of_teams_is_on_record(bob):
    rows = csv.DictReader(io.StringIO(bob.get("/teams/export.csv?q=a").getvalue().decode()))
    found = {row["address"]: row for row in rows}
    assert found["acquiring"]["under"] == "cards"
    assert found["acquiring"]["leads"] == "Alice"
    assert found["acquiring"]["own applications"] == "1"
    assert last_event() == "bob@example.com exported 3 rows of teams"


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("acq", ["acquiring"]),
        ("PAY", ["payments"]),
        ("", ["acquiring", "cards", "lending", "payments"]),
    ],
)
def test_teams_are_suggested_while_one_types(bob, typed, suggested):
    page = bob.get(
        "/options/teams/",
        {"owner": typed},
        headers={"HX-Request": "true", "HX-Trigger-Name": "owner"},
    )
    assert re.findall(r'value="([^"]+)"', page.content.decode()) == suggested


def test_people_are_suggested_and_closed_accounts_are_not(bob, world):
    world.charlie.is_active = False
    world.charlie.save()
    page = bob.get("/options/people/?q=li").content.decode()
    assert re.findall(r'value="([^"]+)"', page) == ["alice@example.com", "olive@example.com"]


def test_mine_includes_what_is_below_my_teams(client, world):
    MembershipFactory.create(team=world.payments, user=world.eve)
    client.force_login(world.eve)
    assert names(client.get("/apps/?show=mine")) == ["checkout"]
    assert Team.objects.filter(kind=TeamKind.TEAM).count() == 2
