"""The owner's word that an application is still theirs: given, due, escalated."""

from datetime import timedelta

import pytest

from portal.accounts.policies import NotAllowedError
from portal.audit.events import AuditEvent
from portal.audit.models import Entry
from portal.catalogue.models import Application, Attestation, EscalationStep, Lifecycle
from portal.catalogue.selectors.attestation import attestation_of, in_state, untold
from portal.catalogue.services import attest_application, escalate_attestation
from portal.catalogue.services.applications import RetiredError
from portal.catalogue.tasks import escalate_attestations
from tests.catalogue.trail import last_event
from tests.factories import ApplicationFactory

DAY = timedelta(days=1)


def given(application, ago):
    """Let the owner's word be so old."""
    Application.objects.filter(pk=application.pk).update(attested_at=ago)
    application.refresh_from_db()
    return application


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_people_of_the_owner_confirm_with_one_call(world, now, name):
    actor = getattr(world, name)
    attested = attest_application(application=world.checkout, actor=actor, now=now)
    assert (attested.attested_at, attested.attested_by) == (now, actor)
    assert last_event() == (
        f"{name}@example.com confirmed that checkout is still owned by team:acquiring"
    )


@pytest.mark.parametrize("name", ["charlie", "olive", "eve", "audrey"])
def test_nobody_else_gives_the_owners_word_operations_included(world, now, name):
    with pytest.raises(NotAllowedError):
        attest_application(application=world.checkout, actor=getattr(world, name), now=now)


def test_nobody_confirms_what_nobody_owns_or_what_is_retired(world, now):
    with pytest.raises(NotAllowedError):
        attest_application(
            application=ApplicationFactory.create(owner=None), actor=world.bob, now=now
        )
    with pytest.raises(RetiredError):
        attest_application(
            application=ApplicationFactory.create(
                owner=world.acquiring, lifecycle=Lifecycle.RETIRED
            ),
            actor=world.bob,
            now=now,
        )


STATES = [
    (0, Attestation.CURRENT),
    (165, Attestation.CURRENT),
    (166, Attestation.DUE_SOON),
    (179, Attestation.DUE_SOON),
    (180, Attestation.DUE),
    (193, Attestation.DUE),
    (194, Attestation.OVERDUE),
    (207, Attestation.OVERDUE),
    (208, Attestation.ESCALATED),
    (900, Attestation.ESCALATED),
]


@pytest.mark.parametrize(("days", "state"), STATES)
def test_python_and_the_database_agree_how_fresh_the_word_is(world, now, days, state):
    given(world.checkout, now - days * DAY)
    assert attestation_of(world.checkout, now) == state
    found = [one for one in Attestation if _finds(one, now)]
    assert found == [state]


def _finds(state, now):
    return Application.objects.filter(in_state(state, now), slug="checkout").exists()


def test_a_state_begins_to_the_second(world, now):
    given(world.checkout, now - 180 * DAY + timedelta(seconds=1))
    assert attestation_of(world.checkout, now) == Attestation.DUE_SOON
    assert attestation_of(world.checkout, now + timedelta(seconds=1)) == Attestation.DUE


def test_without_a_word_the_time_counts_from_registering(world, now):
    world.checkout.registered_at = now - 181 * DAY
    world.checkout.save()
    given(world.checkout, None)
    assert attestation_of(world.checkout, now) == Attestation.DUE
    assert _finds(Attestation.DUE, now)


def test_what_nobody_owns_or_is_retired_has_no_state(world, now):
    for gone in (
        ApplicationFactory.create(owner=None),
        ApplicationFactory.create(lifecycle=Lifecycle.RETIRED),
    ):
        given(gone, now - 999 * DAY)
        assert attestation_of(gone, now) is None
        assert not any(
            Application.objects.filter(in_state(one, now), pk=gone.pk).exists()
            for one in Attestation
        )


def told():
    return list(EscalationStep.objects.order_by("id").values_list("application__slug", "step"))


@pytest.fixture
def at(time_machine):
    """Return a function that runs the task at an instant."""

    def at(instant):
        time_machine.move_to(instant, tick=False)
        escalate_attestations()

    return at


def test_each_step_is_on_record_once_however_often_the_task_runs(world, now, at):
    given(world.checkout, now)
    given(world.loans, now + 300 * DAY)
    for day in (*range(160, 215), 170, 214):
        at(now + day * DAY)
        at(now + day * DAY)
    steps = ["DUE_SOON", "DUE", "OVERDUE", "ESCALATED"]
    assert told() == [("checkout", step) for step in steps]
    entries = Entry.objects.filter(event=AuditEvent.ATTESTATION_ESCALATED).order_by("id")
    assert [one.at - now for one in entries] == [day * DAY for day in (166, 180, 194, 208)]
    assert last_event() == (
        f"team:acquiring was to confirm checkout by {now + 180 * DAY:%Y-%m-%d}: long overdue"
    )


def test_after_days_without_the_task_every_step_that_passed_is_told_in_order(world, now, at):
    given(world.checkout, now - 400 * DAY)
    at(now)
    assert told() == [("checkout", step) for step in ("DUE_SOON", "DUE", "OVERDUE", "ESCALATED")]


def test_a_new_word_begins_a_new_round(world, now, at):
    given(world.checkout, now - 185 * DAY)
    at(now)
    attest_application(application=world.checkout, actor=world.bob, now=now)
    assert list(untold(now)) == []
    at(now + 180 * DAY)
    assert [step for slug, step in told() if slug == "checkout"] == [
        "DUE_SOON",
        "DUE",
        "DUE_SOON",
        "DUE",
    ]


def test_a_step_that_is_not_reached_is_not_told(world, now):
    given(world.checkout, now)
    assert not escalate_attestation(application=world.checkout, step=Attestation.DUE_SOON, now=now)
    assert not Entry.objects.exists()
