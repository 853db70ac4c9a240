"""What everybody may do to a claim wherever it stands: one table without a hole."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from oncall.models import ClaimState, ClaimStep, Cover, ReadinessException, Rota, Word
from oncall.plans.claims import MOVES, Act, Side, Stage
from oncall.services import claims as services
from oncall.services.claim_steps import ClaimError
from oncall.services.claims import NotReadyError
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.services import release_application, retire_application
from portal.notifications.models import Notice
from tests.oncall import scene
from tests.oncall.claims.scene import central, claim_at, owned, ready

WHO = ("bob", "alice", "olive", "cleo", "charlie", "eve", "audrey")
OUTSIDE = ("charlie", "eve", "audrey")
NO, NEVER = "no", "never"
TEAM, LEAD, EITHER = ("bob", "alice"), ("alice",), ("alice", "olive", "cleo")

# (stage, act): what comes of it, and for whom. What is not here comes to nothing for anybody.
DECLARED = {
    ("", Act.SHOW_INTEREST): ("INTERESTED", TEAM),
    ("INTERESTED", Act.CHOOSE_ROTA): ("PREPARING", LEAD),
    ("INTERESTED", Act.WITHDRAW): ("RETURNED", TEAM),
    ("PREPARING", Act.CHOOSE_ROTA): ("PREPARING", LEAD),
    ("PREPARING", Act.SHADOW): ("SHADOWING", LEAD),
    ("PREPARING", Act.WITHDRAW): ("RETURNED", LEAD),
    ("SHADOWING", Act.CHOOSE_ROTA): ("SHADOWING", LEAD),
    ("SHADOWING", Act.GIVE_WORD): ("SHADOWING", EITHER),
    ("SHADOWING", Act.WITHDRAW): ("RETURNED", LEAD),
    ("TRIAL", Act.CHOOSE_ROTA): ("TRIAL", LEAD),
    ("TRIAL", Act.GIVE_WORD): ("TRIAL", EITHER),
    ("TRIAL", Act.ASK_BACK): ("HANDING_BACK", EITHER),
    ("OWNED", Act.CHOOSE_ROTA): ("OWNED", LEAD),
    ("OWNED", Act.ASK_BACK): ("HANDING_BACK", EITHER),
    ("HANDING_BACK", Act.GIVE_WORD): ("HANDING_BACK", EITHER),
    # Alice asked, so it is for the team to take it back.
    ("HANDING_BACK", Act.STAY): ("OWNED", LEAD),
}
ENDED = ("RETURNED", "ORPHANED", "EXPIRED")


@pytest.fixture(autouse=True)
def no_waiting(settings):
    settings.OWNERSHIP_SHADOW_DAYS = settings.OWNERSHIP_TRIAL_DAYS = 0


def do(act, application, rota, **given):
    """Do something to a claim, in the name of the side where there is one to speak for."""
    side, claim = given.pop("side"), given.pop("claim")
    calls = {
        Act.SHOW_INTEREST: lambda: services.show_interest(application=application, **given),
        Act.CHOOSE_ROTA: lambda: services.choose_rota(claim=claim, rota=rota, **given),
        Act.SHADOW: lambda: services.start_shadowing(claim=claim, **given),
        Act.GIVE_WORD: lambda: services.give_word(claim=claim, side=side, **given),
        Act.WITHDRAW: lambda: services.withdraw_claim(claim=claim, **given),
        Act.ASK_BACK: lambda: services.ask_back(claim=claim, side=side, reason="Few.", **given),
        Act.STAY: lambda: services.stay(claim=claim, **given),
    }
    return calls[act]()


def outcome(act, application, rota, **given):
    try:
        with transaction.atomic():
            state = do(act, application, rota, **given).state
            transaction.set_rollback(True)
            return state
    except NotAllowedError:
        return NO
    except ClaimError:
        return NEVER


def expected(stage, act, name):
    if name in OUTSIDE or (act == Act.SHOW_INTEREST and name not in TEAM):
        return NO
    declared = DECLARED.get(("" if stage in ENDED and act == Act.SHOW_INTEREST else stage, act))
    if declared is None:
        return NEVER
    state, allowed = declared
    return state if name in allowed else NO


@pytest.mark.parametrize("stage", ["", *ClaimState.values])
def test_every_act_of_everybody_at_every_stage_has_its_declared_outcome(world, now, stage):
    central(world)
    rota = ready(world)
    claim = claim_at(world, Stage(stage), rota=rota) if stage else None
    found, wanted = {}, {}
    for act in Act:
        if claim is None and act != Act.SHOW_INTEREST:
            continue
        for name in WHO:
            side = Side.GIVER if name in {"olive", "cleo"} else Side.TAKER
            given = {"claim": claim, "side": side, "actor": getattr(world, name), "now": now}
            found[act, name] = outcome(act, world.checkout, rota, **given)
            wanted[act, name] = expected(stage, act, name)
    assert found == wanted


def test_the_table_of_the_rules_is_the_declared_one():
    assert {(str(stage or ""), act) for stage, act in MOVES} == DECLARED.keys()


def test_a_claim_with_both_words_goes_on_and_one_word_waits(world, now):
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world))
    claim = services.give_word(claim=claim, side=Side.GIVER, actor=world.olive, now=now)
    assert (claim.state, Cover.objects.count()) == ("SHADOWING", 0)
    claim = services.give_word(
        claim=claim, side=Side.TAKER, actor=world.alice, now=now + timedelta(hours=1)
    )
    assert claim.state == "TRIAL"
    cover = Cover.objects.get()
    assert (cover.rota, cover.since, cover.until) == (claim.rota, now + timedelta(hours=1), None)
    assert b"both sides agree" in bytes(Entry.objects.latest("id").body)


def test_nobody_gives_the_words_of_both_sides(world, now):
    """Alice leads the team and the central support too."""
    support = central(world).team
    support.memberships.filter(role="LEAD").update(user=world.alice)
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world))
    services.give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=now)
    with pytest.raises(ClaimError, match="It takes two people"):
        services.give_word(claim=claim, side=Side.GIVER, actor=world.alice, now=now)
    with pytest.raises(ClaimError, match="Your side has given its word"):
        services.give_word(claim=claim, side=Side.TAKER, actor=world.lea, now=now)


def test_the_database_takes_no_two_words_of_one_person_or_side(world, now):
    step = ClaimStep.objects.get(claim=claim_at(world, Stage.SHADOWING))
    given = {"step": step, "at": now}
    Word.objects.create(side="TAKER", by=world.alice, **given)
    for side, by in (("GIVER", world.alice), ("TAKER", world.olive)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Word.objects.create(side=side, by=by, **given)


def test_the_database_takes_no_exception_that_its_asker_approves(world, now):
    with pytest.raises(IntegrityError, match="oncall_exception_two_people"):
        ReadinessException.objects.create(
            claim=claim_at(world, Stage.PREPARING),
            item="people",
            reason="We know each other.",
            asked_by=world.alice,
            asked_at=now,
            expires_at=now + timedelta(days=1),
            approved_by=world.alice,
            approved_at=now,
        )


def test_the_database_takes_one_live_claim_and_no_trial_without_a_rota(world, now):
    claim = claim_at(world, Stage.INTERESTED)
    for state in ("INTERESTED", "TRIAL"):
        claim.pk, claim.state = None, state
        with pytest.raises(IntegrityError), transaction.atomic():
            claim.save(force_insert=True)


def test_a_word_waits_for_the_end_of_the_period(world, now, settings):
    settings.OWNERSHIP_SHADOW_DAYS = 14
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world))
    early = now + timedelta(days=13)
    with pytest.raises(ClaimError, match="runs until 18 March 2026"):
        services.give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=early)
    services.give_word(
        claim=claim, side=Side.TAKER, actor=world.alice, now=now + timedelta(days=14)
    )
    assert Word.objects.count() == 1


def test_a_word_needs_readiness_and_names_what_is_missing(world, now):
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world, number=4))
    with pytest.raises(NotReadyError, match="enough people; nobody on call half of the time"):
        services.give_word(claim=claim, side=Side.GIVER, actor=world.olive, now=now)
    assert not Word.objects.exists()


def test_shadow_shifts_are_asked_for_before_owning_not_before_the_trial(world, now):
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world, shadowed=False))
    for side, actor in ((Side.TAKER, world.alice), (Side.GIVER, world.olive)):
        claim = services.give_word(claim=claim, side=side, actor=actor, now=now)
    assert claim.state == "TRIAL"
    with pytest.raises(NotReadyError, match="shadow shifts done"):
        services.give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=now)


def test_another_rota_voids_the_words_and_takes_the_cover_over(world, now):
    claim = claim_at(world, Stage.TRIAL, rota=ready(world))
    services.give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=now)
    other = scene.rota(world, scene.people(world, 8), name="Other nights")
    later = now + timedelta(days=1)
    claim = services.choose_rota(claim=claim, rota=other, actor=world.alice, now=later)
    assert (claim.state, claim.rota) == ("TRIAL", other)
    assert Word.objects.get().withdrawn_at == later
    assert list(Cover.objects.order_by("since").values_list("rota__name", "until")) == [
        ("Acquiring at night", later),
        ("Other nights", None),
    ]


@pytest.mark.parametrize("which", ["central", "foreign", "retired"])
def test_a_rota_that_is_not_the_teams_is_refused(world, now, which):
    claim = claim_at(world, Stage.INTERESTED)
    if which == "central":
        rota = central(world)
    elif which == "foreign":
        rota = scene.rota(world, [world.charlie], team=world.lending, actor=world.olive)
    else:
        rota = scene.rota(world)
        Rota.objects.filter(pk=rota.pk).update(retired_at=now)
    with pytest.raises(ClaimError, match="Choose a rota of Acquiring"):
        services.choose_rota(claim=claim, rota=rota, actor=world.alice, now=now)


def test_nights_go_back_by_two_words_and_the_cover_ends(world, now):
    claim = claim_at(world, Stage.OWNED, rota=ready(world))
    later = now + timedelta(days=3)
    claim = services.ask_back(
        claim=claim, side=Side.TAKER, reason="Three of us left.", actor=world.alice, now=later
    )
    assert (claim.state, claim.planned_until) == ("HANDING_BACK", later + timedelta(days=28))
    assert Cover.objects.get().until is None
    with pytest.raises(ClaimError, match="Your side has given its word"):
        services.give_word(claim=claim, side=Side.TAKER, actor=world.lea, now=later)
    claim = services.give_word(claim=claim, side=Side.GIVER, actor=world.olive, now=later)
    assert (claim.state, claim.ended_at) == ("RETURNED", later)
    assert Cover.objects.get().until == later


def test_central_support_may_ask_for_the_nights_and_take_that_back(world, now):
    claim = claim_at(world, Stage.TRIAL, rota=ready(world))
    claim.steps.update(planned_until=now + timedelta(days=9))
    claim = services.ask_back(
        claim=claim, side=Side.GIVER, reason="Nobody answered twice.", actor=world.olive, now=now
    )
    with pytest.raises(NotAllowedError, match="take the hand-back back"):
        services.stay(claim=claim, actor=world.alice, now=now)
    claim = services.stay(claim=claim, actor=world.olive, now=now + timedelta(hours=1))
    assert (claim.state, claim.planned_until) == ("TRIAL", now + timedelta(days=9))
    assert Cover.objects.get().until is None
    assert Word.objects.get().withdrawn_at


def test_a_reason_is_asked_for_going_back(world, now):
    claim = claim_at(world, Stage.OWNED)
    with pytest.raises(ClaimError, match="Say why"):
        services.ask_back(claim=claim, side=Side.TAKER, reason=" ", actor=world.alice, now=now)


def test_only_what_a_team_owns_and_runs_is_claimed(world, now):
    retire_application(application=world.checkout, reason="Gone.", actor=world.alice, now=now)
    with pytest.raises(ClaimError, match="Only what a team owns"):
        services.show_interest(application=world.checkout, actor=world.bob, now=now)
    release_application(application=world.loans, reason="Gone.", actor=world.charlie, now=now)
    with pytest.raises(NotAllowedError):
        services.show_interest(application=world.loans, actor=world.charlie, now=now)


def test_a_claim_of_a_former_owner_moves_no_more(world, now):
    claim = claim_at(world, Stage.PREPARING, rota=ready(world))
    world.checkout.owner = world.lending
    world.checkout.save()
    with pytest.raises(NotAllowedError):
        services.start_shadowing(claim=claim, actor=world.alice, now=now)
    world.lending.memberships.update(role="LEAD")
    with pytest.raises(ClaimError, match="does not own Checkout any more"):
        services.start_shadowing(claim=claim, actor=world.charlie, now=now)


def test_the_whole_way_is_two_words_twice_and_everybody_is_told(world, now, settings):
    settings.OWNERSHIP_SHADOW_DAYS, settings.OWNERSHIP_TRIAL_DAYS = 14, 14
    claim = owned(world)
    assert (claim.state, claim.since) == ("OWNED", now + timedelta(days=28))
    assert list(claim.steps.values_list("state", flat=True)) == [
        *("INTERESTED", "PREPARING", "SHADOWING", "TRIAL", "OWNED")
    ]
    assert Word.objects.count() == 4
    titles = set(Notice.objects.filter(user=world.olive).values_list("title", flat=True))
    assert titles >= {"Your word is asked: Checkout to trial", "Checkout: owned"}
    assert Notice.objects.filter(user=world.bob, title="Checkout: trial").exists()
    assert Cover.objects.get().rota == claim.rota
