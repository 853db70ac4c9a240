"""Fairness over union time, the marks, who levels it, and the figures of months."""

import csv
import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from oncall.models import DutyMonth, DutyRole, Gap
from oncall.rota import Mark, Span
from oncall.selectors.fairness import fairness, with_suggestions
from oncall.selectors.months import cover_by_tier, figures
from oncall.services.leave import add_leave
from oncall.services.months import count_months
from portal.audit.models import Entry
from portal.catalogue.models import Tier
from tests.conftest import NOW
from tests.oncall.pay.scene import called, past_rota
from tests.oncall.scene import at, layers, people

LONDON = ZoneInfo("Europe/London")
PERIOD = Span(at("2026-02-02T09:00"), at("2026-03-02T09:00"))
FEBRUARY = date(2026, 2, 1)


@pytest.fixture
def nights(world):
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    return past_rota(world)


@pytest.fixture
def at_now(time_machine):
    time_machine.move_to(NOW, tick=False)


def by_name(found):
    return {one.person.name: one for one in found.people}


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_four_who_take_turns_carry_a_quarter_each(world, nights):
    called(nights, world.bob, at("2026-02-03T01:00"))
    found = by_name(fairness([nights], PERIOD, LONDON))
    assert sorted(found) == ["Alice", "Bob", "Dora", "Emil"]
    for one in found.values():
        assert one.whole.share == pytest.approx(0.25)
        assert one.weekends.share == pytest.approx(0.25)
        assert one.whole.mark == Mark.LIGHT
        assert one.whole.hours == 125.5
    assert [found[name].callouts for name in ("Alice", "Bob")] == [0, 1]


def test_two_roles_are_a_half_each_and_too_much(world):
    some = people(world)
    made = past_rota(
        world,
        some,
        drafts=[
            *layers(some, begins_on=date(2026, 1, 26)),
        ],
    )
    found = fairness([made], PERIOD, LONDON)
    assert {one.whole.mark for one in found.people} == {Mark.TOO_MUCH}
    # Twice at once, in two rotas of the same hours, is still once.
    again = past_rota(world, some, name="The same again", drafts=[
        *layers(some, begins_on=date(2026, 1, 26)),
    ])  # fmt: skip
    twice = fairness([made, again], PERIOD, LONDON)
    assert [one.whole.hours for one in twice.people] == [one.whole.hours for one in found.people]


def test_where_it_is_carried(world, nights):
    world.bob.zone = "Asia/Kolkata"
    world.bob.save()
    found = fairness([nights], PERIOD, LONDON)
    assert [(zone, round(share, 2)) for zone, share in found.zones] == [
        ("UTC", 0.75),
        ("Asia/Kolkata", 0.25),
    ]


def test_who_carries_the_fewest_weekends_and_is_free_is_named(world, nights):
    found = fairness([nights], PERIOD, LONDON)
    assert with_suggestions(found, [nights], now=NOW).suggestions == []
    emil = people(world)[3]
    weekend = nights.shifts.filter(
        person=emil, starts_at__lte=at("2026-03-21T12:00"), ends_at__gt=at("2026-03-21T12:00")
    ).get()
    add_leave(
        person=emil, starts_at=weekend.starts_at, ends_at=weekend.ends_at, actor=emil, now=NOW
    )
    assert Gap.objects.filter(rota=nights).exists()
    (one,) = with_suggestions(found, [nights], now=NOW).suggestions
    assert one.gap.starts_at == weekend.starts_at
    assert one.person in {world.alice, world.bob, people(world)[2]}


def test_the_page_is_for_the_team_and_those_who_oversee(
    world, nights, client, at_now, django_assert_max_num_queries
):
    client.force_login(world.bob)
    with django_assert_max_num_queries(12):
        page = text(client.get(reverse("fairness")))
    assert "Share of hours" in page
    assert "<svg" in page
    for query in ("?team=acquiring&period=year", "?team=acquiring&period=ahead"):
        assert "Bob" in text(client.get(reverse("fairness") + query))
    assert "Select a valid choice" in text(client.get(reverse("fairness") + "?period=never"))
    client.force_login(world.charlie)
    assert client.get(reverse("fairness") + "?team=acquiring").status_code == 404
    assert "Choose a team" in text(client.get(reverse("fairness")))


def test_the_export_is_audited(world, nights, client, at_now):
    client.force_login(world.alice)
    response = client.get(reverse("fairness-csv") + "?team=acquiring")
    rows = list(csv.reader(response.getvalue().decode().splitlines()))
    assert {row[0] for row in rows[1:]} == {"Alice", "Bob", "Dora", "Emil"}
    assert Entry.objects.latest("id").event == "oncall.fairness.exported"


def test_a_month_is_counted_from_records(world, nights):
    called(nights, world.bob, at("2026-02-03T01:00"), 2)
    called(nights, world.bob, at("2026-02-07T12:00"), 1)
    count_months(now=NOW)
    row = DutyMonth.objects.get()
    assert (row.rota, row.month) == (nights, FEBRUARY)
    assert (row.callouts, row.nights, row.nights_interrupted) == (2, 28, 1)
    assert row.rest_breaches == 1
    assert row.covered_seconds == row.meant_seconds == (28 * 24 - 20 * 8.5) * 3600
    assert row.heaviest_share == pytest.approx(0.25, abs=0.01)
    before = row.computed_at
    count_months(now=NOW + timedelta(hours=3))
    row.refresh_from_db()
    assert row.computed_at == before


def test_hours_without_a_primary_are_not_covered(world):
    some = [world.bob]
    made = past_rota(
        world, some, drafts=[
            *layers(some, begins_on=date(2026, 1, 26), ends_at=at("2026-02-15T00:00"))[:1]
        ],
    )  # fmt: skip
    count_months(now=NOW)
    row = DutyMonth.objects.get(rota=made)
    assert 0 < row.covered_seconds < row.meant_seconds
    assert made.gaps.filter(role=DutyRole.PRIMARY).exists()


def test_what_was_not_counted_is_no_data_and_never_nought(world, nights):
    count_months(now=NOW)
    february, january = figures(world.acquiring, before=FEBRUARY, months=2)
    assert (february.cover, february.per_shift) == (1, 0)
    assert (january.cover, january.per_shift, january.rest_breaches, january.heaviest) == (
        None,
        None,
        None,
        None,
    )
    tiers = {tier: (number, share) for tier, number, share in cover_by_tier(february)}
    assert tiers[Tier.ONE] == (0, None)


def test_the_page_of_load_shows_them(world, nights, client, at_now, django_assert_max_num_queries):
    client.force_login(world.charlie)
    assert "No month was counted yet" in text(client.get(reverse("oncall-load")))
    count_months(now=NOW)
    for query in ("", "?team=acquiring"):
        with django_assert_max_num_queries(12):
            page = text(client.get(reverse("oncall-load") + query))
        assert "February 2026" in page
        assert "100%" in page


def test_the_page_of_a_team_leads_to_its_cover_and_load(world, nights, client, at_now):
    count_months(now=NOW)
    client.force_login(world.bob)
    assert 'hx-get="/oncall/load/?team=acquiring"' in text(client.get("/teams/acquiring/"))
    assert 'id="latest"' in text(client.get("/oncall/load/?team=acquiring"))
