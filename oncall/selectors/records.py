"""What the rules of rest and load look at, read for some people in a few queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from oncall.adapters.hours import duty_calendars
from oncall.models import CallOut, DutyRole, OptOut, Participant, Rota, RulePolicy, Shift
from oncall.rota import OutOfHours, Span
from oncall.rules import Duty, Limit, Record
from portal.accounts.models import User

# So far around a period shifts are read: its whole months, and turns that reach into them.
AROUND = timedelta(days=70)
# The weeks over which hours of work are averaged, and some more.
CALLED = timedelta(weeks=18)
# No shift lasts longer.
LONGEST = timedelta(days=366)


def limits() -> dict[str, Limit]:
    """Return the limits that the company has set, by the keys of their rules."""
    return {one.key: one.limit for one in RulePolicy.objects.all()}


def records_of(
    people: Iterable[User], rotas: Collection[Rota], *, within: Span
) -> dict[int, Record]:
    """Return the records of people around a period, by their ids.

    What they have done before, and who stands beside them, is read of the rotas given.
    """
    persons = {person.pk: person for person in people}
    duties = duties_of(persons, around(within))
    beside = _secondaries(rotas, within)
    knows, stood, opted_out = _experience(persons, rotas, within)
    callouts = _callouts(persons, within)
    # Working hours matter only to who was called out of them.
    rest = _rest(rotas) if callouts else None
    return {
        pk: Record(
            person=pk,
            name=person.name,
            zone=ZoneInfo(person.zone),
            duties=tuple(duties[pk]),
            callouts=tuple(callouts.get(pk, ())),
            beside=tuple(duty for other, duty in beside if other != pk),
            knows=frozenset(knows[pk]),
            stood=frozenset(stood[pk]),
            rest=rest,
            has_opted_out=pk in opted_out,
        )
        for pk, person in persons.items()
    }


def around(within: Span) -> Span:
    """Return the time around a period that the rules look at."""
    return Span(within.start - AROUND, within.end + AROUND)


def duties_of(people: Collection[int], within: Span) -> dict[int, list[Duty]]:
    """Return the duties that people have in a period, in all rotas, in their order."""
    found: dict[int, list[Duty]] = defaultdict(list)
    rows = Shift.objects.filter(
        person__in=people,
        ends_at__gt=within.start,
        starts_at__range=(within.start - LONGEST, within.end),
    )
    for person, duty in _rows(rows):
        found[person].append(duty)
    return found


def _callouts(people: Collection[int], within: Span) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    rows = CallOut.objects.filter(
        person__in=people,
        struck_at=None,
        starts_at__gt=within.start - CALLED,
        starts_at__lt=within.end,
    )
    for person, *call in rows.order_by("starts_at").values_list("person", "starts_at", "ends_at"):
        found[person].append(Span(*call))
    return dict(found)


def _rest(rotas: Collection[Rota]) -> OutOfHours | None:
    """Return when the people of some rotas of one team are off work."""
    return next((one.work.off_work() for one in duty_calendars(rotas).values()), None)


def _secondaries(rotas: Collection[Rota], within: Span) -> list[tuple[int, Duty]]:
    rows = Shift.objects.filter(
        rota__in=rotas,
        role=DutyRole.SECONDARY,
        ends_at__gt=within.start,
        starts_at__range=(within.start - LONGEST, within.end),
    )
    return list(_rows(rows))


def _rows(shifts: QuerySet[Shift]) -> Iterator[tuple[int, Duty]]:
    """Yield shifts as duties, each with the id of its person, in their order."""
    columns = ("person", "starts_at", "ends_at", "role", "rota", "rota__name")
    for person, start, end, role, rota, name in shifts.order_by("starts_at", "pk").values_list(
        *columns
    ):
        yield person, Duty(start, end, role, rota, name)


def _experience(
    people: Collection[int], rotas: Collection[Rota], within: Span
) -> tuple[dict[int, set[int]], dict[int, set[int]], set[int]]:
    """Return which rotas people know, in which they were the primary, and who has opted out."""
    mine = Shift.objects.filter(person=OuterRef("pk"))
    turns = Participant.objects.filter(person=OuterRef("pk"), layer__version__superseded_at=None)
    before = around(within).start
    asked = {"opted_out": Q(Exists(OptOut.objects.filter(person=OuterRef("pk"))))}
    for rota in rotas:
        served = mine.filter(rota=rota, starts_at__lt=within.start)
        planned = turns.filter(layer__version__rota=rota)
        first = mine.filter(rota=rota, role=DutyRole.PRIMARY, starts_at__lt=before)
        asked[f"knows_{rota.pk}"] = Q(Exists(served)) | Q(Exists(planned))
        asked[f"stood_{rota.pk}"] = Q(Exists(first))
    knows: dict[int, set[int]] = defaultdict(set)
    stood: dict[int, set[int]] = defaultdict(set)
    opted_out = set()
    for row in User.objects.filter(pk__in=people).annotate(**asked).values("pk", *asked):
        if row["opted_out"]:
            opted_out.add(row["pk"])
        for rota in rotas:
            if row[f"knows_{rota.pk}"]:
                knows[row["pk"]].add(rota.pk)
            if row[f"stood_{rota.pk}"]:
                stood[row["pk"]].add(rota.pk)
    return knows, stood, opted_out
