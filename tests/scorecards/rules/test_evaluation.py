"""Levels and next steps, against the rule as it is written down."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import portal.scorecards
from portal.scorecards.rules.catalogue import Attested
from portal.scorecards.rules.checks import Mend
from portal.scorecards.rules.definitions import Definition, Filter, Rule
from portal.scorecards.rules.delivery import Measured
from portal.scorecards.rules.evaluation import State, evaluate, level_reached, next_steps
from portal.scorecards.rules.reading import read_definition
from portal.scorecards.rules.registry import CHECKS

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SHIPPED = sorted((Path(portal.scorecards.__file__).parent / "definitions").glob("*.yaml"))
OWNED = {"tier": 2, "lifecycle": "PRODUCTION", "data_classes": [], "tags": [], "owner": "Cards"}


def rule(key, level, check="has_owner", only=None, **parameters):
    return Rule(
        key=key,
        level=level,
        title=key,
        why="Because.",
        check=CHECKS[check],
        parameters=parameters,
        fails="",
        mend=Mend("Mend", "/"),
        only=only or Filter(),
    )


def definition(*rules, levels=("bronze", "silver", "gold"), **more):
    return Definition("readiness", "Readiness", "Why.", levels, rules, **more)


def stood(one, facts, *exempt):
    found = evaluate(one, facts, exempt=exempt, now=NOW)
    assert found is not None
    return found


def judged(check, value, **parameters):
    one = definition(rule("one", 1, check, **parameters), levels=("bronze",))
    facts = OWNED | {CHECKS[check].fact: value}
    return stood(one, facts).results[0]


PASS, FAIL, NO_DATA = State.PASS, State.FAIL, State.NO_DATA
JUDGEMENTS = [
    ("has_owner", "Cards", {}, PASS, "Owner: Cards"),
    ("has_owner", "", {}, FAIL, "Owner: none"),
    ("owner_has_members", 1, {"at_least": 1}, PASS, "1 active member"),
    ("owner_has_members", 2, {"at_least": 3}, FAIL, "2 active members"),
    ("owner_has_members", None, {"at_least": 1}, NO_DATA, "Nobody owns it, so there is no team to count."),
    ("described", 19, {"at_least": 20}, FAIL, "19 characters"),
    ("described", 20, {"at_least": 20}, PASS, "20 characters"),
    ("has_runbook", "", {}, FAIL, "Runbook: none"),
    ("has_links", 1, {"at_least": 2}, FAIL, "1 link"),
    ("has_repository", 0, {"at_least": 1}, FAIL, "0 repositories"),
    ("has_production", 1, {}, PASS, "1 production environment"),
    ("data_classified", ["pci", "health"], {}, PASS, "Data: health, pci"),
    ("data_classified", [], {}, FAIL, "Data: none"),
    ("in_system", "Payments core", {}, PASS, "System: Payments core"),
    ("in_system", "", {}, FAIL, "System: none"),
    ("tagged", ["java"], {"at_least": 2}, FAIL, "Tags: java"),
    ("dependencies_recorded", 0, {"at_least": 1}, FAIL, "0 dependencies"),
    ("attested_within", Attested(NOW - timedelta(days=180), by_somebody=True), {"days": 180}, PASS, "Confirmed on 5 September 2025"),
    ("attested_within", Attested(NOW - timedelta(days=181), by_somebody=False), {"days": 180}, FAIL, "Registered, and not confirmed since, on 4 September 2025"),
    ("deployed_within", date(2026, 2, 2), {"days": 30}, PASS, "Last deployed on 2 February 2026"),
    ("deployed_within", date(2026, 2, 1), {"days": 30}, FAIL, "Last deployed on 1 February 2026"),
    ("deployed_within", None, {"days": 30}, NO_DATA, "No deployment to production is known."),
    ("deployment_frequency", Measured(1 / 7, 4, "in May"), {"at_least": 1.0}, PASS, "1.0 a week in May, from 4 deployments"),
    ("deployment_frequency", Measured(0.1, 3, "in May"), {"at_least": 1.0}, FAIL, "3.0 a month in May, from 3 deployments"),
    ("change_fail_rate", Measured(0.15, 20, "in May"), {"at_most": 0.15}, PASS, "15% in May, from 20 finished deployments"),
    ("change_fail_rate", Measured(0.16, 25, "in May"), {"at_most": 0.15}, FAIL, "16% in May, from 25 finished deployments"),
    ("change_fail_rate", Measured(None, 0, "in May"), {"at_most": 0.15}, NO_DATA, "No finished deployments in May"),
    ("lead_time", Measured(86400.0, 1, "in May"), {"at_most": 86400}, PASS, "1 d in May, from 1 change"),
    ("fast_share", Measured(0.49, 100, "in May"), {"at_least": 0.5}, FAIL, "49% in May, from 100 merged changes"),
    ("recovery_time", Measured(60.0, 2, "in May"), {"at_most": 3600}, PASS, "1 min in May, from 2 recoveries"),
    ("open_incidents", 0, {"at_most": 0}, PASS, "No open incidents"),
    ("open_incidents", 1, {"at_most": 0}, FAIL, "1 open incident"),
    ("oncall_owned", True, {}, PASS, "Its team owns its nights"),
    ("oncall_owned", False, {}, FAIL, "Its team does not own its nights"),
    ("oncall_has_cover", True, {}, PASS, "Somebody is first to be called in every hour of the next 30 days"),
    ("oncall_has_cover", False, {}, FAIL, "Nobody is first to be called in some hours ahead"),
    ("oncall_has_cover", None, {}, NO_DATA, "No rota answers for it, not even a central one."),
    ("oncall_people", 6, {"at_least": 6}, PASS, "6 people take turns at night"),
    ("oncall_people", 1, {"at_least": 6}, FAIL, "1 person takes turns at night"),
    ("oncall_readiness", 0.5, {"at_least": 0.8}, FAIL, "50% of readiness met"),
    ("oncall_readiness", None, {"at_least": 0.8}, NO_DATA, "Nobody has claimed its nights, so readiness was never checked."),
]  # fmt: skip


@pytest.mark.parametrize(("check", "value", "parameters", "state", "words"), JUDGEMENTS)
def test_a_check_judges_and_says_what_it_found(check, value, parameters, state, words):
    found = judged(check, value, **parameters)
    assert (found.state, found.words) == (state, words)


def test_every_check_is_judged_above():
    assert {case[0] for case in JUDGEMENTS} == CHECKS.keys()


@pytest.mark.parametrize("key", CHECKS)
def test_what_is_not_known_is_no_data(key):
    assert CHECKS[key].find(None, {}, NOW).passed is None
    assert CHECKS[key].find(None, {}, NOW).words


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_definition_is_valid_and_named_after_its_file(path):
    found = read_definition(path.read_text())
    assert found.slug == path.stem
    assert all(rule.wanted for rule in found.rules)


def test_an_exempt_rule_counts_for_the_level_unless_it_passes_by_itself():
    one = definition(rule("owner", 1), rule("runbook", 1, "has_runbook"), levels=("bronze",))
    facts = OWNED | {"runbook": ""}
    found = stood(one, facts, "runbook", "owner")
    assert [result.state for result in found.results] == [State.PASS, State.EXEMPT]
    assert found.level == 1
    assert stood(one, facts).level == 0


def test_a_rule_for_others_is_left_out_and_nothing_is_said_when_none_is_left():
    only = Filter(tiers=frozenset({1}))
    one = definition(rule("all", 1), rule("some", 2, "has_runbook", only=only))
    assert [result.rule for result in stood(one, OWNED).results] == ["all"]
    assert evaluate(definition(rule("some", 1, only=only)), OWNED, exempt=(), now=NOW) is None
    others = definition(rule("all", 1), applies_to=only)
    assert evaluate(others, OWNED, exempt=(), now=NOW) is None


@pytest.mark.parametrize(
    ("chosen", "fits"),
    [
        ({}, True),
        ({"tiers": {1, 2}}, True),
        ({"tiers": {1}}, False),
        ({"lifecycles": {"DEPRECATED"}}, False),
        ({"data_classes": {"pci", "health"}}, True),
        ({"data_classes": {"health"}}, False),
        ({"tags": {"java"}}, False),
    ],
)
def test_a_filter_lets_through_what_fits_all_of_it(chosen, fits):
    facts = OWNED | {"data_classes": ["pci"]}
    assert Filter(**{name: frozenset(one) for name, one in chosen.items()}).fits(facts) is fits


states = st.sampled_from(State)


@st.composite
def standings(draw):
    levels = draw(st.integers(1, 4))
    ranks = draw(st.lists(st.integers(1, levels), min_size=1, max_size=12))
    rules = [rule(f"r{place}", rank) for place, rank in enumerate(ranks)]
    found = draw(st.lists(states, min_size=len(rules), max_size=len(rules)))
    present = draw(st.lists(st.booleans(), min_size=len(rules), max_size=len(rules)))
    one = definition(*rules, levels=[f"l{rank}" for rank in range(1, levels + 1)])
    keys = zip(rules, found, present, strict=True)
    return one, {rule.key: state for rule, state, is_there in keys if is_there}


def by_the_book(definition, found, rank):
    """All rules of that level and of every level below pass or are exempt."""
    return all(
        found[rule.key] in {State.PASS, State.EXEMPT}
        for rule in definition.rules
        if rule.level <= rank and rule.key in found
    )


@given(standings())
def test_a_level_is_reached_when_it_and_every_level_below_is_kept(standing):
    one, found = standing
    reached = [rank for rank in range(1, len(one.levels) + 1) if by_the_book(one, found, rank)]
    assert level_reached(one, found) == max(reached, default=0)
    assert reached == list(range(1, len(reached) + 1))


@given(standings())
def test_doing_the_next_steps_and_nothing_less_raises_the_level(standing):
    one, found = standing
    level, steps = level_reached(one, found), next_steps(one, found)
    assert bool(steps) == (level < len(one.levels))
    done = found | {rule.key: State.PASS for rule in steps}
    if steps:
        assert level_reached(one, done) > level
    for left in steps:
        assert level_reached(one, done | {left.key: found[left.key]}) == level


@given(standings(), st.data())
def test_a_rule_that_gets_better_never_lowers_the_level(standing, data):
    one, found = standing
    if not found:
        return
    key = data.draw(st.sampled_from(sorted(found)))
    assert level_reached(one, found | {key: State.PASS}) >= level_reached(one, found)
    assert level_reached(one, found | {key: State.NO_DATA}) <= level_reached(one, found)
