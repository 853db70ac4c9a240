"""Money to the penny: lines from shifts and call-outs, approved by two, frozen, put right later."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from oncall.adapters.tariffs import SHIPPED, RulesError, read_rules
from oncall.models import Change, DutyRole, Hours, PayReport, PayScheme, ReportState, Shift
from oncall.selectors.pay import draft, paying_teams, scheme_for
from oncall.services.callouts import strike_callout
from oncall.services.holidays import load_holidays
from oncall.services.overrides import make_override
from oncall.services.pay import (
    PayError,
    approve_report,
    choose_grade,
    define_scheme,
    set_grade,
)
from oncall.services.rotas import change_rota
from oncall.services.shifts import freeze_shifts
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Membership, TeamRole
from portal.notifications.models import Notice
from tests.conftest import NOW
from tests.factories import UserFactory
from tests.oncall.pay.scene import called, past_rota
from tests.oncall.scene import at, layer, people, rota

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
LATER = at("2026-04-04T12:00")


@pytest.fixture
def nights(world):
    """February whole, as the team's clocks and the rota's are both those of London."""
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    return past_rota(world)


def uk(world, **changes):
    rules = deepcopy(SHIPPED["uk-cloud-platform"]["rules"])
    rules["rates"][0] |= changes
    return define_scheme(
        team=None, name="Nights", currency="GBP", valid_from=date(2026, 1, 1), rules=rules,
        actor=world.olive, now=NOW,
    )  # fmt: skip


def flat(world, **values):
    return define_scheme(
        name="Flat", currency="GBP", valid_from=date(2026, 1, 1), rules=SHIPPED["flat"]["rules"],
        actor=world.olive, now=NOW, **{"team": None, **values},
    )  # fmt: skip


def graded(world, some, rate="200.00"):
    set_grade(
        name="G7", day_rate=Decimal(rate), valid_from=date(2026, 1, 1), actor=world.olive, now=NOW
    )
    for person in some:
        choose_grade(
            person=person, grade="G7", valid_from=date(2026, 1, 1), actor=world.olive, now=NOW
        )


def sums(team, month=FEBRUARY):
    return {one.name: one for one in draft(team, month).people}


def approve(world, month=FEBRUARY, actor=None, now=NOW):
    return approve_report(
        team=world.acquiring, month=month, seen=draft(world.acquiring, month).digest,
        actor=actor or world.olive, now=now,
    )  # fmt: skip


# --- Lines ------------------------------------------------------------------------------------


def test_a_month_by_the_published_rule_to_the_penny(world, nights):
    uk(world)
    graded(world, people(world))
    called(nights, world.bob, at("2026-02-03T01:00"), 2.75)
    found = sums(world.acquiring)
    # Bob's week, 2 to 9 February: five nights of 15.5 h and a weekend of 48 h: 125.5 h.
    bob = found["Bob"]
    assert sum(bob.hours.values()) == Decimal("125.5")
    standby, out = bob.lines
    assert (standby["hours"], standby["units"]) == ("125.5", "15.6875")
    assert standby["amount"] == "470.62"  # 15.6875 x 30.00 = 470.625, half to even
    assert (out["hours"], out["units"], out["amount"]) == ("2.75", "2", "50.00")
    assert bob.amount == Decimal("520.62")
    assert bob.callouts == 1


def test_only_whole_blocks_when_the_scheme_says_so(world, nights):
    uk(world, part="none")
    graded(world, people(world))
    assert sums(world.acquiring)["Bob"].amount == Decimal("450.00")


def test_part_blocks_count_whole_when_the_scheme_says_so(world, nights):
    uk(world, part="whole")
    graded(world, people(world))
    assert sums(world.acquiring)["Bob"].amount == Decimal("480.00")


def test_a_flat_amount_for_each_night_and_day_of_a_weekend(world, nights):
    flat(world)
    bob = sums(world.acquiring)["Bob"]
    # Monday to Thursday night, and Friday 17:30 to Monday 09:00, which is 63.5 h: three days begun.
    assert bob.lines[0]["units"] == "7"
    assert bob.amount == Decimal("315.00")


def test_hours_are_cut_where_the_month_begins_and_ends(world, nights):
    # Alice: 26 January to 2 February. Only Sunday and the night to Monday are of February.
    alice = sums(world.acquiring)["Alice"]
    first = [line["stretches"][0] for line in alice.lines]
    assert min(one[0] for one in first) == "2026-02-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("month", "start", "hours"),
    [
        (MARCH, at("2026-03-23T09:00"), Decimal("124.5")),
        (date(2026, 10, 1), at("2026-10-19T08:00"), Decimal("126.5")),
    ],
)
def test_the_nights_on_which_clocks_change_pay_real_hours(world, month, start, hours):
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    some = [world.bob]
    rota(
        world, some, now=start, starts_at=start,
        drafts=[layer(some, begins_on=start.date(), ends_at=start + timedelta(days=7, hours=1))],
    )  # fmt: skip
    freeze_shifts(now=start + timedelta(days=60))
    uk(world)
    graded(world, some, "160.00")
    bob = sums(world.acquiring, month)["Bob"]
    assert sum(bob.hours.values()) == hours
    assert bob.amount == (sum(bob.hours.values()) * 3).quantize(Decimal("0.01"))


def test_a_holiday_that_is_observed_elsewhere_is_paid_once(world):
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    start = at("2026-12-21T09:00")
    calendar = load_holidays(country="GB", subdivision="ENG", now=start, years=[2026])
    # Boxing Day 2026 is a Saturday, observed on Monday the 28th.
    assert calendar.days.get(day=date(2026, 12, 26)).is_observed_elsewhere
    some = [world.bob]
    rota(
        world, some, now=start, starts_at=start, calendar=calendar,
        drafts=[layer(some, begins_on=start.date())],
    )  # fmt: skip
    bob = sums(world.acquiring, date(2026, 12, 1))["Bob"]
    # Christmas Day, a Friday, and Monday the 28th are whole days.
    assert bob.hours["holiday"] == 48
    assert bob.hours["weekend"] == 48


def test_two_roles_at_once_are_an_hour_once(world, nights):
    made = rota(world, [world.bob], name="Also", now=NOW - timedelta(days=29),
                drafts=[layer([world.bob], begins_on=date(2026, 2, 2))])  # fmt: skip
    freeze_shifts(now=NOW)
    assert made.shifts.filter(person=world.bob).exists()
    known = draft(world.acquiring, FEBRUARY)
    shifts = Shift.objects.filter(person=world.bob, rota__team=world.acquiring)
    union = sum(one.hours["weekday"] + one.hours["weekend"] for one in known.people
                if one.name == "Bob")  # fmt: skip
    summed = sum((one.ends_at - one.starts_at).total_seconds() for one in shifts) / 3600
    assert union < summed
    assert not [flag for flag in known.flags if "lines say" in flag.words]


def test_working_hours_of_a_rota_around_the_clock_are_not_paid_out_of_hours(world):
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    start = at("2026-02-02T00:00")
    some = [world.bob]
    rota(
        world, some, now=start, starts_at=start, hours=Hours.ALWAYS,
        drafts=[layer(some, begins_on=start.date(), hours="ALWAYS")],
    )  # fmt: skip
    bob = sums(world.acquiring)["Bob"]
    assert sum(bob.hours.values()) == 27 * 24 - 20 * Decimal("8.5")


def test_without_a_scheme_hours_are_counted_and_no_money_is_guessed(world, nights):
    bob = sums(world.acquiring)["Bob"]
    assert bob.amount is None
    assert {line["rate"] for line in bob.lines} == {"Standby, weekday", "Standby, weekend"}


def test_without_a_day_rate_units_are_shown_and_the_flag_says_why(world, nights):
    uk(world)
    graded(world, [world.alice])
    known = draft(world.acquiring, FEBRUARY)
    assert known.amount is None
    assert ("Bob", "No day rate is set, so only units are shown.") in known.flags
    assert [one.amount is None for one in known.people if one.name in {"Alice", "Bob"}] == [
        False,
        True,
    ]


def test_a_call_out_outside_every_shift_is_flagged(world, nights):
    called(nights, world.bob, at("2026-02-20T01:00"), 2)
    known = draft(world.acquiring, FEBRUARY)
    assert any(flag.name == "Bob" and "outside every shift: 2 h" in flag.words
               for flag in known.flags)  # fmt: skip


def test_hours_for_another_team_at_once_are_flagged(world, nights):
    rota(
        world, [world.bob], name="Loans", team=world.lending, actor=world.olive,
        now=at("2026-02-02T09:00"), drafts=[layer([world.bob], begins_on=date(2026, 2, 2))],
    )  # fmt: skip
    flags = draft(world.acquiring, FEBRUARY).flags
    assert any("another team" in flag.words for flag in flags if flag.name == "Bob")


def test_the_nearest_and_latest_scheme_counts(world):
    company = uk(world)
    assert scheme_for(world.acquiring, FEBRUARY) == company
    division = flat(world, team=world.payments)
    assert scheme_for(world.acquiring, FEBRUARY) == division
    again = flat(world, team=world.payments)
    assert scheme_for(world.acquiring, FEBRUARY) == again
    assert again.number == 2
    assert scheme_for(world.lending, FEBRUARY) == company
    assert scheme_for(world.lending, date(2025, 12, 1)) is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"rates": []},
        {"rates": [{"name": ""}]},
        {"rates": 7},
        {"rates": [SHIPPED["flat"]["rules"]["rates"][0] | {"amount": "-1"}]},
        {"rates": [SHIPPED["flat"]["rules"]["rates"][0] | {"amount": "NaN"}]},
        {"rates": [SHIPPED["flat"]["rules"]["rates"][0] | {"amount": "many"}]},
        {"rates": [SHIPPED["flat"]["rules"]["rates"][0] | {"hours": "0"}]},
        {"rates": [SHIPPED["flat"]["rules"]["rates"][0] | {"duty": "asleep"}]},
        {"rates": [SHIPPED["flat"]["rules"]["rates"][0]] * 2},
    ],
)
def test_rules_that_cannot_be_read_are_refused(broken):
    with pytest.raises(RulesError):
        read_rules({"is_instead": False, "rounding": "half even", **broken})


def test_only_operations_set_what_is_paid(world):
    for actor in (world.alice, world.eve):
        with pytest.raises(NotAllowedError):
            set_grade(name="G", day_rate=Decimal(1), valid_from=MARCH, actor=actor, now=NOW)
        with pytest.raises(NotAllowedError):
            choose_grade(person=world.bob, grade="", valid_from=MARCH, actor=actor, now=NOW)
    with pytest.raises(PayError, match="no grade"):
        choose_grade(person=world.bob, grade="G9", valid_from=MARCH, actor=world.olive, now=NOW)
    with pytest.raises(PayError, match="first day of a month"):
        define_scheme(
            team=None, name="N", currency="GBP", valid_from=date(2026, 3, 2),
            rules=SHIPPED["flat"]["rules"], actor=world.olive, now=NOW,
        )  # fmt: skip
    assert not PayScheme.objects.exists()


# --- Approval ---------------------------------------------------------------------------------


def test_nobody_approves_a_report_that_they_are_in_alone(world, nights):
    flat(world)
    report = approve(world, actor=world.alice)
    assert (report.state, report.checked_by) == (ReportState.CHECKED, world.alice)
    assert Entry.objects.latest("id").event == "oncall.pay.checked"
    with pytest.raises(PayError, match="second person"):
        approve(world, actor=world.alice)
    dora = people(world)[2]
    Membership.objects.filter(user=dora).update(role=TeamRole.LEAD)
    report = approve(world, actor=dora)
    assert (report.state, report.approved_by) == (ReportState.APPROVED, dora)
    assert Notice.objects.filter(user=world.bob, kind="oncall.pay.ready").exists()


def test_who_is_not_in_it_approves_it_at_once_and_once(world, nights):
    report = approve(world)
    assert (report.state, report.checked_by) == (ReportState.APPROVED, None)
    with pytest.raises(PayError, match="Olive has approved it already"):
        approve(world)
    assert Entry.objects.filter(event="oncall.pay.approved").count() == 1


def test_what_was_checked_and_changed_is_a_draft_again(world, nights):
    approve(world, actor=world.alice)
    called(nights, world.bob, at("2026-02-03T01:00"))
    assert draft(world.acquiring, FEBRUARY).state == ReportState.DRAFT
    report = approve(world, actor=world.alice)
    assert report.state == ReportState.CHECKED


def test_a_report_is_approved_as_it_was_seen_or_not_at_all(world, nights):
    seen = draft(world.acquiring, FEBRUARY).digest
    called(nights, world.bob, at("2026-02-03T01:00"))
    with pytest.raises(PayError, match="changed since you opened it"):
        approve_report(team=world.acquiring, month=FEBRUARY, seen=seen, actor=world.olive, now=NOW)
    assert not PayReport.objects.exists()


def test_a_month_under_way_is_not_approved(world, nights):
    for now in (NOW, at("2026-04-01T12:00")):
        with pytest.raises(PayError, match="not over for a day"):
            approve(world, month=MARCH, now=now)
    for actor in (world.bob, world.charlie, world.eve, world.audrey):
        with pytest.raises(NotAllowedError):
            approve(world, actor=actor)


def test_a_frozen_report_stays_whatever_changes_later(world, nights):
    uk(world)
    graded(world, people(world))
    report = approve(world)
    before = draft(world.acquiring, FEBRUARY)
    make_override(
        rota=nights, kind=Change.COVER, role=DutyRole.PRIMARY, comes=world.alice,
        starts_at=NOW + timedelta(hours=6), ends_at=NOW + timedelta(hours=20),
        actor=world.alice, now=NOW,
    )  # fmt: skip
    nights.refresh_from_db()
    change_rota(rota=nights, seen=nights.revision, hours=Hours.ALWAYS, actor=world.alice, now=NOW)
    flat(world)
    called(nights, world.bob, at("2026-02-03T01:00"), actor=world.alice)
    after = draft(world.acquiring, FEBRUARY)
    assert (after.lines, after.digest, after.amount) == (
        before.lines,
        report.digest,
        before.amount,
    )
    with pytest.raises(DatabaseError, match="is a record"), transaction.atomic():
        PayReport.objects.filter(pk=report.pk).update(lines=[])
    with pytest.raises(DatabaseError, match="is a record"), transaction.atomic():
        report.delete()


def test_a_correction_after_approval_is_a_difference_of_the_next_month_and_of_one_only(
    world, nights
):
    uk(world)
    graded(world, people(world))
    callout = called(nights, world.bob, at("2026-02-03T01:00"), 2)
    approve(world)
    with pytest.raises(NotAllowedError, match="is approved"):
        strike_callout(callout=callout, actor=world.bob, now=NOW)
    strike_callout(callout=callout, actor=world.alice, now=NOW)
    called(nights, world.bob, at("2026-02-04T01:00"), 5)
    freeze_shifts(now=LATER)
    found = [
        line for line in sums(world.acquiring, MARCH)["Bob"].lines if line["duty"] == "difference"
    ]
    assert [(line["rate"], line["amount"]) for line in found] == [
        ("Difference for February 2026", "75.00")
    ]
    approve(world, month=MARCH, now=LATER)
    later = sums(world.acquiring, date(2026, 4, 1)).get("Bob")
    assert not later or not [line for line in later.lines if line["duty"] == "difference"]


def test_a_rise_that_comes_late_is_paid_back(world, nights):
    uk(world)
    graded(world, [world.bob], "200.00")
    approve(world)
    set_grade(
        name="G7", day_rate=Decimal("210.00"), valid_from=date(2026, 2, 1), actor=world.olive,
        now=NOW,
    )  # fmt: skip
    found = [one for one in sums(world.acquiring, MARCH)["Bob"].lines if one["month"] < "2026-03"]
    assert [one["amount"] for one in found] == ["23.54"]  # 494.16 less 470.62


def test_the_rate_is_that_of_the_start_of_the_month(world, nights):
    uk(world)
    graded(world, [world.bob])
    set_grade(
        name="G7", day_rate=Decimal("900.00"), valid_from=date(2026, 2, 2), actor=world.olive,
        now=NOW,
    )  # fmt: skip
    assert sums(world.acquiring)["Bob"].amount == Decimal("470.62")


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_approve_once(world, nights):
    seen = draft(world.acquiring, FEBRUARY).digest
    other = UserFactory.create(email="oscar@example.com", name="Oscar", role="OPERATIONS")

    def try_it(actor):
        try:
            approve_report(team=world.acquiring, month=FEBRUARY, seen=seen, actor=actor, now=NOW)
        except PayError as error:
            return str(error)
        finally:
            connection.close()
        return "approved"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(try_it, (world.olive, other)))
    assert "has approved it already" in answers[0]
    assert answers[1] == "approved"
    assert Entry.objects.filter(event="oncall.pay.approved").count() == 1


def test_who_sees_the_pay_of_a_team(world, nights):
    for person in (world.bob, world.alice, world.olive, world.eve, world.audrey):
        assert list(paying_teams(person)) == [world.acquiring]
    assert not paying_teams(world.charlie).exists()


def test_the_draft_takes_the_same_few_queries(world, nights, django_assert_max_num_queries):
    uk(world)
    graded(world, people(world))
    approve(world)
    with django_assert_max_num_queries(8):
        draft(world.acquiring, MARCH)
