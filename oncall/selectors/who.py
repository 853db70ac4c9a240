"""Who is on call: for an application, for a rota, everywhere.

Read from the shifts as they are worked out. What the worker has not come to is said, never guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import Lag

from oncall.adapters.everywhere import successors
from oncall.models import Cover, DutyRole, Gap, Hours, Rota, Shift
from oncall.selectors.rotas import current_rotas
from oncall.types import Standing
from portal.catalogue.models import Application, Contact, Team

# So far ahead is looked for who is next; of everything at once less far.
NEXT_WITHIN = timedelta(days=62)
NEXT_EVERYWHERE = timedelta(days=9)
WEEK = timedelta(days=7)
# A rota is meant to be worked out further than this.
SHORT_HORIZON = timedelta(days=90)
ORDER = {role: place for place, role in enumerate(DutyRole)}


@dataclass(frozen=True, slots=True)
class Duty:
    """That a person is on call in a role, from an instant until before another."""

    role: DutyRole
    person_id: int
    name: str
    email: str
    starts_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers for a rota at an instant, and who does after that."""

    rota: Rota
    at: datetime
    standing: Standing
    now: tuple[Duty, ...] = ()
    then: tuple[Duty, ...] = ()

    @property
    def primaries(self) -> list[Duty]:
        """Those who are called first; one, unless the rota lets everybody of every layer answer."""
        return self._in(DutyRole.PRIMARY)

    @property
    def others(self) -> list[Duty]:
        """The others on call: secondary, escalation manager, shadow."""
        return [duty for duty in self.now if duty.role != DutyRole.PRIMARY]

    @property
    def next(self) -> Duty | None:
        """Who is primary next."""
        return self.then[0] if self.then else None

    @property
    def after(self) -> Duty | None:
        """Who is primary after the next."""
        return self.then[1] if len(self.then) > 1 else None

    @property
    def known_until(self) -> datetime | None:
        """How far the shifts of the rota are worked out."""
        return self.rota.computed_until

    @property
    def is_waiting(self) -> bool:
        """Whether a change of the rota has not been worked out yet."""
        return self.rota.dirty_since is not None

    @property
    def is_short(self) -> bool:
        """Whether the shifts are worked out less far than they are meant to be."""
        until = self.rota.computed_until
        return until is None or until < self.at + SHORT_HORIZON

    def sentence(self, zone: tzinfo) -> str:
        """Return the answer in one line, as chat and commands show it; times by these clocks."""
        said = [_said(duty, zone) for duty in self.now] or [self.standing.meaning]
        if self.next:
            since = self.next.starts_at.astimezone(zone)
            said.append(f"next {self.next.name} from {since:%a %d %b %H:%M}")
        if self.is_waiting:
            said.append("a change is being worked out")
        return f"{'; '.join(said)} ({self.rota.name}, times in {zone})"

    def _in(self, role: DutyRole) -> list[Duty]:
        return [duty for duty in self.now if duty.role == role]


def covering(at: datetime, now: datetime) -> Q:
    """Return which shifts cover an instant.

    What is frozen is over: from now on none of that can, and the few open rows have an index.
    """
    found = Q(starts_at__lte=at, ends_at__gt=at)
    return found if at < now else found & Q(frozen_at=None)


def with_standing(rotas: QuerySet[Rota], at: datetime, now: datetime) -> QuerySet[Rota]:
    """Return rotas with how each stands at an instant as `standing`."""
    mine = {"rota": OuterRef("pk"), "role": DutyRole.PRIMARY}
    on_call = Shift.objects.filter(covering(at, now), **mine)
    gap = Gap.objects.filter(starts_at__lte=at, ends_at__gt=at, **mine)
    return rotas.annotate(
        begins_at=Min("versions__starts_at", filter=Q(versions__superseded_at=None)),
        standing=Case(
            When(Exists(on_call), then=Value(Standing.ON_CALL.value)),
            When(Exists(gap), then=Value(Standing.NOBODY.value)),
            When(
                Q(computed_until=None) | Q(computed_until__lte=at),
                then=Value(Standing.UNKNOWN.value),
            ),
            When(Q(begins_at=None) | Q(begins_at__gt=at), then=Value(Standing.NOBODY.value)),
            When(hours=Hours.OUT_OF_HOURS, then=Value(Standing.AT_WORK.value)),
            When(hours=Hours.WEEKLY, then=Value(Standing.OFF.value)),
            default=Value(Standing.NOBODY.value),
        ),
    )


def stands(standing: str) -> Q:
    """Return which of the rotas that came `with_standing` stand like that."""
    return Q(("standing", standing))


def answers(rotas: Sequence[Rota], at: datetime, now: datetime) -> list[Answer]:
    """Return who answers for rotas that came `with_standing`, in their order; in two queries."""
    keys = [rota.pk for rota in rotas]
    on_call, turns = _on_call(keys, at, now), _turns(keys, at)
    return [
        Answer(
            rota,
            at,
            Standing(rota.standing),  # type: ignore[attr-defined]
            tuple(on_call[rota.pk]),
            tuple(_next(on_call[rota.pk], turns[rota.pk])),
        )
        for rota in rotas
    ]


def _said(duty: Duty, zone: tzinfo) -> str:
    until = duty.until.astimezone(zone)
    return f"{duty.name} ({duty.role.label.lower()}) until {until:%a %d %b %H:%M}"


def _on_call(rotas: Iterable[int], at: datetime, now: datetime) -> dict[int, list[Duty]]:
    found: dict[int, list[Duty]] = defaultdict(list)
    shifts = Shift.objects.filter(covering(at, now), rota__in=rotas)
    for rota, duty in _duties(shifts):
        found[rota].append(duty)
    for some in found.values():
        some.sort(key=lambda duty: (ORDER[duty.role], duty.name))
    return found


def _turns(rotas: Iterable[int], at: datetime) -> dict[int, list[Duty]]:
    """Return the shifts of primaries to come that begin with somebody else than the one before."""
    coming = Shift.objects.filter(
        rota__in=rotas,
        role=DutyRole.PRIMARY,
        starts_at__gt=at,
        starts_at__lt=at + NEXT_WITHIN,
    ).annotate(before=Window(Lag("person"), partition_by=F("rota"), order_by=["starts_at", "pk"]))
    found: dict[int, list[Duty]] = defaultdict(list)
    for rota, duty in _duties(coming.filter(~Q(before=F("person")) | Q(before=None))):
        found[rota].append(duty)
    return found


def _duties(shifts: QuerySet[Shift]) -> Iterable[tuple[int, Duty]]:
    columns = ("rota", "role", "person", "person__name", "person__email", "starts_at", "ends_at")
    for rota, role, *facts in shifts.order_by("starts_at", "pk").values_list(*columns):
        yield rota, Duty(DutyRole(role), *facts)


def _next(on_call: Iterable[Duty], turns: Iterable[Duty]) -> list[Duty]:
    """Return the next two primaries, each somebody else than those before."""
    before = {duty.person_id for duty in on_call if duty.role == DutyRole.PRIMARY}
    found: list[Duty] = []
    for turn in turns:
        if turn.person_id not in before:
            found.append(turn)
            before = {turn.person_id}
        if len(found) == 2:  # noqa: PLR2004 - the next, and who comes after
            break
    return found


# --- Applications -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApplicationAnswer:
    """Who answers for an application at an instant, and why they do."""

    application: Application
    answer: Answer | None
    is_central: bool

    @property
    def standing(self) -> Standing:
        """Whether somebody answers; without a rota nobody does."""
        return self.answer.standing if self.answer else Standing.NOBODY

    @property
    def team(self) -> Team | None:
        """The team to turn to: at work the owner's, out of hours that of the rota."""
        if self.answer is None:
            return self.application.owner
        if self.is_central and self.standing == Standing.AT_WORK:
            return self.application.owner or self.answer.rota.team
        return self.answer.rota.team

    def sentence(self, zone: tzinfo) -> str:
        """Return the answer in one line, as chat and commands show it; times by these clocks."""
        if self.answer is None:
            return f"{self.application.name}: nobody. {self.why}."
        if self.standing == Standing.AT_WORK:
            return (
                f"{self.application.name}: {self.team}. {self.why}; {self.answer.sentence(zone)}"
            )
        return f"{self.application.name}: {self.answer.sentence(zone)}"

    @property
    def why(self) -> str:
        """Why these people answer, in a sentence."""
        if self.answer is None:
            return "No team has taken it on, and there is no central support"
        if self.standing == Standing.AT_WORK:
            return f"It is within the working hours of {self.team}"
        if self.is_central:
            return "No team has taken its nights on, so central support answers"
        return f"{self.answer.rota.team} has taken its nights on"


def covers_at(at: datetime) -> QuerySet[Cover]:
    """Return which rota answers for which application at an instant."""
    return Cover.objects.filter(Q(until=None) | Q(until__gt=at), since__lte=at)


def who_is_on_call(application: Application, at: datetime, now: datetime) -> ApplicationAnswer:
    """Return who answers for an application at an instant."""
    own = covers_at(at).filter(application=application).values_list("rota", flat=True).first()
    chosen = Rota.objects.filter(pk=own) if own else Rota.objects.filter(is_central=True)
    rota = with_standing(chosen.select_related("team"), at, now).first()
    found = answers([rota], at, now)[0] if rota else None
    return ApplicationAnswer(application, found, is_central=own is None)


def contacts_of(team: Team | None) -> list[Contact]:
    """Return how a team is reached, all of its ways; never a person's own."""
    return list(team.contacts.all()) if team else []


def answer_of(rota: Rota, at: datetime, now: datetime) -> Answer:
    """Return who answers for one rota at an instant."""
    found = with_standing(Rota.objects.filter(pk=rota.pk).select_related("team"), at, now)
    return answers(list(found), at, now)[0]


def week_ahead(rota: Rota, at: datetime) -> list[Duty]:
    """Return the shifts of a rota in the seven days from an instant on, those that run first."""
    shifts = Shift.objects.filter(rota=rota, ends_at__gt=at, starts_at__lt=at + WEEK)
    return [duty for _, duty in _duties(shifts.filter(frozen_at=None))]


def gaps_ahead(rota: Rota, at: datetime) -> list[Gap]:
    """Return in which hours of the seven days from an instant on nobody is on call."""
    return list(Gap.objects.filter(rota=rota, ends_at__gt=at, starts_at__lt=at + WEEK))


def served(at: datetime) -> dict[int, int]:
    """Return for how many applications each rota answers; what is left, the central one does."""
    rows = covers_at(at).filter(application__retired_at=None).values("rota")
    return dict(rows.annotate(applications=Count("pk")).values_list("rota", "applications"))


# --- Everywhere -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rotas or applications to list; nothing is all of them."""

    text: str = ""
    team: Team | None = None
    tier: int | None = None
    standing: str = ""


def rotas_answering(wanted: Wanted, at: datetime, now: datetime) -> QuerySet[Rota]:
    """Return the current rotas that fit, with their standing, by name."""
    found = current_rotas().select_related("team")
    if wanted.text:
        own = covers_at(at).filter(application__name__icontains=wanted.text)
        on_call = Shift.objects.filter(covering(at, now), person__name__icontains=wanted.text)
        found = found.filter(
            Q(name__icontains=wanted.text)
            | Q(team__name__icontains=wanted.text)
            | Q(pk__in=own.values("rota"))
            | Q(pk__in=on_call.values("rota"))
        )
    if wanted.team:
        found = found.filter(team__lineage__contains=[wanted.team.pk])
    if wanted.tier:
        of_tier = covers_at(at).filter(application__tier=wanted.tier)
        found = found.filter(pk__in=of_tier.values("rota"))
    found = with_standing(found, at, now)
    return found.filter(stands(wanted.standing)) if wanted.standing else found


def everywhere(at: datetime, now: datetime) -> list[Answer]:
    """Return who answers for each current rota at an instant, and who does next, by name."""
    rotas = list(
        with_standing(current_rotas().select_related("team"), at, now).order_by("name", "pk")
    )
    on_call = _on_call([rota.pk for rota in rotas], at, now)
    coming = {
        one.rota: Duty(
            DutyRole.PRIMARY, one.person_id, one.name, one.email, one.starts_at, one.until
        )
        for one in successors(at, within=NEXT_EVERYWHERE, is_past=at < now)
    }
    return [
        Answer(
            rota,
            at,
            Standing(rota.standing),  # type: ignore[attr-defined]
            tuple(on_call[rota.pk]),
            (coming[rota.pk],) if rota.pk in coming else (),
        )
        for rota in rotas
    ]


def standings(at: datetime, now: datetime) -> dict[str, int]:
    """Return how many current rotas stand how."""
    found = with_standing(current_rotas(), at, now)
    return dict(Counter(rota.standing for rota in found.only("pk")))  # type: ignore[attr-defined]
