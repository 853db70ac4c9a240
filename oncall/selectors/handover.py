"""What one shift tells the next: notes, open matters, and which shifts begin soon."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.module_loading import import_string

from oncall.models import HandoverNote, HandoverWish, Rota, Shift
from oncall.rota import label
from oncall.types import Matter
from portal.accounts.models import User

# Notes of so many days are still worth telling.
FRESH = timedelta(days=14)
MOST_NOTES = 3
# A weekend and two holidays may lie between a working day and the shift that it is told on.
FURTHEST = timedelta(days=6)
DAY_BEFORE, HOUR_BEFORE = timedelta(hours=24), timedelta(hours=1)
# Later than so long after a shift began nobody has to be told of it.
TOO_LATE = timedelta(hours=1)
# Two stretches of one turn have at most so much working time between them.
SAME_TURN = timedelta(hours=72)

Source = Callable[..., Mapping[int, Sequence[Matter]]]


@dataclass(frozen=True, slots=True)
class Handover:
    """What there is to know of a rota: the latest notes, and what is open."""

    rota: Rota
    notes: Sequence[HandoverNote]
    matters: Sequence[Matter]

    @property
    def words(self) -> str:
        """Notes and open matters as plain text."""
        parts = [f"Note of {note.author}: {note.text}" for note in self.notes]
        parts += [f"Open: {matter.title}" for matter in self.matters]
        return "\n\n".join(parts) or "No note was left, and nothing is open."


@dataclass(frozen=True, slots=True)
class Coming:
    """A shift that begins soon and that its person is to be told of: a day or an hour before."""

    shift: Shift
    when: str

    @property
    def key(self) -> str:
        """What names it, however often the rota is worked out anew."""
        one = self.shift
        return f"handover:{one.rota_id}:{one.role}:{one.starts_at:%Y%m%dT%H%M%S}:{self.when}"


def notes_of(rota: Rota) -> QuerySet[HandoverNote]:
    """Return the notes of a rota, the latest first."""
    return HandoverNote.objects.filter(rota=rota).select_related("author")


def handovers(rotas: Iterable[Rota], *, now: datetime) -> dict[int, Handover]:
    """Return what there is to know of rotas, by id: the same few queries for any number."""
    rotas = list(rotas)
    latest = HandoverNote.objects.filter(
        rota__in=[rota.pk for rota in rotas], written_at__gt=now - FRESH
    ).select_related("author")
    notes: dict[int, list[HandoverNote]] = {}
    for note in latest.order_by("-written_at", "-pk"):
        notes.setdefault(note.rota_id, []).append(note)
    matters: dict[int, list[Matter]] = {}
    for path in settings.ONCALL_HANDOVER_SOURCES:
        source: Source = import_string(path)
        for rota, some in source(rotas=rotas, now=now).items():
            matters.setdefault(rota, []).extend(some)
    return {
        rota.pk: Handover(rota, notes.get(rota.pk, [])[:MOST_NOTES], matters.get(rota.pk, []))
        for rota in rotas
    }


def wish_of(person: User) -> bool:
    """Return whether a person is told on working days only."""
    return HandoverWish.objects.filter(person=person, only_workdays=True).exists()


def coming(*, now: datetime) -> list[Coming]:
    """Return the shifts that somebody is to be told of now, with how long before.

    Only where one person hands over to another: nights of one turn follow each other untold. What
    was due while nothing ran is due still, until an hour after the shift began.
    """
    before = Shift.objects.filter(
        rota=OuterRef("rota"),
        role=OuterRef("role"),
        starts_at__lt=OuterRef("starts_at"),
        starts_at__gt=OuterRef("starts_at") - SAME_TURN,
    ).order_by("-starts_at")
    found = (
        Shift.objects.filter(
            Q(starts_at__lte=now + DAY_BEFORE) | Q(person__handover_wish__only_workdays=True),
            frozen_at=None,
            starts_at__gt=now - TOO_LATE,
            starts_at__lte=now + FURTHEST,
        )
        .annotate(giver=Subquery(before.values("person")[:1]))
        .select_related("rota__team", "person__handover_wish")
        .order_by("starts_at", "pk")
    )
    due = (
        (shift, _due(shift, now))
        for shift in found
        if shift.giver != shift.person_id and shift.person.is_active
    )
    return [Coming(shift, when) for shift, when in due if when]


def _due(shift: Shift, now: datetime) -> str:
    """Return which notice of a shift is due: the last that is, or none."""
    hour, day = shift.starts_at - HOUR_BEFORE, shift.starts_at - DAY_BEFORE
    wish = getattr(shift.person, "handover_wish", None)
    if not (wish and wish.only_workdays):
        return "1h" if now >= hour else "24h" if now >= day else ""
    while not _is_workday(shift, day):
        day -= DAY_BEFORE
    if now >= hour and _is_workday(shift, hour):
        return "1h"
    return "24h" if now >= day else ""


def _is_workday(shift: Shift, at: datetime) -> bool:
    workdays = shift.rota.team.workdays or range(1, 6)
    return label(at, ZoneInfo(shift.person.zone)).isoweekday() in workdays
