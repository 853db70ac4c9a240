"""What is wrong with the cover ahead: gaps, overlaps, and people who cannot be reached.

One list in the order in which it begins; each kind takes the same few queries, however much there
is of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from django.db.models import Count, F, Max, Min, Q, QuerySet, RowRange, Window

from oncall.models import EXCLUSIVE_ROLES, DutyRole, Gap, Rota, Shift
from oncall.rota import Span
from oncall.selectors.duty import rotas_below, rotas_for
from oncall.selectors.leave import OVERSEERS
from oncall.selectors.rotas import current_rotas
from portal.accounts.models import User
from portal.catalogue.models import Team
from portal.core.keyset import read_instant
from portal.core.metrics import Gauge
from portal.notifications.selectors.ways import ENOUGH_WAYS, Reachability, reachability

AHEAD = timedelta(days=90)
PAGE = 50
WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "90d": AHEAD}


class FlawKind(IntEnum):
    """What is wrong, in the order in which it is told of one instant."""

    GAP = 1
    OVERLAP = 2
    UNREACHABLE = 3

    @property
    def label(self) -> str:
        """The kind in words."""
        return {1: "Nobody on call", 2: "Twice at once", 3: "Hard to reach"}[self.value]

    @property
    def tone(self) -> str:
        """The tone in which the status component shows it."""
        return "bad" if self is FlawKind.GAP else "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the list: when it begins, its kind, its row."""

    at: datetime
    kind: FlawKind
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.kind.value}~{self.pk}"

    @property
    def order(self) -> tuple[datetime, int, int]:
        """What places are sorted by."""
        return (self.at, self.kind.value, self.pk)

    def beyond(self, kind: FlawKind, column: str = "starts_at", pk: str = "pk") -> Q:
        """Return the condition that a row of a kind comes after this place."""
        later = Q(**{f"{column}__gt": self.at})
        if kind < self.kind:
            return later
        if kind > self.kind:
            return later | Q(**{column: self.at})
        return later | Q(**{column: self.at, f"{pk}__gt": self.pk})

    def is_before(self, shift: Shift) -> bool:
        """Whether an overlap that begins with a shift comes after this place."""
        found = Place(shift.starts_at, FlawKind.OVERLAP, shift.pk)
        return self.order < found.order


def read_place(written: str) -> Place | None:
    """Return a place as it was written into an address, or None."""
    try:
        at, kind, pk = written.split("~")
        return Place(read_instant(at), FlawKind(int(kind)), int(pk))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which rotas: of one, of a team and all below it, of mine, or of all."""

    user: User
    rota: Rota | None = None
    team: Team | None = None
    is_all: bool = False
    with_accepted: bool = False

    @property
    def rotas(self) -> QuerySet[Rota]:
        """The current rotas that are meant."""
        if self.rota:
            return current_rotas().filter(pk=self.rota.pk)
        if self.team:
            return rotas_below(self.team)
        return current_rotas() if self.is_all else rotas_for(self.user)

    @property
    def rotas_of_known_people(self) -> QuerySet[Rota]:
        """Those of them whose people's contact ways are the person's business."""
        if self.user.role in OVERSEERS:
            return self.rotas
        return self.rotas.filter(pk__in=rotas_for(self.user).values("pk"))


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong: what, when, of whom."""

    place: Place
    span: Span
    rota: Rota
    role: DutyRole
    gap: Gap | None = None
    person: User | None = None
    other: Shift | None = None
    reach: Reachability | None = None

    @property
    def kind(self) -> FlawKind:
        """What is wrong."""
        return self.place.kind

    @property
    def words(self) -> str:
        """What is wrong, in a sentence."""
        if self.other:
            return (
                f"{self.person} is {self.role.label.lower()} here, and"
                f" {self.other.duty.label.lower()} of {self.other.rota} at the same time"
            )
        if self.reach:
            return f"{self.person}: {_reach_in_words(self.reach)}"
        return f"Nobody is {self.role.label.lower()}"


def _reach_in_words(reach: Reachability) -> str:
    if reach.unanswered:
        return "the last test of a contact way was not answered"
    if not reach.verified:
        return "no contact way that was tested in the last 90 days"
    return f"{reach.verified} contact way that was tested lately; it takes {ENOUGH_WAYS}"


@dataclass(frozen=True, slots=True)
class FlawPage:
    """A part of the list; `after` leads to the next, empty at the end."""

    rows: list[Flaw]
    after: str


def flaws_page(
    scope: Scope,
    *,
    now: datetime,
    kind: FlawKind | None = None,
    place: Place | None = None,
    size: int = PAGE,
) -> FlawPage:
    """Return the flaws of a scope after a place, in the order in which they begin."""
    kinds = [kind] if kind else list(FlawKind)
    found = sorted(
        (one for wanted in kinds for one in _READS[wanted](scope, now, place, size + 1)),
        key=lambda one: one.place.order,
    )
    more = len(found) > size
    return FlawPage(found[:size], str(found[size - 1].place) if more else "")


def flaws(scope: Scope, *, now: datetime, kind: FlawKind | None = None) -> Iterator[Flaw]:
    """Yield all flaws of a scope, part by part."""
    place: Place | None = None
    while True:
        page = flaws_page(scope, now=now, kind=kind, place=place, size=1000)
        yield from page.rows
        if not page.after:
            return
        place = read_place(page.after)


def gaps_ahead(scope: Scope, *, now: datetime) -> QuerySet[Gap]:
    """Return the gaps of the next 90 days that are not over; accepted ones if asked for."""
    found = Gap.objects.filter(
        rota__in=scope.rotas.order_by().values("pk"), ends_at__gt=now, starts_at__lt=now + AHEAD
    )
    if not scope.with_accepted:
        found = found.filter(accepted_at=None)
    return found.select_related("rota__team", "rota__calendar", "accepted_by")


def gaps_per_team(scope: Scope, *, now: datetime) -> list[tuple[str, str, int]]:
    """Return slug, name and number of gaps of the teams that have any, the most first."""
    rows = (
        gaps_ahead(scope, now=now).order_by().values_list("rota__team__slug", "rota__team__name")
    )
    return list(rows.annotate(number=Count("pk")).order_by("-number", "rota__team__name")[:20])


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Yield how many gaps nobody accepted lie ahead, by role and by how soon they begin."""
    rows = Gap.objects.filter(accepted_at=None, ends_at__gt=now, starts_at__lt=now + AHEAD)
    counted = (
        rows.order_by()
        .values("role")
        .annotate(
            **{
                f"within_{name}": Count("pk", filter=Q(starts_at__lt=now + ahead))
                for name, ahead in WINDOWS.items()
            }
        )
    )
    by_role = {row["role"]: row for row in counted}
    for role in EXCLUSIVE_ROLES:
        for name in WINDOWS:
            yield Gauge(
                f"quarterdeck_oncall_{role.value}_gaps_{name}",
                f"Gaps of the {role.label.lower()} that begin within {name}, not accepted",
                by_role.get(role.value, {}).get(f"within_{name}", 0),
            )


def gaps_visible_to(user: User) -> QuerySet[Gap]:
    """Return all gaps with their rotas, or none for somebody not active."""
    found = Gap.objects.select_related("rota__team", "rota__calendar", "accepted_by")
    return found if user.is_active else found.none()


def _gaps(scope: Scope, now: datetime, place: Place | None, limit: int) -> list[Flaw]:
    found = gaps_ahead(scope, now=now)
    if place:
        found = found.filter(place.beyond(FlawKind.GAP))
    return [
        Flaw(
            Place(gap.starts_at, FlawKind.GAP, gap.pk),
            Span(gap.starts_at, gap.ends_at),
            gap.rota,
            gap.duty,
            gap=gap,
        )
        for gap in found.order_by("starts_at", "pk")[:limit]
    ]


def _overlaps(scope: Scope, now: datetime, place: Place | None, limit: int) -> list[Flaw]:
    """Return who is on call twice at once; where everybody is on call nobody is twice."""
    ahead = Q(frozen_at=None, is_exclusive=True, ends_at__gt=now, starts_at__lt=now + AHEAD)
    people = (
        Shift.objects.filter(ahead, rota__in=scope.rotas.order_by().values("pk"))
        .order_by()
        .values("person")
    )
    rows = (
        Shift.objects.filter(ahead, person__in=people)
        .annotate(
            reached=Window(
                Max("ends_at"),
                partition_by="person",
                order_by=["starts_at", "pk"],
                frame=RowRange(start=None, end=-1),
            )
        )
        .filter(reached__gt=F("starts_at"))
    )
    # The place is asked of what was found: a condition on the rows themselves would hide earlier
    # shifts. In Python, since as a subquery they may be worked out anew for every shift.
    twice = rows.select_related("person", "rota__team").order_by("starts_at", "pk")
    later = [one for one in twice if place is None or place.is_before(one)][:limit]
    others = _others(later)
    return [
        Flaw(
            Place(shift.starts_at, FlawKind.OVERLAP, shift.pk),
            Span(max(shift.starts_at, other.starts_at), min(shift.ends_at, other.ends_at)),
            shift.rota,
            shift.duty,
            person=shift.person,
            other=other,
        )
        for shift in later
        if (other := others.get(shift.pk))
    ]


def _others(later: Sequence[Shift]) -> Mapping[int, Shift]:
    """Return, for shifts that begin while another goes on, that other one."""
    if not later:
        return {}
    first, last = (some(one.starts_at for one in later) for some in (min, max))
    rows = Shift.objects.filter(
        frozen_at=None,
        is_exclusive=True,
        person__in={one.person_id for one in later},
        starts_at__lte=last,
        ends_at__gt=first,
    ).select_related("rota__team")
    by_person: dict[int, list[Shift]] = {}
    for one in rows.order_by("starts_at", "pk"):
        by_person.setdefault(one.person_id, []).append(one)
    found = {}
    for shift in later:
        for one in by_person[shift.person_id]:
            begins_before = (one.starts_at, one.pk) < (shift.starts_at, shift.pk)
            if begins_before and one.ends_at > shift.starts_at:
                found[shift.pk] = one
    return found


def _unreachable(scope: Scope, now: datetime, place: Place | None, limit: int) -> list[Flaw]:
    """Return who is on call ahead and cannot be counted on to hear of it."""
    first: dict[int, datetime] = dict(
        Shift.objects.filter(
            frozen_at=None,
            rota__in=scope.rotas_of_known_people.order_by().values("pk"),
            ends_at__gt=now,
            starts_at__lt=now + AHEAD,
        )
        .exclude(role=DutyRole.SHADOW)
        .order_by()
        .values_list("person")
        .annotate(first=Min("starts_at"))
    )
    reach = reachability(User.objects.filter(pk__in=first).only("pk"), now)
    places = sorted(
        (
            Place(first[pk], FlawKind.UNREACHABLE, pk)
            for pk, one in reach.items()
            if not one.is_enough or one.unanswered
        ),
        key=lambda one: one.order,
    )
    wanted = [one for one in places if place is None or one.order > place.order][:limit]
    shifts = {
        one.person_id: one
        for one in Shift.objects.filter(
            frozen_at=None,
            person__in=[one.pk for one in wanted],
            starts_at__in=[one.at for one in wanted],
            rota__in=scope.rotas_of_known_people.order_by().values("pk"),
        )
        .exclude(role=DutyRole.SHADOW)
        .select_related("person", "rota__team")
    }
    return [
        Flaw(
            one,
            Span(shifts[one.pk].starts_at, shifts[one.pk].ends_at),
            shifts[one.pk].rota,
            shifts[one.pk].duty,
            person=shifts[one.pk].person,
            reach=reach[one.pk],
        )
        for one in wanted
        if one.pk in shifts
    ]


_READS = {
    FlawKind.GAP: _gaps,
    FlawKind.OVERLAP: _overlaps,
    FlawKind.UNREACHABLE: _unreachable,
}
