"""What an application depends on and what depends on it, up to two steps away, bounded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from portal.catalogue.models import Application, Dependency, DependencyKind

STEPS = 2
Rank = tuple[bool, int, str]
# More of a step than these are counted, the most critical ones are shown.
MOST_PER_STEP = 10


@dataclass(frozen=True, slots=True)
class Step:
    """Applications at one distance: negative is what depends on it, positive what it needs."""

    distance: int
    applications: Sequence[Application]
    hidden: int


@dataclass(frozen=True, slots=True)
class Edge:
    """That one of the shown applications depends on another."""

    from_application: int
    to_application: int
    kind: DependencyKind


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The steps from the farthest dependents to the farthest needs, and the edges between them."""

    steps: Sequence[Step]
    edges: Sequence[Edge]

    @property
    def is_alone(self) -> bool:
        """Whether nothing is known to be near it."""
        return len(self.steps) == 1

    @property
    def shown(self) -> Mapping[int, Application]:
        """The applications of all steps by id."""
        return {one.pk: one for step in self.steps for one in step.applications}

    @property
    def sentences(self) -> list[tuple[Application, DependencyKind, Application]]:
        """The edges as who depends how on whom, for the table beside the picture."""
        shown = self.shown
        return [
            (shown[edge.from_application], edge.kind, shown[edge.to_application])
            for edge in self.edges
        ]


def needs_of(application: Application) -> QuerySet[Dependency]:
    """Return what an application depends on: hard first, then by name."""
    found = application.dependencies.select_related("to_application__owner")
    return found.order_by("kind", "to_application__name", "pk")


def dependents_of(application: Application) -> QuerySet[Dependency]:
    """Return what depends on an application: hard first, then by name."""
    found = application.dependents.select_related("from_application__owner")
    return found.order_by("kind", "from_application__name", "pk")


def neighbourhood(application: Application) -> Neighbourhood:
    """Return what is near an application, in four queries however many depend on it.

    What is both above and below stands below; the nearest place counts. Of each step the most
    critical ones are shown, what is retired last, as it is nobody's need any more.
    """
    placed = {application.pk}
    ends: dict[int, Sequence[int]] = {1: [application.pk], -1: [application.pk]}
    chosen: dict[int, tuple[Sequence[int], int]] = {}
    for distance in range(1, STEPS + 1):
        for direction, reached in _next(ends[1], ends[-1]).items():
            near = [pk for pk in reached if pk not in placed]
            ends[direction] = near[:MOST_PER_STEP]
            placed.update(near)
            chosen[direction * distance] = (ends[direction], len(near) - len(ends[direction]))
    found = Application.objects.select_related("owner").in_bulk(
        [pk for shown, _ in chosen.values() for pk in shown]
    )
    steps = [
        Step(distance, [found[pk] for pk in chosen[distance][0]], chosen[distance][1])
        if distance
        else Step(0, [application], 0)
        for distance in range(-STEPS, STEPS + 1)
        if not distance or chosen[distance][0]
    ]
    return Neighbourhood(steps, _edges([application.pk, *found]))


def _next(needing: Collection[int], needed: Collection[int]) -> dict[int, list[int]]:
    """Return what the first ones need and what needs the second ones, the most critical first."""
    below: dict[int, Rank] = {}
    above: dict[int, Rank] = {}
    rows = Dependency.objects.filter(
        Q(from_application__in=needing) | Q(to_application__in=needed)
    ).values_list("from_application_id", "to_application_id", *_RANK["from"], *_RANK["to"])
    for one, other, *ranks in rows.iterator():
        if one in needing:
            below[other] = _rank(*ranks[3:])
        if other in needed:
            above[one] = _rank(*ranks[:3])
    return {1: sorted(below, key=below.__getitem__), -1: sorted(above, key=above.__getitem__)}


_RANK = {
    end: [f"{end}_application__{name}" for name in ("retired_at", "tier", "name")]
    for end in ("from", "to")
}


def _rank(retired_at: datetime | None, tier: int, name: str) -> Rank:
    return retired_at is not None, tier, name


def _edges(shown: Collection[int]) -> list[Edge]:
    rows = Dependency.objects.filter(from_application__in=shown, to_application__in=shown)
    return [
        Edge(one, other, DependencyKind(kind))
        for one, other, kind in rows.order_by(
            "from_application__name", "to_application__name", "pk"
        ).values_list("from_application_id", "to_application_id", "kind")
    ]
