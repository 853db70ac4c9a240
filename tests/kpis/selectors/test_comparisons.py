"""Scopes side by side, and what moved most."""

import pytest

from kpis.metrics.definitions import KPIS
from kpis.metrics.periods import parse_period
from kpis.metrics.standing import Standing
from kpis.selectors.comparisons import compare
from kpis.selectors.movers import movers
from kpis.selectors.scopes import scope_of_application, scope_of_team
from tests.factories import ApplicationFactory, TeamFactory
from tests.kpis.rollups import NOTHING, write_rollup

FEBRUARY = parse_period("month", "2026-02")


@pytest.fixture
def three(world):
    """Three applications whose lead times are 1, 2 and 3 days, the last of a team in India."""
    kolkata = TeamFactory.create(zone="Asia/Kolkata")
    applications = [
        ApplicationFactory.create(name="Ash"),
        ApplicationFactory.create(name="Birch"),
        ApplicationFactory.create(name="Cedar", owner=kolkata),
    ]
    scopes = [scope_of_application(one) for one in applications]
    for days, scope in enumerate(scopes, start=1):
        write_rollup(scope, "2026-02", lead_p50=days * 86_400.0)
    return scopes


def names(comparison):
    return [line.scope.name for line in comparison.lines]


def test_the_worst_comes_first_and_what_is_not_known_last(three, world, now):
    scopes = [scope_of_application(world.loans), *three]
    comparison = compare(scopes, period=FEBRUARY, now=now)
    assert names(comparison) == ["Cedar", "Birch", "Ash", "Loans"]
    assert comparison.lines[-1].place is None
    assert {cell.text for cell in comparison.lines[-1].cells} == {"No data"}


def test_cells_say_where_they_stand(three, now):
    lines = compare(three, period=FEBRUARY, now=now).lines
    places = {line.scope.name: line.cell("lead_time").standing for line in lines}
    assert places == {"Ash": Standing(0), "Birch": Standing(0.5), "Cedar": Standing(1)}
    # All three are the same here: nobody is better or worse.
    assert {line.cell("rework_rate").standing for line in lines} == {None}


def test_a_handful_of_facts_is_shown_and_not_ranked(three, world, now):
    tiny = scope_of_application(world.loans)
    write_rollup(tiny, "2026-02", **NOTHING | {"lead_n": 4, "lead_p50": 9e9, "changes": 4})
    cell = compare([*three, tiny], period=FEBRUARY, now=now).lines[-1].cell("lead_time")
    assert cell.reading.n == 4
    assert cell.standing is None


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("lead_time", ["Cedar", "Birch", "Ash"]),
        ("name", ["Ash", "Birch", "Cedar"]),
        ("nonsense", ["Cedar", "Birch", "Ash"]),
    ],
)
def test_lines_can_be_sorted(three, now, sort, order):
    assert names(compare(three, period=FEBRUARY, now=now, sort=sort)) == order


def test_the_least_frequent_is_the_worst(three, now):
    rare = scope_of_application(ApplicationFactory.create(name="Rare"))
    write_rollup(rare, "2026-02", deployments=6)
    comparison = compare([*three, rare], period=FEBRUARY, now=now, sort="deployment_frequency")
    assert comparison.lines[0].scope.name == "Rare"


def test_teams_are_not_ranked_by_how_often_they_deploy(world, now):
    scopes = [scope_of_team(TeamFactory.create()) for _ in range(3)]
    for number, scope in enumerate(scopes, start=1):
        write_rollup(scope, "2026-02", deployments=10 * number, lead_p50=1000.0 * number)
    lines = compare(scopes, period=FEBRUARY, now=now).lines
    assert {line.cell("deployment_frequency").standing for line in lines} == {None}
    assert None not in {line.cell("lead_time").standing for line in lines}


def test_each_level_of_the_tree_is_ranked_by_itself(world, now):
    scopes = [scope_of_team(one) for one in (world.payments, world.cards, world.acquiring)]
    for number, scope in enumerate(scopes, start=1):
        write_rollup(scope, "2026-02", lead_p50=1000.0 * number)
    lines = compare(scopes, period=FEBRUARY, now=now).lines
    assert {line.cell("lead_time").standing for line in lines} == {None}


def test_cells_have_the_trend_of_their_scope(three, now):
    write_rollup(three[0], "2026-01", lead_p50=43_200.0)
    lines = {line.scope.name: line for line in compare(three, period=FEBRUARY, now=now).lines}
    assert lines["Ash"].cell("lead_time").trend.verdict.label == "worse"
    assert lines["Ash"].cell("lead_time").explanation == (
        "from 120 changes, 2.0 times as long as in January 2026"
    )
    assert lines["Birch"].cell("lead_time").trend.verdict.label == "no trend"


def test_teams_and_applications_are_compared_in_one_query(
    three, world, now, django_assert_num_queries
):
    scopes = [*three, scope_of_team(world.cards), scope_of_team(world.lending)]
    with django_assert_num_queries(1):
        compare(scopes, period=FEBRUARY, now=now)
    with django_assert_num_queries(0):
        assert compare([], period=FEBRUARY, now=now).lines == []


# --- Movers -----------------------------------------------------------------------------------


def write_move(team, before, after):
    scope = scope_of_team(team)
    write_rollup(scope, "2026-01", **before)
    write_rollup(scope, "2026-02", **after)
    return scope


def moved(now):
    worse, better = movers(period=FEBRUARY, days=28, now=now)
    return (
        [(one.scope.name, one.kpi.key) for one in worse],
        [(one.scope.name, one.kpi.key) for one in better],
    )


def test_the_largest_move_of_a_team_is_told_once(world, now):
    write_move(world.acquiring, {"lead_p50": 86_400.0}, {"lead_p50": 345_600.0, "failures": 12})
    write_move(world.lending, {"failures": 20}, {"failures": 2})
    assert moved(now) == ([("Acquiring", "lead_time")], [("Lending", "change_fail_rate")])
    worse, _ = movers(period=FEBRUARY, days=28, now=now)
    assert (worse[0].before, worse[0].text) == ("1 d", "4 d")
    assert worse[0].comparison == "4.0 times as long as in January 2026"
    assert worse[0].rows_url == "/kpis/team/acquiring/changes/?grain=month&period=2026-02"


def test_small_moves_and_few_facts_are_not_news(world, now):
    write_move(world.acquiring, {"lead_p50": 100_000.0}, {"lead_p50": 120_000.0})
    few = NOTHING | {"lead_n": 19, "changes": 19}
    write_move(world.lending, few | {"lead_p50": 100.0}, few | {"lead_p50": 1e6})
    assert moved(now) == ([], [])


def test_a_share_of_few_failures_is_weather(world, now):
    write_move(world.acquiring, {"failures": 1}, {"failures": 9})
    write_move(world.lending, {"rework": 1}, {"rework": 9})
    assert moved(now) == ([], [])


def test_only_teams_move_not_what_is_above_them(world, now):
    write_move(world.cards, {"lead_p50": 1e5}, {"lead_p50": 1e6})
    write_move(world.payments, {"lead_p50": 1e5}, {"lead_p50": 1e6})
    assert moved(now) == ([], [])


@pytest.mark.parametrize(
    ("key", "better", "worse"),
    [
        (
            "deployment_frequency",
            {"deployments": 90, "rework": 9},
            {"deployments": 30, "rework": 3},
        ),
        ("lead_time", {"lead_p50": 1e4}, {"lead_p50": 1e5}),
        ("merge_to_production", {"merge_p50": 600.0}, {"merge_p50": 6000.0}),
        ("change_fail_rate", {"failures": 2}, {"failures": 20}),
        (
            "recovery_time",
            {"recovery_n": 30, "recovery_p50": 600.0},
            {"recovery_n": 30, "recovery_p50": 6000.0},
        ),
        ("rework_rate", {"rework": 2}, {"rework": 20}),
    ],
)
def test_postgresql_ranks_each_kpi_as_its_definition_judges_it(world, now, key, better, worse):
    assert key in {kpi.key for kpi in KPIS}
    write_move(world.acquiring, better, worse)
    write_move(world.lending, worse, better)
    assert moved(now) == ([("Acquiring", key)], [("Lending", key)])


def test_at_most_four_of_each_are_shown_the_largest_first(world, now):
    for number in range(6):
        team = TeamFactory.create(name=f"Team {number}")
        write_move(team, {"lead_p50": 1e5}, {"lead_p50": 1e5 * (2 + number)})
    worse, better = moved(now)
    assert [name for name, _ in worse] == ["Team 5", "Team 4", "Team 3", "Team 2"]
    assert better == []


def test_movers_cost_three_queries(world, now, django_assert_num_queries):
    write_move(world.acquiring, {"lead_p50": 1e5}, {"lead_p50": 1e6})
    with django_assert_num_queries(3):
        movers(period=FEBRUARY, days=28, now=now)
