"""Definitions, exemptions and initiatives: what their services let happen, and the database too."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.scorecards.models import (
    Exemption,
    ExemptionState,
    Initiative,
    InitiativeState,
    Progress,
    Standing,
    Version,
)
from portal.scorecards.services import definitions, exemptions, initiatives
from portal.scorecards.services.evaluation import evaluate_all
from tests.scorecards.scene import EARLIER, TEXT, exemption, failing, scorecard

DAY = timedelta(days=1)
NEWER = TEXT.replace("title: Readiness", "title: Ready to sail")
OWN = TEXT.replace("title: Readiness", "title: Ours")


def said(found):
    found.refresh_from_db()
    return found.current.text, found.shipped.text if found.shipped else None, found.title


def events():
    return list(Entry.objects.order_by("pk").values_list("event", flat=True))


# --- Definitions ------------------------------------------------------------------------------


def test_what_ships_is_taken_in_once_and_followed(db, now):
    found = definitions.install_definition(text=TEXT, position=0, now=now)
    definitions.install_definition(text=TEXT, position=0, now=now)
    assert Version.objects.count() == len(events()) == 1
    definitions.install_definition(text=NEWER, position=0, now=now)
    assert said(found) == (NEWER, NEWER, "Ready to sail")
    assert found.versions.count() == 2


def test_what_operations_wrote_goes_on_to_count_when_something_newer_ships(world, now):
    found = definitions.install_definition(text=TEXT, position=0, now=now)
    definitions.change_scorecard(
        scorecard=found, text=OWN, reason="Ours.", seen=1, actor=world.olive, now=now
    )
    definitions.install_definition(text=NEWER, position=0, now=now)
    assert said(found) == (OWN, NEWER, "Ours")
    definitions.reset_scorecard(
        scorecard=found, reason="Theirs is better.", actor=world.olive, now=now
    )
    assert said(found) == (NEWER, NEWER, "Ready to sail")
    written = found.versions.order_by("number").values_list("number", "written_by", "reason")
    assert list(written)[1] == (2, "user:olive@example.com", "Ours.")
    assert list(written)[3] == (4, "user:olive@example.com", "Theirs is better.")


def test_the_same_text_makes_no_version(world, now):
    found = scorecard()
    definitions.change_scorecard(
        scorecard=found, text=TEXT, reason="Again.", seen=1, actor=world.olive, now=now
    )
    definitions.reset_scorecard(scorecard=found, reason="Again.", actor=world.olive, now=now)
    assert found.versions.count() == 1
    assert events() == []


def test_all_that_ships_is_loaded_and_again_without_effect(db, now):
    definitions.load_shipped(now=now)
    definitions.load_shipped(now=now + DAY)
    assert events() == ["scorecards.scorecard.shipped"] * 2


# --- Exemptions -------------------------------------------------------------------------------


def ask(world, found, **change):
    asked = {
        "application": world.checkout,
        "scorecard": found,
        "rule": "runbook",
        "reason": "It is being written.",
        "days": 30,
        "actor": world.bob,
    }
    return exemptions.ask_exemption(**asked | change)


@pytest.mark.parametrize("asker", ["alice", "olive"])
@pytest.mark.parametrize("decide", ["approve_exemption", "reject_exemption"])
def test_nobody_decides_on_their_own_whatever_they_are(world, now, decide, asker):
    actor = getattr(world, asker)
    one = exemption(world, asked_by=actor)
    with pytest.raises(NotAllowedError, match="nobody approves their own"):
        getattr(exemptions, decide)(exemption=one, answer="", actor=actor, now=now)


@pytest.mark.parametrize("days", [0, 91, -1])
def test_an_exemption_has_an_end_within_bounds(world, now, days):
    with pytest.raises(exemptions.ExemptionError, match="from 1 to 90 days"):
        ask(world, failing(world), days=days, now=now)


def test_the_bound_is_a_setting(world, now, settings):
    settings.SCORECARD_EXEMPTION_MAX_DAYS = 7
    with pytest.raises(exemptions.ExemptionError, match="from 1 to 7 days"):
        ask(world, failing(world), days=8, now=now)


def test_a_rule_of_another_application_cannot_be_asked_for(world, now):
    with pytest.raises(exemptions.ExemptionError, match="not for this application"):
        ask(world, failing(world), rule="owner", now=now)


def test_one_that_ran_out_is_not_approved_any_more(world, now):
    one = exemption(world, expires_at=now)
    with pytest.raises(exemptions.ExemptionError, match="ran out"):
        exemptions.approve_exemption(exemption=one, actor=world.alice, now=now)


def test_after_it_is_over_one_may_ask_again(world, now):
    found = failing(world)
    one = ask(world, found, now=now)
    exemptions.revoke_exemption(exemption=one, answer="", actor=world.bob, now=now)
    assert ask(world, found, now=now + DAY).state == ExemptionState.PENDING


def test_each_that_is_due_expires_once_and_is_told_once(world, now):
    one = exemption(world, expires_at=now)
    for at in (now - DAY, now, now + DAY):
        exemptions.expire_exemptions(now=at)
    one.refresh_from_db()
    assert (one.state, one.ended_at, one.decided_by) == (ExemptionState.EXPIRED, now, None)
    assert events() == ["scorecards.exemption.expired"]


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "approved by whoever asked": {
        "state": "APPROVED", "decided_by": "bob", "decided_at": EARLIER
    },
    "approved by nobody": {"state": "APPROVED"},
    "waiting though decided": {"decided_by": "alice", "decided_at": EARLIER},
    "over without an end": {"state": "EXPIRED"},
    "live though ended": {"ended_at": EARLIER},
    "over before it began": {"expires_at": EARLIER - DAY},
    "without a reason": {"reason": ""},
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_the_database_lets_no_such_exemption_in(world, name):
    values = dict(IMPOSSIBLE[name])
    if "decided_by" in values:
        values["decided_by"] = getattr(world, values["decided_by"])
    found = failing(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        exemption(world, scorecard=found, **values)
    assert not Exemption.objects.exists()


def test_the_database_lets_one_live_exemption_in(world):
    one = exemption(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        exemption(world, scorecard=one.scorecard)


# --- Initiatives ------------------------------------------------------------------------------


def initiative(world, found, state=InitiativeState.SCHEDULED, **values):
    return Initiative.objects.create(
        **{
            "title": "Silver",
            "why": "Nights are short.",
            "scorecard": found,
            "level": 2,
            "owner": world.alice,
            "starts_on": date(2026, 3, 4),
            "due_on": date(2026, 3, 10),
            "state": state,
            "state_since": EARLIER,
        }
        | values
    )


def course(one):
    one.refresh_from_db()
    steps = one.progress_set.order_by("on").values_list("on__day", "done", "total")
    return one.state, list(steps)


def test_an_initiative_begins_is_measured_comes_late_and_is_done(world, now):
    found = scorecard()
    one = initiative(world, found)
    evaluate_all(now=now)
    initiatives.advance_initiatives(now=now - DAY)
    assert course(one) == ("SCHEDULED", [])
    for days in (0, 1, 1):
        initiatives.advance_initiatives(now=now + days * DAY)
    assert course(one) == ("IN_PROGRESS", [(4, 0, 2)])
    Standing.objects.filter(application=world.checkout).update(level=2)
    initiatives.advance_initiatives(now=now + 6 * DAY)
    assert course(one) == ("IN_PROGRESS", [(4, 0, 2), (10, 1, 2)])
    initiatives.advance_initiatives(now=now + 7 * DAY)
    assert course(one) == ("LATE", [(4, 0, 2), (10, 1, 2)])
    Standing.objects.update(level=2)
    for days in (8, 9):
        initiatives.advance_initiatives(now=now + days * DAY)
    assert course(one) == ("DONE", [(4, 0, 2), (10, 1, 2), (12, 2, 2)])
    assert events() == ["scorecards.initiative.moved"] * 3


def test_without_anybody_to_do_it_nothing_is_done(world, now):
    one = initiative(world, scorecard(), tiers=[4])
    evaluate_all(now=now)
    initiatives.advance_initiatives(now=now)
    initiatives.advance_initiatives(now=now + DAY)
    assert course(one) == ("IN_PROGRESS", [(4, 0, 0)])


def test_rules_are_a_goal_whatever_the_level(world, now):
    one = initiative(world, scorecard(), level=None, rules=["owner"], team=world.payments)
    evaluate_all(now=now)
    initiatives.advance_initiatives(now=now)
    initiatives.advance_initiatives(now=now + DAY)
    assert course(one) == ("DONE", [(4, 1, 1)])


def test_what_is_called_off_or_a_draft_stays_so(world, now):
    found = scorecard()
    evaluate_all(now=now)
    for state in (InitiativeState.DRAFT, InitiativeState.CANCELLED):
        one = initiative(world, found, state)
        initiatives.advance_initiatives(now=now + 30 * DAY)
        assert course(one) == (state, [])


def test_a_change_that_changes_nothing_is_not_told(world, now):
    one = initiative(world, scorecard())
    initiatives.change_initiative(initiative=one, title="Silver", actor=world.alice, now=now)
    assert events() == []


@pytest.mark.parametrize(
    "values",
    [
        {"due_on": date(2026, 3, 4)},
        {"level": None},
        {"rules": ["owner"]},
        {"level": 0},
    ],
)
def test_the_database_lets_no_such_initiative_in(world, values):
    found = scorecard()
    with pytest.raises(IntegrityError), transaction.atomic():
        initiative(world, found, **values)


def test_the_database_lets_no_more_be_done_than_there_is(world):
    one = initiative(world, scorecard())
    with pytest.raises(IntegrityError), transaction.atomic():
        Progress.objects.create(initiative=one, on=date(2026, 3, 4), done=2, total=1)
