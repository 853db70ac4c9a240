"""Hand-over: notes and notices that come once, also after a night without a worker; digests."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from kpis.selectors.handover import open_incidents
from oncall.models import Cover, HandoverNote
from oncall.services.handover import (
    HandoverError,
    change_wish,
    leave_note,
    notice_shifts,
    send_digests,
)
from oncall.services.shifts import locked, recompute
from portal.accounts.policies import NotAllowedError
from portal.notifications.models import Notice
from tests.conftest import NOW
from tests.kpis.raw_facts import add_incident
from tests.oncall.pay.scene import past_rota
from tests.oncall.scene import at, layer, people, rota

# The week after 9 March is Bob's; his first night begins when the day's work is over.
BEGINS = at("2026-03-09T17:30")


@pytest.fixture
def nights(world):
    world.acquiring.zone = "Europe/London"
    world.acquiring.save()
    return past_rota(world)


def notices(person, kind="oncall.handover.coming"):
    return list(Notice.objects.filter(user=person, kind=kind).order_by("pk"))


def first_of(rota, person, after=NOW):
    return rota.shifts.filter(person=person, starts_at__gt=after).earliest("starts_at")


def test_whoever_comes_on_call_is_told_a_day_and_an_hour_before_and_once_each(world, nights):
    shift = nights.shifts.filter(starts_at__gt=BEGINS - timedelta(hours=1)).earliest("starts_at")
    leave_note(rota=nights, text="The queue is slow.", actor=world.alice, now=BEGINS)
    for hours, expected in ((25, 0), (24, 1), (20, 1), (1, 2), (0.5, 2), (-0.9, 2)):
        for _again in range(2):
            notice_shifts(now=shift.starts_at - timedelta(hours=hours))
        assert len(notices(shift.person)) == expected, hours
    assert "The queue is slow." in notices(shift.person)[1].text
    # The night after goes on with the same person: no hand-over.
    following = nights.shifts.filter(starts_at__gt=shift.starts_at).earliest("starts_at")
    assert following.person == shift.person
    notice_shifts(now=following.starts_at - timedelta(hours=1))
    assert len(notices(shift.person)) == 2


def test_after_downtime_one_notice_comes_and_none_an_hour_after_the_beginning(world, nights):
    shift = nights.shifts.filter(starts_at__gt=BEGINS - timedelta(hours=1)).earliest("starts_at")
    notice_shifts(now=shift.starts_at + timedelta(minutes=61))
    assert notices(shift.person) == []
    notice_shifts(now=shift.starts_at + timedelta(minutes=59))
    (notice,) = notices(shift.person)
    assert "began on" in notice.title


def test_working_a_rota_out_anew_tells_nobody_twice(world, nights):
    shift = nights.shifts.filter(starts_at__gt=BEGINS - timedelta(hours=1)).earliest("starts_at")
    now = shift.starts_at - timedelta(hours=3)
    notice_shifts(now=now)
    nights.shifts.filter(frozen_at=None).delete()
    recompute(rota=locked(nights), now=now, since=NOW)
    notice_shifts(now=now)
    assert len(notices(shift.person)) == 1


def test_on_working_days_only_a_sunday_shift_is_told_on_friday(world):
    # Turns change on Sundays at nine: Bob's begins then.
    some = [world.alice, world.bob]
    made = rota(
        world, some, now=NOW, zone="UTC",
        drafts=[layer(some, begins_on=date(2026, 3, 1), handoff_at=time(9))],
    )  # fmt: skip
    shift = made.shifts.filter(person=world.bob, starts_at__gte=at("2026-03-08T00:00")).earliest(
        "starts_at"
    )
    assert shift.starts_at == at("2026-03-08T09:00")
    change_wish(only_workdays=True, actor=world.bob, now=NOW)
    notice_shifts(now=at("2026-03-06T08:59"))
    assert notices(world.bob) == []
    notice_shifts(now=at("2026-03-06T09:00"))
    assert len(notices(world.bob)) == 1
    notice_shifts(now=at("2026-03-08T08:30"))
    assert len(notices(world.bob)) == 1


def test_open_incidents_of_what_the_rota_answers_for_come_along(world, nights):
    add_incident(world.checkout, NOW - timedelta(hours=3), title="Cards declined")
    add_incident(world.loans, NOW - timedelta(hours=3), title="Offers are slow")
    assert open_incidents(rotas=[nights], now=NOW) == {}
    Cover.objects.create(application=world.checkout, rota=nights, since=NOW)
    (matter,) = open_incidents(rotas=[nights], now=NOW)[nights.pk]
    assert matter.title == "Checkout: Cards declined"
    nights.is_central = True
    assert len(open_incidents(rotas=[nights], now=NOW)[nights.pk]) == 2


def test_a_note_is_left_by_who_is_in_the_rota(world, nights):
    for actor in (world.charlie, world.eve):
        with pytest.raises(NotAllowedError):
            leave_note(rota=nights, text="Hello", actor=actor, now=NOW)
    with pytest.raises(HandoverError):
        leave_note(rota=nights, text="  ", actor=world.bob, now=NOW)
    assert not HandoverNote.objects.exists()


def test_leads_get_the_week_on_monday_morning_of_their_zone_once(world, nights):
    monday = at("2026-03-09T08:00")
    for now, expected in (
        (monday - timedelta(minutes=1), 0),
        (monday, 1),
        (monday + timedelta(hours=5), 1),
        (monday + timedelta(days=3), 1),
        (monday + timedelta(days=7), 2),
    ):
        send_digests(now=now)
        assert len(notices(world.alice, "oncall.digest.weekly")) == expected, now
    assert "carries the most" in notices(world.alice, "oncall.digest.weekly")[0].text
    assert not notices(world.bob, "oncall.digest.weekly")


def test_the_pages_show_notes_to_those_in_the_rota_only(world, nights, client, time_machine):
    time_machine.move_to(NOW, tick=False)
    address = reverse("handover", args=[nights.slug])
    client.force_login(world.bob)
    client.post(address, {"text": "The queue is slow."})
    assert "The queue is slow." in client.get(address).content.decode()
    assert "required" in client.post(address, {"text": ""}).content.decode()
    client.force_login(first_of(nights, people(world)[2]).person)
    assert "The queue is slow." in client.get(reverse("handovers")).content.decode()
    client.post(reverse("handover-wish"), {"only_workdays": "on"})
    assert "checked" in client.get(reverse("handovers")).content.decode()
    client.force_login(world.charlie)
    assert client.get(address).status_code == 404
    assert client.post(address, {"text": "x"}).status_code == 404
    assert "No shift of yours is near" in client.get(reverse("handovers")).content.decode()


def test_notices_take_the_same_few_queries(world, nights, django_assert_max_num_queries):
    shift = nights.shifts.filter(starts_at__gt=BEGINS - timedelta(hours=1)).earliest("starts_at")
    notice_shifts(now=shift.starts_at - timedelta(hours=3))
    with django_assert_max_num_queries(3):
        notice_shifts(now=shift.starts_at - timedelta(hours=3))
