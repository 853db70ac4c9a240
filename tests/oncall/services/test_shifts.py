"""Shifts worked out ahead: what a change leaves, what is frozen, what the database refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from oncall.models import Change, Gap, Hours, Shift
from oncall.services.leave import add_leave, cancel_leave
from oncall.services.overrides import cancel_override, make_override
from oncall.services.rotas import change_definition, change_rota, retire_rota
from oncall.services.shifts import (
    HORIZON,
    freeze_shifts,
    mark,
    notice_changes,
    recompute,
    recompute_due,
)
from tests.conftest import NOW
from tests.oncall.scene import at, layer, layers, on_call, people, rota

NIGHT = at("2026-03-04T22:00")
NEXT_WEEK = at("2026-03-10T22:00")


def rows(one):
    return list(one.shifts.values_list("role", "person__name", "starts_at", "ends_at"))


def test_who_is_on_call_is_worked_out_for_the_months_ahead(world):
    one = rota(world)
    assert on_call(one, NIGHT) == ["Alice"]
    assert on_call(one, NIGHT, "secondary") == ["Bob"]
    assert on_call(one, NEXT_WEEK) == ["Bob"]
    # At work nobody is on call.
    assert on_call(one, at("2026-03-05T12:00")) == []
    last = one.shifts.latest("ends_at")
    assert NOW + HORIZON - timedelta(days=2) < last.ends_at <= NOW + HORIZON
    assert one.gaps.count() == 0


def test_working_it_out_again_changes_nothing(world):
    one = rota(world)
    before = list(one.shifts.values_list("pk", "starts_at", "ends_at"))
    changed = recompute(rota=one, now=NOW)
    assert (changed.came, changed.went) == ((), ())
    assert list(one.shifts.values_list("pk", "starts_at", "ends_at")) == before


@pytest.mark.parametrize("hours", [1, 7, 30, 24 * 9])
def test_working_it_out_later_gives_what_working_it_out_at_once_would(world, hours):
    one = rota(world)
    later = NOW + timedelta(hours=hours)
    recompute(rota=one, now=later)
    in_steps = rows(one)
    one.shifts.all().delete()
    one.computed_until = None
    recompute(rota=one, now=later, since=NOW - timedelta(hours=20))
    assert rows(one) == in_steps


def test_a_shift_that_has_begun_is_cut_where_the_change_begins(world):
    some = people(world)
    one = rota(world, some)
    change_definition(
        rota=one,
        layers=layers(list(reversed(some))),
        starts_at=NIGHT,
        seen=1,
        actor=world.alice,
        now=NIGHT,
    )
    night = one.shifts.filter(role="primary", starts_at__lt=NIGHT).latest("starts_at")
    assert (night.person, night.ends_at) == (world.alice, NIGHT)
    assert on_call(one, NIGHT) == ["Emil"]


def test_a_change_from_a_later_day_leaves_what_is_before_it(world):
    some = people(world)
    one = rota(world, some)
    noon = at("2026-03-10T12:00")
    before = [row for row in rows(one) if row[3] <= noon]
    change_definition(
        rota=one,
        layers=[layer([world.bob])],
        starts_at=noon,
        seen=1,
        actor=world.alice,
        now=NOW,
        reason="Two left.",
    )
    assert [row for row in rows(one) if row[3] <= noon] == before
    assert on_call(one, at("2026-03-20T22:00")) == ["Bob"]
    assert on_call(one, at("2026-03-20T22:00"), "secondary") == []


def test_a_frozen_shift_is_a_record_that_nobody_changes(world):
    one = rota(world)
    later = NOW + timedelta(days=3)
    assert freeze_shifts(now=later) > 0
    frozen = one.shifts.filter(frozen_at__isnull=False).latest("ends_at")
    for sql in ("UPDATE oncall_shift SET ends_at = now()", "DELETE FROM oncall_shift"):
        with (
            pytest.raises(ProgrammingError, match="is a record"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{sql} WHERE id = %s", [frozen.pk])
    # Not even by a change that would begin before it.
    before = list(one.shifts.filter(frozen_at__isnull=False).values_list("pk", "ends_at"))
    recompute(rota=one, now=later, since=NOW - timedelta(hours=20))
    assert list(one.shifts.filter(frozen_at__isnull=False).values_list("pk", "ends_at")) == before


def test_the_database_lets_no_two_be_primary_at_once(world):
    one = rota(world)
    shift = one.shifts.filter(role="primary").earliest("starts_at")
    with pytest.raises(IntegrityError, match="oncall_shift_one_primary"):
        Shift.objects.create(
            rota=one,
            role="primary",
            person=world.charlie,
            starts_at=shift.starts_at + timedelta(minutes=1),
            ends_at=shift.ends_at + timedelta(minutes=1),
            is_exclusive=True,
        )


def test_leave_opens_a_gap_until_somebody_covers(world):
    one = rota(world)
    _, changed = add_leave(
        person=world.alice,
        starts_at=at("2026-03-05T00:00"),
        ends_at=at("2026-03-07T00:00"),
        actor=world.alice,
        now=NOW,
    )
    assert changed[one].people == {world.alice.pk}
    assert on_call(one, at("2026-03-05T22:00")) == []
    gap = one.gaps.get(
        role="primary", starts_at__lte=at("2026-03-05T22:00"), ends_at__gt=at("2026-03-05T22:00")
    )
    make_override(
        rota=one,
        kind=Change.COVER,
        comes=world.bob,
        starts_at=gap.starts_at,
        ends_at=gap.ends_at,
        actor=world.alice,
        now=NOW,
    )
    assert on_call(one, at("2026-03-05T22:00")) == ["Bob"]
    assert not Gap.objects.filter(pk=gap.pk).exists()


def test_a_gap_that_is_known_stays_known(world):
    one = rota(world, drafts=[layer([world.alice])])
    leave, _ = add_leave(
        person=world.alice,
        starts_at=at("2026-03-06T00:00"),
        ends_at=at("2026-03-09T00:00"),
        actor=world.alice,
        now=NOW,
    )
    known = list(one.gaps.values_list("pk", "found_at"))
    assert known
    recompute(rota=one, now=NOW + timedelta(hours=1))
    assert list(one.gaps.values_list("pk", "found_at")) == known
    cancel_leave(leave=leave, actor=world.alice, now=NOW + timedelta(hours=2))
    assert one.gaps.count() == 0


def test_who_left_is_on_call_no_more(world):
    one = rota(world)
    world.bob.is_active = False
    world.bob.save()
    assert notice_changes(now=NOW) == 1
    assert recompute_due(now=NOW) == 1
    assert on_call(one, NEXT_WEEK) == []
    assert one.gaps.filter(role="primary").exists()
    assert notice_changes(now=NOW) == 0


def test_other_working_hours_of_the_team_move_the_nights(world):
    one = rota(world)
    before = on_call(one, at("2026-03-05T18:00"))
    world.acquiring.workday_ends_at = world.acquiring.workday_ends_at.replace(hour=20)
    world.acquiring.save()
    notice_changes(now=NOW)
    recompute_due(now=NOW)
    assert (before, on_call(one, at("2026-03-05T18:00"))) == (["Alice"], [])


def test_the_horizon_moves_on_by_itself(world):
    one = rota(world)
    assert recompute_due(now=NOW) == 0
    later = NOW + timedelta(days=1)
    assert recompute_due(now=later) == 1
    assert recompute_due(now=later) == 0
    last = one.shifts.latest("ends_at")
    assert last.ends_at > NOW + HORIZON - timedelta(days=1)


def test_an_override_that_is_cancelled_after_it_began_counted_until_then(world):
    one = rota(world)
    override, _ = make_override(
        rota=one,
        kind=Change.REPLACE,
        comes=world.bob,
        goes=world.alice,
        starts_at=at("2026-03-04T20:00"),
        ends_at=at("2026-03-05T06:00"),
        actor=world.alice,
        now=NOW,
    )
    assert on_call(one, NIGHT) == ["Bob"]
    cancel_override(override=override, actor=world.alice, now=NIGHT)
    assert on_call(one, at("2026-03-04T21:59")) == ["Bob"]
    assert on_call(one, NIGHT) == ["Alice"]
    # And stays so when something before it is worked out anew.
    recompute(rota=one, now=NIGHT, since=NOW)
    assert on_call(one, at("2026-03-04T21:59")) == ["Bob"]


def test_around_the_clock_means_at_work_too(world):
    one = rota(world, drafts=[layer(people(world), hours="ALWAYS")], hours=Hours.OUT_OF_HOURS)
    assert on_call(one, at("2026-03-05T12:00")) == ["Alice"]
    assert one.gaps.count() == 0
    nights = rota(world, [world.alice], name="Nights", hours=Hours.OUT_OF_HOURS)
    change_rota(rota=nights, seen=1, actor=world.alice, now=NOW, hours=Hours.ALWAYS)
    # Nobody covers the day that is now meant to be covered.
    assert (
        nights.gaps.filter(
            starts_at__lte=at("2026-03-05T12:00"), ends_at__gt=at("2026-03-05T12:00")
        ).count()
        == 2
    )


def test_a_retired_rota_ends_now(world):
    one = rota(world)
    retire_rota(rota=one, reason="We merged.", actor=world.alice, now=NIGHT)
    assert one.shifts.filter(ends_at__gt=NIGHT).count() == 0
    assert one.shifts.filter(ends_at=NIGHT).count() == 2
    assert one.gaps.filter(ends_at__gt=NIGHT).count() == 0
    assert recompute_due(now=NIGHT + timedelta(days=9)) == 0


def test_marks_keep_the_earliest_instant(world):
    one = rota(world)
    assert mark([one], since=NEXT_WEEK) == 1
    assert mark([one], since=NIGHT) == 1
    assert mark([one], since=NEXT_WEEK) == 0
    one.refresh_from_db()
    assert one.dirty_since == NIGHT
