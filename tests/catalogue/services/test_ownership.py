"""Who owns an application: claiming, giving up, transfers by two people, and the history."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.catalogue.models import (
    Application,
    Lifecycle,
    OwnershipChange,
    OwnershipPeriod,
    Tier,
    TransferSide,
    TransferState,
)
from portal.catalogue.services import (
    accept_transfer,
    claim_application,
    decline_transfer,
    expire_transfer,
    register_application,
    release_application,
    request_transfer,
    withdraw_transfer,
)
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.services.ownership import (
    NotOwnedError,
    OwnedError,
    TransferClosedError,
    TransferPendingError,
)
from tests.architecture.calls.catalogue_ownership import offer
from tests.catalogue.trail import last_event
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OwnershipPeriodFactory,
    UserFactory,
)


@pytest.fixture
def orphan(world):
    return ApplicationFactory.create(slug="orphan", name="Orphan", owner=None)


def history(application):
    """Return who owned it and how that came, the first owner first."""
    found = application.ownership_periods.order_by("since", "id")
    return [(one.team and one.team.slug, one.change) for one in found]


def ask(world, now, **changes):
    arguments = {
        "application": world.checkout,
        "to_team": world.lending,
        "side": TransferSide.OFFER,
        "reason": "It is about loans.",
        "actor": world.bob,
        "now": now,
    }
    return request_transfer(**(arguments | changes))


def test_registering_begins_the_history_and_gives_the_word(world, now):
    application = register_application(
        name="Refunds",
        owner=world.acquiring,
        tier=Tier.TWO,
        lifecycle=Lifecycle.PRODUCTION,
        actor=world.bob,
        now=now,
    )
    period = application.ownership_periods.get()
    assert (period.team, period.since, period.until) == (world.acquiring, now, None)
    assert (period.how, period.by) == (OwnershipChange.REGISTERED, world.bob)
    assert (application.attested_at, application.attested_by) == (now, world.bob)


@pytest.mark.parametrize("name", ["alice", "bob", "olive"])
def test_who_may_register_for_a_team_claims_for_it(world, orphan, now, name):
    actor = getattr(world, name)
    claimed = claim_application(application=orphan, team=world.acquiring, actor=actor, now=now)
    assert claimed.owner == world.acquiring
    assert claimed.attested_at == now
    # Operations place it, but do not give the team's word.
    assert claimed.attested_by == (None if name == "olive" else actor)
    assert history(orphan) == [("acquiring", "CLAIMED")]
    assert last_event() == (
        f"{name}@example.com claimed orphan, which had no owner, for team:acquiring"
    )


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_nobody_claims_for_a_team_of_others(world, orphan, now, name):
    with pytest.raises(NotAllowedError):
        claim_application(
            application=orphan, team=world.acquiring, actor=getattr(world, name), now=now
        )
    assert history(orphan) == []


def test_what_somebody_owns_is_not_claimed(world, now):
    with pytest.raises(OwnedError, match="owned by Acquiring already"):
        claim_application(
            application=world.checkout, team=world.lending, actor=world.charlie, now=now
        )


def test_a_release_needs_a_reason_and_leaves_it_for_anybody(world, now):
    OwnershipPeriodFactory.create(application=world.checkout)
    with pytest.raises(ValidationError, match="Say why"):
        release_application(application=world.checkout, reason="  ", actor=world.bob, now=now)
    released = release_application(
        application=world.checkout, reason="Nobody knows it.", actor=world.bob, now=now
    )
    assert (released.owner, released.attested_at, released.attested_by) == (None, None, None)
    assert history(world.checkout) == [("acquiring", "REGISTERED"), (None, "RELEASED")]
    assert world.checkout.ownership_periods.get(until=now).team == world.acquiring
    with pytest.raises(NotOwnedError):
        release_application(application=released, reason="Again.", actor=world.olive, now=now)


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_only_who_answers_for_it_releases_it(world, now, name):
    with pytest.raises(NotAllowedError):
        release_application(
            application=world.checkout, reason="Away.", actor=getattr(world, name), now=now
        )


def test_an_offer_is_accepted_by_somebody_of_the_other_team(world, now):
    OwnershipPeriodFactory.create(application=world.checkout)
    request = ask(world, now)
    assert request.expires_at == now + timedelta(days=14)
    assert Application.objects.get(slug="checkout").owner == world.acquiring
    later = now + timedelta(days=1)
    accept_transfer(request=request, actor=world.charlie, now=later)
    moved = Application.objects.get(slug="checkout")
    assert (moved.owner, moved.attested_by) == (world.lending, world.charlie)
    assert history(moved) == [("acquiring", "REGISTERED"), ("lending", "TRANSFERRED")]
    assert moved.ownership_periods.get(until=None).reason == "It is about loans."
    request.refresh_from_db()
    assert (request.state, request.decided_by) == (TransferState.ACCEPTED, world.charlie)
    assert last_event() == (
        "charlie@example.com accepted that checkout goes from team:acquiring to team:lending, "
        "as user:bob@example.com asked"
    )


def test_a_request_is_accepted_by_somebody_of_the_owner(world, now):
    request = ask(world, now, side=TransferSide.REQUEST, actor=world.charlie)
    with pytest.raises(NotAllowedError):
        accept_transfer(request=request, actor=world.eve, now=now)
    accept_transfer(request=request, actor=world.alice, now=now)
    moved = Application.objects.get(slug="checkout")
    assert (moved.owner, moved.attested_by) == (world.lending, world.charlie)


def test_nobody_gives_and_takes_alone_even_in_both_teams(world, now):
    MembershipFactory.create(team=world.lending, user=world.bob)
    for side in TransferSide:
        request = ask(world, now, side=side)
        for answer in (
            lambda: accept_transfer(request=request, actor=world.bob, now=now),  # noqa: B023
            lambda: decline_transfer(
                request=request,  # noqa: B023
                reason="No.",
                actor=world.bob,
                now=now,
            ),
        ):
            with pytest.raises(NotAllowedError, match="somebody else of the other side"):
                answer()
        withdraw_transfer(request=request, actor=world.bob, now=now)
    assert Application.objects.get(slug="checkout").owner == world.acquiring


def test_operations_give_for_a_team_and_never_take_for_one(world, now):
    with pytest.raises(NotAllowedError, match="people of Lending"):
        ask(world, now, side=TransferSide.REQUEST, actor=world.olive)
    request = ask(world, now, actor=world.bob)
    with pytest.raises(NotAllowedError, match="people of Lending"):
        accept_transfer(request=request, actor=world.olive, now=now)
    withdraw_transfer(request=request, actor=world.olive, now=now)
    taken = ask(world, now, side=TransferSide.REQUEST, actor=world.charlie)
    accept_transfer(request=taken, actor=world.olive, now=now)
    assert Application.objects.get(slug="checkout").owner == world.lending


@pytest.mark.parametrize(
    ("side", "name"),
    [
        (TransferSide.OFFER, "charlie"),
        (TransferSide.OFFER, "eve"),
        (TransferSide.REQUEST, "bob"),
        (TransferSide.REQUEST, "audrey"),
    ],
)
def test_nobody_speaks_for_a_side_they_are_not_of(world, now, side, name):
    with pytest.raises(NotAllowedError):
        ask(world, now, side=side, actor=getattr(world, name))


def test_the_database_itself_wants_two_people_and_two_teams(world, now):
    for wrong in (
        {"to_team": world.acquiring},
        {"state": TransferState.ACCEPTED, "decided_by": world.bob, "decided_at": now},
        {"state": TransferState.ACCEPTED, "decided_at": now},
        {"state": TransferState.EXPIRED},
        {"decided_at": now},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            offer(world, **wrong)


def test_a_declined_transfer_leaves_the_owner_and_says_why(world, now):
    request = ask(world, now)
    with pytest.raises(ValidationError, match="Say why"):
        decline_transfer(request=request, reason="", actor=world.charlie, now=now)
    decline_transfer(request=request, reason="We are too few.", actor=world.charlie, now=now)
    request.refresh_from_db()
    assert (request.state, request.answer) == (TransferState.DECLINED, "We are too few.")
    assert Application.objects.get(slug="checkout").owner == world.acquiring
    with pytest.raises(TransferClosedError, match="declined by Charlie already"):
        accept_transfer(request=request, actor=world.charlie, now=now)
    assert ask(world, now).pk != request.pk


def test_only_the_side_that_asked_withdraws(world, now):
    request = ask(world, now)
    with pytest.raises(NotAllowedError):
        withdraw_transfer(request=request, actor=world.charlie, now=now)
    withdraw_transfer(request=request, actor=world.alice, now=now)
    with pytest.raises(TransferClosedError, match="withdrawn by Alice"):
        accept_transfer(request=request, actor=world.charlie, now=now)


def test_a_transfer_expires_to_the_second(world, now):
    request = ask(world, now)
    end = request.expires_at
    assert not expire_transfer(request=request, now=end - timedelta(seconds=1))
    with pytest.raises(TransferClosedError, match="has expired"):
        accept_transfer(request=request, actor=world.charlie, now=end)
    assert expire_transfer(request=request, now=end)
    assert not expire_transfer(request=request, now=end)
    assert Entry.objects.count() == 2
    assert last_event() == (
        "Nobody answered whether checkout goes from team:acquiring to team:lending"
    )


def test_one_transfer_waits_at_a_time_and_holds_what_would_cross_it(world, now):
    ask(world, now)
    with pytest.raises(TransferPendingError, match="waits for an answer"):
        ask(world, now, side=TransferSide.REQUEST, actor=world.charlie)
    with pytest.raises(TransferPendingError):
        release_application(application=world.checkout, reason="Away.", actor=world.bob, now=now)


def test_a_transfer_needs_an_owner_another_team_and_a_reason(world, orphan, now):
    with pytest.raises(NotOwnedError, match="Claim it instead"):
        ask(world, now, application=orphan, actor=world.olive)
    with pytest.raises(ValidationError, match="owns Checkout already"):
        ask(world, now, to_team=world.acquiring)
    with pytest.raises(ValidationError, match="Say why"):
        ask(world, now, reason=" ")


def test_a_retired_application_changes_no_hands(world, now):
    retired = ApplicationFactory.create(owner=world.acquiring, lifecycle=Lifecycle.RETIRED)
    forgotten = ApplicationFactory.create(owner=None, lifecycle=Lifecycle.RETIRED)
    with pytest.raises(RetiredError):
        ask(world, now, application=retired)
    with pytest.raises(RetiredError):
        release_application(application=retired, reason="Away.", actor=world.bob, now=now)
    with pytest.raises(RetiredError):
        claim_application(application=forgotten, team=world.lending, actor=world.olive, now=now)


def test_somebody_who_left_the_company_gives_no_word(world, now):
    gone = UserFactory.create(is_active=False)
    MembershipFactory.create(team=world.lending, user=gone)
    with pytest.raises(NotAllowedError):
        accept_transfer(request=ask(world, now), actor=gone, now=now)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (timedelta(days=-1), None),
        (timedelta(days=-1), timedelta(seconds=1)),
        (timedelta(hours=1), timedelta(hours=2)),
        (timedelta(hours=2), timedelta(hours=1)),
    ],
)
def test_two_owners_at_a_time_cannot_even_be_stored(world, now, since, until):
    OwnershipPeriodFactory.create(application=world.checkout, since=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnershipPeriodFactory.create(
            application=world.checkout,
            team=world.lending,
            since=now + since,
            until=now + until if until else None,
        )


def test_periods_are_half_open_and_each_application_has_its_own(world, now):
    OwnershipPeriodFactory.create(application=world.checkout, since=now)
    OwnershipPeriodFactory.create(
        application=world.checkout, since=now - timedelta(days=1), until=now
    )
    OwnershipPeriodFactory.create(application=world.loans, since=now)
    assert OwnershipPeriod.objects.count() == 3
