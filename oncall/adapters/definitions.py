"""Rotas as they are stored, read whole into the terms of the arithmetic.

Any number of rotas takes the same few queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from oncall.models import (
    Holiday,
    Hours,
    Layer,
    Leave,
    Override,
    Rota,
    RotaVersion,
    Swap,
    SwapState,
)
from oncall.rota import (
    LayerDraft,
    OverrideKind,
    Several,
    Span,
    Windows,
    WorkCalendar,
    drafts,
)
from oncall.rota import Override as Exception_
from oncall.rota import Rota as Definition
from oncall.rota.spans import joined, without
from portal.accounts.models import User

Version = tuple[datetime, tuple[LayerDraft, ...]]

# Not cancelled, or only after it had begun: then it counted for a while.
BEGUN = Q(cancelled_at=None) | Q(cancelled_at__gt=F("starts_at"))


@dataclass(frozen=True, slots=True)
class Plan:
    """A rota as the arithmetic takes it: its versions, each from when it begins.

    `basis` names what of it comes from outside the rota, so that a change of that is noticed.
    `supposed` is what nobody has said yet: an override or leave whose effect is asked for.
    """

    rota: Rota
    calendar: WorkCalendar
    versions: tuple[Version, ...]
    exceptions: tuple[Exception_, ...]
    basis: str
    absences: tuple[Exception_, ...] = ()
    supposed: tuple[Exception_, ...] = ()

    @property
    def unsupposed(self) -> "Plan":
        """The plan as it is, without what is only asked about."""
        return replace(self, supposed=())

    @property
    def chain(self) -> list[tuple[datetime, Definition]]:
        """The definitions, each from an instant until the next begins."""
        return [
            (
                since,
                Definition(
                    tuple(drafts.layer_of(layer, self.calendar) for layer in layers),
                    (*self.exceptions, *self.supposed, *self.absences),
                    is_union=self.rota.is_union,
                ),
            )
            for since, layers in self.versions
        ]

    def covered(self, within: Span) -> dict[str, Sequence[Span]]:
        """Return the hours of a period in which each role is meant to be covered."""
        found: dict[str, list[Span]] = defaultdict(list)
        for (since, layers), until in zip(
            self.versions, [*(start for start, _ in self.versions[1:]), within.end], strict=True
        ):
            part = Span(since, until) & within
            if not part.is_empty:
                for role, windows in self._meant(layers).items():
                    found[role] += windows.spans(part) if windows else [part]
        return dict(found)

    def _meant(self, layers: Iterable[LayerDraft]) -> Mapping[str, Windows | None]:
        by_role: dict[str, list[LayerDraft]] = defaultdict(list)
        for layer in layers:
            if layer.role in drafts.EXCLUSIVE:
                by_role[layer.role].append(layer)
        if self.rota.hours == Hours.ALWAYS:
            return dict.fromkeys(by_role)
        if self.rota.hours == Hours.OUT_OF_HOURS:
            return dict.fromkeys(by_role, self.calendar.off_work())
        return {role: self._written(layers) for role, layers in by_role.items()}

    def _written(self, layers: Iterable[LayerDraft]) -> Windows | None:
        found = [drafts.windows_of(layer, self.calendar) for layer in layers]
        return None if None in found else Several(tuple(one for one in found if one is not None))


def plans(
    rotas: Sequence[Rota],
    *,
    since: datetime,
    overrides: Iterable[Override] = (),
    leave: Iterable[Leave] = (),
    versions: Mapping[int, Sequence[Version]] | None = None,
) -> list[Plan]:
    """Return the plans of rotas, each with its team selected, in their order.

    What was over before `since` is left out: no shift from then on follows from it. Overrides and
    leave that are given, not stored, are supposed; versions that are given count instead of those
    that are stored.
    """
    leave = list(leave)
    supposed: dict[int, list[Exception_]] = defaultdict(list)
    for one in overrides:
        supposed[one.rota_id].append(_exception(one))
    calendars = _holidays({rota.calendar_id for rota in rotas if rota.calendar_id})
    versions = versions or _versions(rotas)
    exceptions = _exceptions([rota for rota in rotas if rota.pk], since)
    people = {
        rota.pk: {
            str(person)
            for _, layers in versions[rota.pk]
            for layer in layers
            for person in layer.people
        }
        | {one.add for one in (*exceptions[rota.pk], *supposed[rota.pk]) if one.add}
        for rota in rotas
    }
    everybody = {int(person) for some in people.values() for person in some}
    away, gone = _leave(everybody, since), _inactive(everybody)
    told = defaultdict(list)
    for absence in leave:
        told[str(absence.person_id)].append(Span(absence.starts_at, absence.ends_at))
    return [
        Plan(
            rota,
            calendar_of(rota, calendars.get(rota.calendar_id or 0, frozenset())),
            tuple(versions[rota.pk]),
            tuple(_present(exceptions[rota.pk], away, gone)),
            basis_of(rota, gone & {int(person) for person in people[rota.pk]}),
            tuple(_absences(people[rota.pk], away, gone, versions[rota.pk], known)),
            (*supposed[rota.pk], *_absences(people[rota.pk], told, (), versions[rota.pk], known)),
        )
        for rota in rotas
        for known in [(*exceptions[rota.pk], *supposed[rota.pk])]
    ]


def drafted(
    rota: Rota, layers: Iterable[LayerDraft], *, starts_at: datetime, since: datetime
) -> Plan:
    """Return the plan of a rota as if other layers counted from an instant on.

    The rota may not be stored yet; nothing of it is stored here.
    """
    before = _versions([rota])[rota.pk] if rota.pk else []
    versions = [one for one in before if one[0] < starts_at] + [(starts_at, tuple(layers))]
    return plans([rota], since=since, versions={rota.pk: versions})[0]


def plan_of(rota: Rota, *, since: datetime) -> Plan:
    """Return the plan of one rota."""
    return plans([rota], since=since)[0]


def calendar_of(rota: Rota, holidays: frozenset[date]) -> WorkCalendar:
    """Return when the team of a rota works, by the rota's clocks."""
    team = rota.team
    return WorkCalendar(
        ZoneInfo(rota.zone),
        frozenset(team.workdays),
        team.workday_starts_at,
        team.workday_ends_at,
        holidays,
    )


def basis_of(rota: Rota, gone: Iterable[int]) -> str:
    """Return in words what the shifts of a rota follow from that lies outside it."""
    team = rota.team
    days = "".join(str(day) for day in sorted(team.workdays))
    hours = f"{team.workday_starts_at:%H:%M}-{team.workday_ends_at:%H:%M}"
    return " ".join([days, hours, *(str(person) for person in sorted(gone))])[:500]


def draft_of(layer: Layer) -> LayerDraft:
    """Return a stored layer, its participants at hand, as somebody would write it."""
    groups: dict[int, list[int]] = defaultdict(list)
    for one in layer.participants.all():
        groups[one.turn].append(one.person_id)
    return LayerDraft(
        name=layer.name,
        groups=tuple(tuple(groups[turn]) for turn in sorted(groups)),
        begins_on=layer.begins_on,
        role=layer.role,
        priority=layer.priority,
        unit=layer.unit,
        length=layer.length,
        turn_days=tuple(layer.turn_days),
        handoff_at=layer.handoff_at,
        zone=layer.zone,
        hours=layer.hours,
        windows=tuple(layer.windows),
        ahead=layer.ahead,
        starts_at=layer.starts_at,
        ends_at=layer.ends_at,
    )


def _holidays(calendars: Iterable[int]) -> dict[int, frozenset[date]]:
    days: dict[int, set[date]] = defaultdict(set)
    found = Holiday.objects.filter(calendar__in=calendars, is_struck=False)
    for calendar, day in found.values_list("calendar", "day"):
        days[calendar].add(day)
    return {calendar: frozenset(some) for calendar, some in days.items()}


def _versions(rotas: Iterable[Rota]) -> dict[int, list[Version]]:
    found: dict[int, list[Version]] = defaultdict(list)
    rows = RotaVersion.objects.filter(rota__in=rotas, superseded_at=None)
    for version in rows.order_by("starts_at").prefetch_related("layers__participants"):
        layers = tuple(draft_of(layer) for layer in version.layers.all())
        found[version.rota_id].append((version.starts_at, layers))
    return found


def _exceptions(rotas: Iterable[Rota], since: datetime) -> dict[int, list[Exception_]]:
    """Return swaps and overrides in the order of the words that made them: a later one wins.

    Of two words at the same instant the override is the later one.
    """
    found: dict[int, list[tuple[datetime, bool, Exception_]]] = defaultdict(list)
    swaps = Swap.objects.filter(
        Q(ends_at__gt=since) | Q(back_ends_at__gt=since), rota__in=rotas, state=SwapState.DONE
    )
    for swap in swaps.order_by("decided_at", "pk"):
        giver, taker = str(swap.giver_id), str(swap.taker_id)
        trades = [(swap.span, taker, giver)] + ([(swap.back, giver, taker)] if swap.back else [])
        for span, comes, goes in trades:
            one = Exception_(OverrideKind.REPLACE, span, comes, goes, swap.role)
            found[swap.rota_id].append((swap.decided_at or swap.requested_at, False, one))
    overrides = Override.objects.filter(BEGUN, rota__in=rotas, ends_at__gt=since)
    for override in overrides.order_by("made_at", "pk"):
        found[override.rota_id].append((override.made_at, True, _exception(override)))
    in_order: dict[int, list[Exception_]] = defaultdict(list)
    for rota, words in found.items():
        # Stable: words of one instant and kind stay in the order of their ids.
        in_order[rota] = [one for *_, one in sorted(words, key=lambda word: word[:2])]
    return in_order


def _exception(override: Override) -> Exception_:
    return Exception_(
        OverrideKind(override.kind),
        _kept(override.starts_at, override.ends_at, override.cancelled_at),
        str(override.comes_id or ""),
        str(override.goes_id or ""),
        override.role,
    )


def _leave(people: Iterable[int], since: datetime) -> dict[str, list[Span]]:
    away: dict[str, list[Span]] = defaultdict(list)
    rows = Leave.objects.filter(BEGUN, person__in=people, ends_at__gt=since)
    columns = ("person", "starts_at", "ends_at", "cancelled_at")
    for person, start, end, cancelled in rows.values_list(*columns):
        away[str(person)].append(_kept(start, end, cancelled))
    return away


def _kept(start: datetime, end: datetime, cancelled: datetime | None) -> Span:
    """Return when something counted: what was cancelled after it had begun, until then."""
    return Span(start, min(end, cancelled) if cancelled else end)


def _inactive(people: Iterable[int]) -> set[int]:
    return set(User.objects.filter(Q(pk__in=people), is_active=False).values_list("pk", flat=True))


def _present(
    exceptions: Iterable[Exception_], away: Mapping[str, Sequence[Span]], gone: Iterable[int]
) -> Iterator[Exception_]:
    """Yield exceptions, of temporary cover only what who covers is there for.

    Cover beats whatever else is said, so who stands down later would not be heard.
    """
    left = {str(person) for person in gone}
    for one in exceptions:
        if one.kind is not OverrideKind.COVER:
            yield one
        elif one.add not in left:
            for span in without([one.span], joined(away.get(one.add, ()))):
                yield replace(one, span=span)


def _absences(
    people: Iterable[str],
    away: Mapping[str, Sequence[Span]],
    gone: Iterable[int],
    versions: Sequence[Version],
    exceptions: Sequence[Exception_],
) -> list[Exception_]:
    """Return that who is away or has left stands down, in every role that the rota has."""
    if not versions:
        return []
    roles = {layer.role for _, layers in versions for layer in layers}
    roles |= {one.role for one in exceptions}
    ever = Span(versions[0][0], datetime.max.replace(tzinfo=versions[0][0].tzinfo))
    left = {str(person) for person in gone}
    return [
        Exception_(OverrideKind.REMOVE, span, remove=person, role=role)
        for person in sorted(people)
        for span in ([ever] if person in left else away.get(person, ()))
        for role in sorted(roles)
    ]
