"""Two people at once: one consistent outcome, and a clear answer for the other."""

import pytest

from oncall.models import Claim, Cover, Word
from oncall.plans.claims import Side, Stage
from oncall.services.claim_steps import ClaimError
from oncall.services.claims import ask_back, give_word, show_interest
from oncall.services.readiness import check_claims
from portal.catalogue.services import accept_transfer
from tests.architecture.calls.catalogue_ownership import offer
from tests.catalogue.services.test_concurrency import at_once
from tests.oncall.claims.scene import claim_at, ready

pytestmark = pytest.mark.django_db(transaction=True)


def test_both_words_at_once_are_both_given_and_the_trial_begins_once(world, now, settings):
    settings.OWNERSHIP_SHADOW_DAYS = 0
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world))
    outcomes = at_once(
        lambda: give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=now),
        lambda: give_word(claim=claim, side=Side.GIVER, actor=world.olive, now=now),
    )
    assert sorted(one.state for one in outcomes) == ["SHADOWING", "TRIAL"]
    assert (Word.objects.count(), Cover.objects.count()) == (2, 1)


def test_one_of_two_who_give_the_word_of_a_side_is_told_so(world, now, settings):
    settings.OWNERSHIP_SHADOW_DAYS = 0
    claim = claim_at(world, Stage.SHADOWING, rota=ready(world))
    outcomes = at_once(
        lambda: give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=now),
        lambda: give_word(claim=claim, side=Side.TAKER, actor=world.lea, now=now),
    )
    [told] = [one for one in outcomes if isinstance(one, Exception)]
    assert "Your side has given its word" in str(told)
    assert Word.objects.count() == 1


def test_one_of_two_claims_of_an_application_gets_it(world, now):
    outcomes = at_once(
        *(
            lambda actor=actor: show_interest(application=world.checkout, actor=actor, now=now)
            for actor in (world.alice, world.bob)
        )
    )
    [told] = [one for one in outcomes if isinstance(one, Exception)]
    assert isinstance(told, ClaimError)
    assert "claimed already" in str(told)
    assert Claim.objects.count() == 1


def test_a_claim_beside_a_transfer_is_of_the_owner_or_ends_with_the_next_check(world, now):
    request = offer(world)
    outcomes = at_once(
        lambda: show_interest(application=world.checkout, actor=world.bob, now=now),
        lambda: accept_transfer(request=request, actor=world.charlie, now=now),
    )
    check_claims(now=now)
    world.checkout.refresh_from_db()
    assert world.checkout.owner == world.lending
    assert not Claim.objects.filter(ended_at=None).exists()
    assert not isinstance(outcomes[1], Exception)


def test_asking_back_and_owning_at_once_leave_one_cover_and_one_state(world, now, settings):
    settings.OWNERSHIP_TRIAL_DAYS = 0
    claim = claim_at(world, Stage.TRIAL, rota=ready(world))
    give_word(claim=claim, side=Side.GIVER, actor=world.olive, now=now)
    at_once(
        lambda: give_word(claim=claim, side=Side.TAKER, actor=world.alice, now=now),
        lambda: ask_back(claim=claim, side=Side.TAKER, reason="No.", actor=world.lea, now=now),
    )
    claim.refresh_from_db()
    assert claim.state in {"OWNED", "HANDING_BACK"}
    assert Cover.objects.filter(until=None).count() == 1
