"""What makes a team ready, each item by its evidence; who is told when that is lost, and when."""

from datetime import timedelta

import pytest

from oncall.models import Claim, Cover, Evidence, EvidenceKind, ReadinessCheck, Rota
from oncall.plans.claims import Stage
from oncall.plans.readiness import ITEMS
from oncall.selectors.readiness import facts_of
from oncall.services.claim_steps import ClaimError
from oncall.services.leave import add_leave
from oncall.services.readiness import (
    EvidenceError,
    approve_exception,
    ask_exception,
    check_application,
    check_claims,
    end_exception,
    tell_evidence,
)
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import Application, Contact, Dependency
from portal.catalogue.services import retire_application
from portal.notifications.models import ContactWay, Notice
from tests.factories import ApplicationFactory, TeamFactory
from tests.oncall.claims.scene import central, claim_at, ready

NIGHT = timedelta(days=1, hours=4)


def states(claim):
    return dict(ReadinessCheck.objects.filter(claim=claim).values_list("item", "state"))


def checked(world, claim, now):
    assert check_application(application=world.checkout, now=now)
    claim.refresh_from_db()
    return states(claim)


def evidence(claim, item):
    return ReadinessCheck.objects.get(claim=claim, item=item).evidence


def test_a_ready_team_meets_every_item(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world))
    assert set(checked(world, claim, now).values()) == {"PASS"}
    assert (claim.met, claim.items) == (len(ITEMS), len(ITEMS))
    assert evidence(claim, "people") == "8 people take turns."
    assert evidence(claim, "escalation") == "Lea leads above the team."


def spoil_runbook(world):
    Application.objects.update(runbook_url="")


def spoil_alerts(world):
    Evidence.objects.filter(kind=EvidenceKind.ALERTS_TESTED).update(done_on="2025-12-01")


def spoil_rollback(world):
    Evidence.objects.filter(kind=EvidenceKind.ROLLBACK_TESTED).delete()


def spoil_contact(world):
    Contact.objects.update(value="Alice@Example.com")


def spoil_dependencies(world):
    Application.objects.filter(name="Ledger").update(owner=None)


def forget_dependencies(world):
    Dependency.objects.all().delete()


def spoil_attestation(world):
    Application.objects.update(attested_at="2025-01-01T00:00Z")


def spoil_ways(world):
    ContactWay.objects.filter(user=world.bob)[0].delete()


def spoil_escalation(world):
    world.cards.memberships.all().delete()


def spoil_shadow(world):
    Evidence.objects.filter(kind=EvidenceKind.SHADOW_DONE, person=world.bob).delete()


def retire_rota(world):
    Rota.objects.update(retired_at="2026-03-04T00:00Z")


def shorten_rota(world):
    Rota.objects.update(computed_until="2026-04-04T12:00Z")


@pytest.mark.parametrize(
    "case",
    [
        (spoil_runbook, "runbook", "FAIL", "No runbook is known."),
        (spoil_alerts, "alerts", "FAIL", "Bob told that the alerts were tested, on 1 December"),
        (spoil_rollback, "rollback", "NO_DATA", "Nobody has told that going back was tested."),
        (spoil_contact, "contact", "FAIL", "The contacts of Acquiring are addresses of persons."),
        (spoil_dependencies, "dependencies", "FAIL", "Without an owner: Ledger."),
        (forget_dependencies, "dependencies", "NO_DATA", "No dependency is recorded"),
        (spoil_attestation, "attestation", "FAIL", "The word of Acquiring is overdue."),
        (spoil_ways, "reachable", "FAIL", "Bob: 1 way that answered a test lately, of 2."),
        (spoil_escalation, "escalation", "FAIL", "Nobody leads above Acquiring"),
        (spoil_shadow, "shadow", "FAIL", "No shadow shift yet: Bob."),
        (retire_rota, "cover", "FAIL", "Acquiring at night is retired."),
        (shorten_rota, "cover", "FAIL", "is planned for 31 days only."),
    ],
)
def test_an_item_that_is_spoilt_says_what_is_missing(world, now, case):
    spoil, item, state, words = case
    claim = claim_at(world, Stage.PREPARING, rota=ready(world))
    spoil(world)
    found = checked(world, claim, now)
    assert found.pop(item) == state
    assert set(found.values()) == {"PASS"}
    assert words in evidence(claim, item)


def test_too_few_people_are_on_call_too_often(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world, number=4))
    found = checked(world, claim, now)
    assert (found["people"], found["share"]) == ("FAIL", "FAIL")
    assert evidence(claim, "people") == "4 people take turns; it takes 6, ideally 8."


def test_six_people_are_enough_and_nobody_carries_half(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world, number=6))
    found = checked(world, claim, now)
    assert (found["people"], found["share"]) == ("PASS", "PASS")
    assert evidence(claim, "people") == "6 people take turns; ideally 8 do."


def test_leave_opens_a_gap_that_the_cover_is_judged_by_at_once(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world))
    checked(world, claim, now)
    add_leave(
        person=world.bob,
        starts_at=now,
        ends_at=now + timedelta(days=100),
        actor=world.bob,
        now=now,
    )
    assert check_claims(now=now) == 1
    assert states(claim)["cover"] == "FAIL"
    assert "gap" in evidence(claim, "cover")


def test_without_a_rota_nothing_of_it_is_known(world, now):
    claim = claim_at(world, Stage.INTERESTED)
    found = checked(world, claim, now)
    assert {found[one] for one in ("cover", "people", "share", "reachable", "shadow")} == {
        "NO_DATA"
    }


def test_turns_of_the_rota_while_it_shadows_count_as_shadow_shifts(world, now):
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world, shadowed=False), now=now)
    assert checked(world, claim, now)["shadow"] == "FAIL"
    later = now + timedelta(days=70)
    [facts] = facts_of([Claim.objects.select_related("application__owner", "team").get()],
                       now=later).values()  # fmt: skip
    assert facts.untried == frozenset()
    [early] = facts_of([Claim.objects.get()], now=now + timedelta(days=16)).values()
    assert 0 < len(early.untried) < 8


def test_an_item_keeps_since_when_it_stands_so(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world))
    checked(world, claim, now)
    spoil_runbook(world)
    checked(world, claim, now + NIGHT)
    since = dict(ReadinessCheck.objects.values_list("item", "since"))
    assert (since["runbook"], since["alerts"]) == (now + NIGHT, now)


def test_lost_readiness_is_told_to_the_team_and_a_week_later_to_others(world, now):
    central(world)
    claim = claim_at(world, Stage.OWNED, rota=ready(world))
    check_claims(now=now)
    assert not Notice.objects.filter(kind="oncall.readiness.lost").exists()
    spoil_runbook(world)

    def told():
        check_claims(now=when)
        rows = Notice.objects.filter(kind="oncall.readiness.lost").values_list("user__name")
        return sorted(name for (name,) in rows)

    when = now + NIGHT
    team = told()
    assert team == ["Alice", "Bob", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo"]
    for day in range(2, 8):
        when = now + timedelta(days=day, hours=3)
        assert told() == team
    when = now + timedelta(days=9)
    assert told() == sorted([*team, "Cleo", "Lea"])
    claim.refresh_from_db()
    assert (claim.state, Cover.objects.get().until) == ("OWNED", None)
    assert claim.unready_since == now + NIGHT
    Application.objects.update(runbook_url="https://wiki.example.com")
    when = now + timedelta(days=11)
    told()
    claim.refresh_from_db()
    assert (claim.unready_since, claim.told_at, claim.escalated_at) == (None, None, None)


def test_another_owner_ends_the_claim_and_central_support_answers(world, now):
    central(world)
    claim = claim_at(world, Stage.OWNED, rota=ready(world))
    Application.objects.filter(pk=world.checkout.pk).update(owner=world.lending)
    check_claims(now=now + NIGHT)
    claim.refresh_from_db()
    assert (claim.state, claim.ended_at) == ("ORPHANED", now + NIGHT)
    assert Cover.objects.get().until == now + NIGHT
    told = set(Notice.objects.values_list("user__name", flat=True))
    assert told >= {"Alice", "Charlie", "Cleo"}
    step = claim.steps.latest("since")
    assert (step.by, step.note) == (None, "Lending owns it now.")


def test_a_retired_application_ends_its_claim(world, now):
    claim = claim_at(world, Stage.TRIAL, rota=ready(world))
    retire_application(application=world.checkout, reason="Gone.", actor=world.alice, now=now)
    check_claims(now=now + NIGHT)
    claim.refresh_from_db()
    assert (claim.state, Cover.objects.get().until) == ("EXPIRED", now + NIGHT)


def test_a_checked_claim_waits_for_the_next_night(world, now):
    claim_at(world, Stage.INTERESTED)
    assert check_claims(now=now) == 1
    assert check_claims(now=now + timedelta(hours=1)) == 0
    assert check_claims(now=now + timedelta(hours=16)) == 1


def test_an_exception_counts_when_a_second_person_approves_it_and_until_it_ends(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world, number=4))
    given = {"claim": claim, "item": "people", "reason": "Two join in May.", "days": 30}
    exception = ask_exception(**given, actor=world.bob, now=now)
    assert states(claim)["people"] == "FAIL"
    with pytest.raises(NotAllowedError, match="never whoever asked"):
        approve_exception(exception=exception, actor=world.bob, now=now)
    with pytest.raises(NotAllowedError):
        approve_exception(exception=exception, actor=world.alice, now=now)
    with pytest.raises(ClaimError, match="Somebody has asked already"):
        ask_exception(**given, actor=world.alice, now=now)
    approve_exception(exception=exception, actor=world.olive, now=now)
    assert states(claim)["people"] == "EXEMPT"
    with pytest.raises(ClaimError, match="approved already"):
        approve_exception(exception=exception, actor=world.olive, now=now)
    later = now + timedelta(days=31)
    assert checked(world, claim, later)["people"] == "FAIL"
    with pytest.raises(ClaimError, match="It is over"):
        end_exception(exception=exception, actor=world.bob, now=later)
    assert ask_exception(**given, actor=world.bob, now=later).pk != exception.pk


def test_operations_do_not_approve_what_they_asked_for(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world, number=4))
    exception = ask_exception(
        claim=claim, item="people", reason="Soon.", days=9, actor=world.olive, now=now
    )
    with pytest.raises(NotAllowedError):
        approve_exception(exception=exception, actor=world.olive, now=now)


def test_the_team_is_told_before_an_exception_runs_out(world, now):
    claim = claim_at(world, Stage.OWNED, rota=ready(world, number=6))
    ContactWay.objects.filter(user=world.bob).delete()
    exception = ask_exception(
        claim=claim, item="reachable", reason="New phone.", days=9, actor=world.bob, now=now
    )
    approve_exception(exception=exception, actor=world.olive, now=now)
    check_claims(now=now + timedelta(days=1, hours=4))
    assert not Notice.objects.filter(kind="oncall.claim.exception").exists()
    for day in (3, 4):
        check_claims(now=now + timedelta(days=day, hours=4))
    assert Notice.objects.filter(kind="oncall.claim.exception", user=world.alice).count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"item": "budget"}, "no such item"),
        ({"days": 0}, "from 1 to 90"),
        ({"days": 91}, "from 1 to 90"),
        ({"reason": " "}, "Say why"),
        ({"item": "runbook"}, "nothing to be exempt from"),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(world, now, changed, words):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world, number=4))
    given = {"item": "people", "reason": "Soon.", "days": 9} | changed
    with pytest.raises(ClaimError, match=words):
        ask_exception(claim=claim, **given, actor=world.bob, now=now)


def test_evidence_is_told_by_those_who_work_on_it_and_counts_at_once(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world))
    spoil_rollback(world)
    checked(world, claim, now)
    tell_evidence(
        application=world.checkout,
        kind=EvidenceKind.ROLLBACK_TESTED,
        done_on=now.date(),
        url="https://ci.example.com/7",
        actor=world.bob,
        now=now,
    )
    assert states(claim)["rollback"] == "PASS"
    assert Entry.objects.latest("id").event == "oncall.evidence.told"
    with pytest.raises(NotAllowedError):
        tell_evidence(
            application=world.checkout,
            kind=EvidenceKind.ROLLBACK_TESTED,
            done_on=now.date(),
            actor=world.charlie,
            now=now,
        )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"done_on": "ahead"}, "still to come"),
        ({"kind": EvidenceKind.SHADOW_DONE}, "Name the person"),
        ({"url": "javascript:alert(1)"}, "no address of the web"),
    ],
)
def test_evidence_that_makes_no_sense_is_refused(world, now, changed, words):
    given = {"kind": EvidenceKind.SLO_DEFINED, "done_on": now.date()} | changed
    if given["done_on"] == "ahead":
        given["done_on"] = (now + timedelta(days=3)).date()
    with pytest.raises(EvidenceError, match=words):
        tell_evidence(application=world.checkout, actor=world.bob, now=now, **given)


@pytest.mark.parametrize("number", [1, 30])
def test_the_facts_of_many_claims_take_as_many_queries_as_of_one(
    world, now, number, django_assert_num_queries
):
    rota = ready(world)
    for position in range(number):
        team = TeamFactory.create(parent=world.cards)
        claim_at(
            world,
            Stage.SHADOWING,
            rota=rota,
            application=ApplicationFactory.create(name=f"App {position}", owner=team),
        )
    claims = list(Claim.objects.select_related("application__owner", "team", "rota"))
    with django_assert_num_queries(14):
        assert len(facts_of(claims, now=now)) == number
