"""Shifts worked out ahead and kept as a record once they are over.

Whoever changes something about a rota locks it, changes, and works its shifts out anew in the same
transaction, so two changes at once come one after the other and each sees the other's shifts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from oncall.adapters.definitions import Plan, plan_of, plans
from oncall.models import EXCLUSIVE_ROLES, Claim, Gap, Rota, Shift
from oncall.rota import Shift as Stretch
from oncall.rota import Span, chained, gaps
from oncall.selectors import rotas as selectors
from portal.core import jobs

# The Ministry of Justice asks for three months; the fourth is for what is found to be mended.
HORIZON = timedelta(days=120)
# The horizon is moved on when so much of it is used up.
SLACK = timedelta(days=1)
# So long after its end a shift may still be put right, then it is a record.
FREEZE_AFTER = timedelta(hours=24)
CHECK_CLAIMS = "oncall.tasks.check_claims"

Key = tuple[str, str, datetime]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What working a rota out anew changed: stretches that came and that went."""

    came: tuple[Stretch, ...]
    went: tuple[Stretch, ...]

    @property
    def people(self) -> set[int]:
        """The ids of those whose shifts are not what they were."""
        return {int(one.person) for one in (*self.came, *self.went)}


def locked(rota: Rota) -> Rota:
    """Return a rota, locked until the transaction ends, its team at hand."""
    return (
        Rota.objects.select_for_update(of=("self",))
        .select_related("team", "calendar")
        .get(pk=rota.pk)
    )


def recompute(*, rota: Rota, now: datetime, since: datetime | None = None) -> Recomputed:
    """Work out the shifts and gaps of a locked rota, from `since` or from now, to the horizon.

    What is frozen stays. A shift that was begun is cut where the new ones begin, or goes on.
    """
    begins = _begins(rota, now, since)
    until = _midnight(now + HORIZON)
    plan = plan_of(rota, since=begins)
    if plan.versions:
        begins = max(begins, plan.versions[0][0])
    period = Span(begins, min(until, rota.retired_at or until))
    wanted = [] if period.is_empty else chained(plan.chain, *period)
    changed = _store_shifts(rota, wanted, begins)
    _store_gaps(rota, plan, wanted, period, now)
    rota.computed_until, rota.dirty_since, rota.basis = until, None, plan.basis
    rota.save(update_fields=["computed_until", "dirty_since", "basis"])
    if changed.people and Claim.objects.filter(rota=rota, ended_at=None).update(check_due_at=now):
        jobs.nudge(CHECK_CLAIMS)
    return changed


def recompute_due(*, now: datetime) -> int:
    """Work out the rotas that need it, each in a transaction of its own; return how many."""
    found = selectors.due_rotas(now=now, horizon=_midnight(now + HORIZON))
    return sum(_recompute_one(pk, now) for pk in found)


@transaction.atomic
def _recompute_one(pk: int, now: datetime) -> bool:
    rota = (
        Rota.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("team", "calendar")
        .filter(pk=pk)
        .first()
    )
    if rota is None:
        return False
    recompute(rota=rota, now=now, since=rota.dirty_since or rota.computed_until)
    return True


def notice_changes(*, now: datetime) -> int:
    """Mark the rotas whose team has other hours by now, or whose people left; return how many."""
    rotas = list(selectors.current_rotas().select_related("team"))
    changed = [plan.rota.pk for plan in plans(rotas, since=now) if plan.basis != plan.rota.basis]
    return mark(Rota.objects.filter(pk__in=changed), since=now)


def mark(rotas: Iterable[Rota], *, since: datetime) -> int:
    """Note that the shifts of rotas no longer follow from what is known, from an instant on."""
    found = Rota.objects.filter(pk__in=[rota.pk for rota in rotas], retired_at=None)
    return found.filter(Q(dirty_since=None) | Q(dirty_since__gt=since)).update(dirty_since=since)


def freeze_shifts(*, now: datetime) -> int:
    """Make records of the shifts that are over for a day; return how many."""
    due = Shift.objects.filter(frozen_at=None, ends_at__lte=now - FREEZE_AFTER)
    return due.update(frozen_at=now)


def _begins(rota: Rota, now: datetime, since: datetime | None) -> datetime:
    """Return from when on shifts are worked out: never before what is frozen ended."""
    begins = since or now
    if rota.dirty_since:
        begins = min(begins, rota.dirty_since)
    if rota.computed_until:
        begins = min(begins, rota.computed_until)
    last = Shift.objects.filter(rota=rota, frozen_at__isnull=False).order_by("-ends_at").first()
    return max(begins, last.ends_at) if last else begins


def _store_shifts(rota: Rota, wanted: Iterable[Stretch], begins: datetime) -> Recomputed:
    """Make the stored shifts from an instant on those that are wanted, keeping what is the same."""
    stored = list(
        Shift.objects.filter(rota=rota, frozen_at=None, ends_at__gte=begins).order_by("starts_at")
    )
    # What began before is cut where the new begins, and joined to what goes on from there.
    heads = {
        (one.role, str(one.person_id)): one.starts_at for one in stored if one.starts_at < begins
    }
    ends: dict[Key, datetime] = {
        (role, person, start): begins for (role, person), start in heads.items()
    }
    for stretch in wanted:
        head = heads.get((stretch.role, stretch.person)) if stretch.start == begins else None
        ends[(stretch.role, stretch.person, head or stretch.start)] = stretch.end
    came, went = _apply(rota, stored, ends)
    return Recomputed(tuple(came), tuple(went))


def _apply(
    rota: Rota, stored: Iterable[Shift], ends: Mapping[Key, datetime]
) -> tuple[list[Stretch], list[Stretch]]:
    left = dict(ends)
    gone: list[Shift] = []
    shorter: list[Shift] = []
    longer: list[Shift] = []
    came: list[Stretch] = []
    went: list[Stretch] = []
    for shift in stored:
        key: Key = (shift.role, str(shift.person_id), shift.starts_at)
        end = left.pop(key) if key in left else None
        if end == shift.ends_at:
            continue
        went.append(_stretch(shift))
        if end is None:
            gone.append(shift)
            continue
        (shorter if end < shift.ends_at else longer).append(shift)
        shift.ends_at = end
        shift.sequence += 1
        came.append(_stretch(shift))
    Shift.objects.filter(pk__in=[shift.pk for shift in gone]).delete()
    # First what makes room, or two would be on call at once for a moment.
    for shift in (*shorter, *longer):
        shift.save(update_fields=["ends_at", "sequence"])
    new = [
        Shift(
            rota=rota,
            role=role,
            person_id=int(person),
            starts_at=start,
            ends_at=end,
            is_exclusive=role in EXCLUSIVE_ROLES and not rota.is_union,
        )
        for (role, person, start), end in left.items()
    ]
    Shift.objects.bulk_create(new, batch_size=1000)
    return [*came, *(_stretch(shift) for shift in new)], went


def _store_gaps(
    rota: Rota, plan: Plan, wanted: Iterable[Stretch], period: Span, now: datetime
) -> None:
    """Make the stored gaps of a period those there are; one that was known stays known."""
    by_role: dict[str, list[Stretch]] = {}
    for stretch in wanted:
        by_role.setdefault(stretch.role, []).append(stretch)
    found = {
        (role, span.start): span.end
        for role, covered in ({} if period.is_empty else plan.covered(period)).items()
        for span in gaps(by_role.get(role, ()), covered)
    }
    stored = list(Gap.objects.filter(rota=rota, ends_at__gte=period.start))
    # A gap that was open already goes on; what was cut off it is over.
    for gap in stored:
        if gap.starts_at < period.start:
            found[(gap.role, gap.starts_at)] = found.pop((gap.role, period.start), period.start)
    for gap in stored:
        key = (gap.role, gap.starts_at)
        end = found.pop(key) if key in found else None
        if end is None:
            gap.delete()
        elif end != gap.ends_at:
            _move_end(gap, end)
    Gap.objects.bulk_create(
        Gap(rota=rota, role=role, starts_at=start, ends_at=end, found_at=now)
        for (role, start), end in found.items()
    )


def _move_end(gap: Gap, end: datetime) -> None:
    """Let a gap end then; of one that grows only the smaller was accepted, so it alarms again."""
    if end > gap.ends_at:
        gap.accepted_by = gap.accepted_at = None
        gap.note = ""
    gap.ends_at = end
    gap.save(update_fields=["ends_at", "accepted_by", "accepted_at", "note"])


def _stretch(shift: Shift) -> Stretch:
    return Stretch(shift.starts_at, shift.ends_at, str(shift.person_id), shift.role)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
