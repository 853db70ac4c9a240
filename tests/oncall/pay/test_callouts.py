"""Call-outs are told, corrected and struck; a night leads to rest, and the lead hears of it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from oncall.models import CallOut
from oncall.selectors.work import callouts_visible_to, rest_after
from oncall.services.callouts import (
    CallOutError,
    correct_callout,
    rest_words,
    strike_callout,
    tell_callout,
)
from portal.accounts.policies import NotAllowedError
from portal.audit.models import Entry
from portal.notifications.models import Notice
from tests.conftest import NOW
from tests.oncall.pay.scene import called, past_rota
from tests.oncall.scene import at

NIGHT = at("2026-03-04T01:00")


@pytest.fixture
def nights(world):
    return past_rota(world)


@pytest.fixture
def at_now(time_machine):
    time_machine.move_to(NOW, tick=False)


def test_somebody_tells_their_own_and_the_trail_says_so(world, nights):
    callout = called(nights, world.bob, NIGHT, 1.5, reference=" INC-7 ")
    assert (callout.person, callout.reference, callout.seconds) == (world.bob, "INC-7", 5400)
    entry = Entry.objects.latest("id")
    assert entry.event == "oncall.callout.told"
    assert entry.subject == nights.label


def test_a_lead_tells_it_for_somebody_and_a_colleague_may_not(world, nights):
    assert called(nights, world.bob, NIGHT, actor=world.alice).told_by == world.alice
    for actor in (world.charlie, world.eve, world.audrey):
        with pytest.raises(NotAllowedError):
            called(nights, world.bob, NIGHT - timedelta(hours=5), actor=actor)
    with pytest.raises(NotAllowedError, match="their own"):
        called(nights, world.alice, NIGHT, actor=world.bob)


@pytest.mark.parametrize(
    ("start", "hours", "words"),
    [
        (NIGHT, -1, "ends before it begins"),
        (NIGHT, 0, "ends before it begins"),
        (NIGHT, 25, "longer than a day"),
        (NOW - timedelta(minutes=30), 1, "not over yet"),
        (NIGHT - timedelta(days=400), 1, "more than a year ago"),
    ],
)
def test_times_that_make_no_sense_are_refused(world, nights, start, hours, words):
    if hours == 25:
        start -= timedelta(days=2)
    with pytest.raises(CallOutError, match=words):
        called(nights, world.bob, start, hours)
    assert not CallOut.objects.exists()


def test_a_person_is_called_out_once_at_a_time(world, nights):
    called(nights, world.bob, NIGHT, 2)
    with pytest.raises(CallOutError, match="was told for a part of that time"):
        called(nights, world.bob, NIGHT + timedelta(hours=1), 2)
    called(nights, world.bob, NIGHT + timedelta(hours=2))
    called(nights, world.alice, NIGHT, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        CallOut.objects.create(
            rota=nights, person=world.bob, starts_at=NIGHT, ends_at=NIGHT + timedelta(hours=1),
            told_by=world.bob, told_at=NOW,
        )  # fmt: skip


def test_a_correction_strikes_the_old_and_stands_in_its_place(world, nights):
    old = called(nights, world.bob, NIGHT, 2)
    new = correct_callout(
        callout=old, starts_at=NIGHT, ends_at=NIGHT + timedelta(hours=1), actor=world.bob, now=NOW
    )
    old.refresh_from_db()
    assert (old.struck_at, old.struck_by, new.replaces) == (NOW, world.bob, old)
    with pytest.raises(CallOutError, match="struck already"):
        strike_callout(callout=old, actor=world.bob, now=NOW)
    strike_callout(callout=new, actor=world.bob, now=NOW)
    assert not CallOut.objects.filter(struck_at=None).exists()


def test_a_correction_that_fails_strikes_nothing(world, nights):
    old = called(nights, world.bob, NIGHT, 2)
    called(nights, world.bob, NIGHT + timedelta(hours=3))
    with pytest.raises(CallOutError):
        correct_callout(
            callout=old, starts_at=NIGHT, ends_at=NIGHT + timedelta(hours=4), actor=world.bob,
            now=NOW,
        )  # fmt: skip
    old.refresh_from_db()
    assert old.struck_at is None


def test_after_a_night_the_earliest_start_is_said_and_the_lead_is_told(world, nights):
    # Kolkata's working hours, by the clocks of the rota: 09:00 to 17:30 in London.
    callout = called(nights, world.bob, NIGHT, 1.5)
    rest = rest_after(callout)
    assert rest is not None
    assert rest.longest == timedelta(hours=7, minutes=30)
    assert rest.next_start_advised == at("2026-03-04T13:30")
    assert "19:00 on Wednesday, 4 March (IST)" in rest_words(rest, callout)
    # Told at noon on that day, when work has begun: nobody is told any more.
    needed = Notice.objects.filter(kind="oncall.rest.needed")
    assert not needed.exists()
    early = called(nights, world.bob, at("2026-03-03T02:00"), 1, now=at("2026-03-03T03:10"))
    notice = needed.get()
    assert notice.user == world.alice
    assert "begins later" in notice.title
    assert notice.key == f"callout:{early.pk}:rest"


def test_a_call_in_working_hours_or_with_rest_enough_needs_no_later_start(world, nights):
    assert rest_after(called(nights, world.bob, at("2026-03-03T11:00"))) is None
    assert rest_after(called(nights, world.bob, at("2026-03-03T18:00"), 0.5)) is None


def test_who_sees_which(world, nights):
    called(nights, world.bob, NIGHT)
    for person in (world.bob, world.alice, world.olive, world.eve, world.audrey):
        assert callouts_visible_to(person).count() == 1
    assert not callouts_visible_to(world.charlie).exists()


def test_the_page_tells_one_in_three_fields(world, nights, client, at_now):
    client.force_login(world.bob)
    page = client.get(reverse("callouts"))
    assert "I was called" in page.content.decode()
    response = client.post(
        reverse("callouts"),
        {"starts_at": "2026-03-04T01:00", "ends_at": "2026-03-04T02:30", "rota": nights.pk},
        follow=True,
    )
    assert "not before" in response.content.decode()
    callout = CallOut.objects.get()
    assert (callout.person, callout.starts_at) == (world.bob, NIGHT)


def test_the_page_says_what_is_wrong(world, nights, client, at_now):
    client.force_login(world.bob)
    empty = client.post(reverse("callouts"), {"rota": nights.pk})
    assert "This field is required" in empty.content.decode()
    values = {"starts_at": "2026-03-04T02:30", "ends_at": "2026-03-04T01:00", "rota": nights.pk}
    assert "ends before it begins" in client.post(reverse("callouts"), values).content.decode()
    foreign = client.post(reverse("callouts"), values | {"rota": 0})
    assert "Select a valid choice" in foreign.content.decode()


def test_a_foreign_and_a_missing_call_out_are_the_same(world, nights, client, at_now):
    callout = called(nights, world.bob, NIGHT)
    client.force_login(world.charlie)
    for pk in (callout.pk, 10**9):
        assert client.get(reverse("callout-correct", args=[pk])).status_code == 404
        assert client.post(reverse("callout-strike", args=[pk])).status_code == 404
    assert client.post(reverse("callouts"), {}).status_code == 403


def test_the_page_takes_the_same_few_queries_however_long_the_list(
    world, nights, client, at_now, django_assert_max_num_queries
):
    for day in range(20):
        called(nights, world.bob, NIGHT - timedelta(days=day + 1), application=world.checkout)
    client.force_login(world.bob)
    with django_assert_max_num_queries(12):
        client.get(reverse("callouts"))


def test_a_correction_is_made_on_its_page(world, nights, client, at_now):
    callout = called(nights, world.bob, NIGHT)
    client.force_login(world.bob)
    address = reverse("callout-correct", args=[callout.pk])
    assert 'value="2026-03-04T01:00' in client.get(address).content.decode()
    client.post(address, {"starts_at": "2026-03-04T01:00", "ends_at": "2026-03-04T01:20"})
    assert CallOut.objects.get(struck_at=None).seconds == 1200


def test_who_is_in_no_rota_tells_nothing(world, nights):
    with pytest.raises(NotAllowedError):
        tell_callout(
            rota=nights, person=world.charlie, starts_at=NIGHT,
            ends_at=NIGHT + timedelta(hours=1), actor=world.charlie, now=NOW,
        )  # fmt: skip
