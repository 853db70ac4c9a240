"""Evaluation of stored facts: results, levels, history, and only what differs is written."""

from datetime import timedelta

import pytest
from django.db import connection

from kpis.models import ScopeKind
from kpis.services import rebuild, recompute
from portal.catalogue.models import Lifecycle, Link, TeamRole
from portal.catalogue.services import add_member, change_application
from portal.scorecards.adapters.sources import OWN_FACTS, SOURCES, read_facts
from portal.scorecards.models import RuleResult, Scorecard, Snapshot, Standing
from portal.scorecards.rules.delivery import Measured
from portal.scorecards.rules.registry import CHECKS
from portal.scorecards.services import exemptions
from portal.scorecards.services.definitions import load_shipped
from portal.scorecards.services.evaluation import evaluate_all, evaluate_changed
from tests.factories import ApplicationFactory, RepositoryFactory
from tests.kpis.raw_facts import add_change, add_deployment, add_incident
from tests.scorecards.scene import scorecard

DAY = timedelta(days=1)


def states(application):
    found = RuleResult.objects.filter(application=application)
    return dict(found.values_list("rule", "state"))


def standing(application):
    return Standing.objects.get(application=application)


def snapshots(kind, pk):
    found = Snapshot.objects.filter(scope_kind=kind, scope_id=pk).order_by("on")
    return [(one.on.day, one.levels) for one in found]


def test_every_fact_that_a_check_asks_for_has_one_source(world, now):
    names = [name for source in SOURCES for name in source.facts]
    assert len(names) == len(set(names))
    asked = {check.fact for check in CHECKS.values()}
    assert asked <= {*names, *OWN_FACTS}
    assert read_facts(None, now=now)[world.checkout.pk].keys() >= asked


def test_facts_of_the_catalogue(world, now):
    application = world.checkout
    application.description, application.runbook_url = "Takes cards.", "https://wiki/x"
    application.data_classes = ["pci"]
    application.save()
    Link.objects.create(application=application, title="Logs", url="https://logs.example.com")
    nobodys = ApplicationFactory.create(owner=None)
    ApplicationFactory.create(lifecycle=Lifecycle.RETIRED, retired_at=now)
    world.bob.is_active = False
    world.bob.save()
    facts = read_facts(None, now=now)
    found = facts[application.pk]
    assert found["owner"] == "Acquiring"
    assert found["owner_members"] == 1  # Alice; Bob has left
    assert found["description_length"] == 12
    assert found["links"] == found["repositories"] == found["production_environments"] == 1
    assert (found["tier"], found["lifecycle"], found["data_classes"]) == (2, "PRODUCTION", ["pci"])
    assert (facts[nobodys.pk]["owner"], facts[nobodys.pk]["owner_members"]) == ("", None)
    assert facts.keys() == {application.pk, world.loans.pk, nobodys.pk}


def test_facts_of_delivery_are_those_of_the_last_full_month(world, now):
    for days in (2, 10, 20):
        add_change(
            add_deployment(world.production, now - days * DAY),
            lead_seconds=3600,
            merge_seconds=600,
        )
    add_incident(world.checkout, now - DAY)
    rebuild(actor="command:test", now=now)
    recompute(now=now)
    found = read_facts([world.checkout.pk], now=now)[world.checkout.pk]
    assert found["last_deployed_on"] == (now - 2 * DAY).date()
    assert found["open_incidents"] == 1
    assert found["lead_time"] == Measured(3600.0, 2, "in February 2026")
    assert found["fast_share"] == Measured(1.0, 2, "in February 2026")
    assert found["deployment_frequency"].value == pytest.approx(2 / 28)
    assert found["change_fail_rate"] == Measured(0.0, 2, "in February 2026")
    assert found["recovery_time"] == Measured(None, 0, "in February 2026")
    other = read_facts([world.loans.pk], now=now)[world.loans.pk]
    assert other["last_deployed_on"] is None
    assert other["lead_time"] == Measured(None, 0, "in February 2026")


def test_what_is_mended_goes_green_and_says_since_when(world, now):
    scorecard()
    evaluate_all(now=now)
    assert states(world.checkout) == {"owner": "PASS", "runbook": "FAIL", "deployed": "NO_DATA"}
    before = standing(world.checkout)
    assert (before.level, before.passed, before.failed, before.unknown) == (1, 1, 1, 1)
    change_application(
        application=world.checkout,
        runbook_url="https://wiki.example.com/checkout",
        actor=world.bob,
        now=now + DAY,
    )
    evaluate_changed(now=now + DAY)
    runbook = RuleResult.objects.get(application=world.checkout, rule="runbook")
    assert (runbook.state, runbook.since) == ("PASS", now + DAY)
    assert runbook.evidence["words"] == "Runbook: https://wiki.example.com/checkout"
    assert RuleResult.objects.get(application=world.checkout, rule="owner").since == now
    assert standing(world.checkout).evaluated_at == now + DAY
    assert standing(world.checkout).level_since == now
    assert standing(world.loans).evaluated_at == now


def test_what_is_told_of_a_team_is_told_of_the_applications_below(world, now):
    scorecard()
    evaluate_all(now=now - 2 * DAY)
    add_member(
        team=world.payments,
        person=world.charlie,
        role=TeamRole.MEMBER,
        actor=world.olive,
        now=now,
    )
    evaluate_changed(now=now)
    assert standing(world.checkout).evaluated_at == now
    assert standing(world.loans).evaluated_at == now - 2 * DAY


def test_what_was_judged_since_is_not_judged_again(world, now):
    scorecard()
    evaluate_all(now=now - DAY)
    change_application(application=world.checkout, name="Till", actor=world.bob, now=now)
    for seconds, judged in ((1, 1), (20, 20), (40, 20)):
        evaluate_changed(now=now + timedelta(seconds=seconds))
        assert standing(world.checkout).evaluated_at == now + timedelta(seconds=judged)


def test_new_roll_ups_are_looked_at(world, now):
    scorecard()
    evaluate_all(now=now - DAY)
    add_deployment(world.production, now - 2 * DAY)
    rebuild(actor="command:test", now=now)
    recompute(now=now)
    evaluate_changed(now=now)
    assert states(world.checkout)["deployed"] == "PASS"


def test_an_evaluation_that_finds_nothing_new_touches_no_result(world, now):
    scorecard()
    evaluate_all(now=now)
    before = list(RuleResult.objects.order_by("pk").values_list("pk", "since"))
    places = _places()
    evaluate_all(now=now + timedelta(hours=1))
    assert list(RuleResult.objects.order_by("pk").values_list("pk", "since")) == before
    assert _places() == places


def _places():
    """Where PostgreSQL keeps each row: another place means that it was written anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid::text FROM scorecards_ruleresult ORDER BY 1")
        return cursor.fetchall()


def test_a_rule_that_left_the_scorecard_leaves_its_results(world, now):
    found = scorecard()
    evaluate_all(now=now)
    shorter = found.current
    shorter.text = shorter.text[: shorter.text.index("  - id: deployed")]
    shorter.save()
    evaluate_all(now=now)
    assert states(world.checkout).keys() == {"owner", "runbook"}


def test_an_application_that_leaves_is_forgotten_now_but_not_before(world, now):
    scorecard()
    evaluate_all(now=now)
    world.loans.lifecycle, world.loans.retired_at = Lifecycle.RETIRED, now
    world.loans.save()
    evaluate_all(now=now + DAY)
    assert not Standing.objects.filter(application=world.loans).exists()
    assert not states(world.loans)
    assert snapshots(ScopeKind.APPLICATION, world.loans.pk) == [(4, [0, 1, 0]), (5, [0, 0, 0])]


def test_history_has_a_day_only_where_something_differs(world, now):
    scorecard()
    for days in (0, 1, 2):
        evaluate_all(now=now + days * DAY)
    world.checkout.owner = None
    world.checkout.save()
    for days in (3, 4):
        evaluate_all(now=now + days * DAY)
        evaluate_all(now=now + days * DAY)
    assert snapshots(ScopeKind.APPLICATION, world.checkout.pk) == [(4, [0, 1, 0]), (7, [1, 0, 0])]
    assert snapshots(ScopeKind.TEAM, world.payments.pk) == [(4, [0, 1, 0]), (7, [0, 0, 0])]
    assert snapshots(ScopeKind.COMPANY, 0) == [(4, [0, 2, 0]), (7, [1, 1, 0])]


def test_an_approved_exemption_counts_until_it_is_over(world, now):
    found = scorecard()
    evaluate_all(now=now)
    asked = exemptions.ask_exemption(
        application=world.checkout,
        scorecard=found,
        rule="runbook",
        reason="It is being written.",
        days=10,
        actor=world.bob,
        now=now,
    )
    evaluate_changed(now=now)
    assert states(world.checkout)["runbook"] == "FAIL"
    exemptions.approve_exemption(exemption=asked, actor=world.alice, now=now)
    evaluate_changed(now=now)
    assert states(world.checkout)["runbook"] == "EXEMPT"
    assert exemptions.expire_exemptions(now=now + 10 * DAY) == 1
    assert exemptions.expire_exemptions(now=now + 10 * DAY) == 0
    evaluate_changed(now=now + 10 * DAY)
    assert states(world.checkout)["runbook"] == "FAIL"


def test_the_number_of_queries_is_that_of_the_facts(world, now, django_assert_max_num_queries):
    load_shipped(now=now)
    for _ in range(30):
        RepositoryFactory.create()
    with django_assert_max_num_queries(30):
        evaluate_all(now=now)
    assert Standing.objects.filter(scorecard__slug="delivery").count() == 32
    assert Scorecard.objects.filter(evaluated_at=now).count() == 2
