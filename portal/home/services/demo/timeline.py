"""When an application was deployed, what went wrong, and what mended it."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from kpis.models import DeploymentKind, DeploymentStatus, LinkRule
from portal.home.services.demo.behaviour import Behaviour, Knot
from portal.home.services.demo.calendar import (
    DAY,
    HOUR,
    MINUTE,
    Bools,
    Clock,
    Floats,
    Ints,
    freeze,
    second_tuesdays,
    weekdays,
)

ATTRIBUTION_WINDOW = 24 * HOUR
UNKNOWN = -1
_STATUSES = (DeploymentStatus.SUCCEEDED, DeploymentStatus.FAILED, DeploymentStatus.CANCELLED)
_STATUS_SHARES = (0.962, 0.031, 0.007)
_SPACING = 16 * MINUTE
_STILL_OPEN_DAYS, _STILL_OPEN_SHARE = 20, 0.2
_CORRECTED_SHARE = 0.15
# How a failure is mended: None is a change of configuration, without a deployment.
_REMEDIES = (DeploymentKind.ROLLBACK, DeploymentKind.HOTFIX, None)
_UNTOLD_SHARE = 0.3
# An incident is closed so long after its remedy at the latest.
_CONFIRMED_WITHIN = 15 * MINUTE
_UNATTRIBUTED_SHARE = 0.4
_QUIET_TIERS = (3, 4)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a history, numbered since 1970, half-open."""

    first: int
    end: int


@dataclass(slots=True)
class Happening:
    """An incident; `blames` and `suspected` are places in the timeline, or unknown.

    `suspected` is what the window rule had blamed before a person knew better.
    """

    opened: int
    acknowledged: int
    resolved: int
    severity: int
    blames: int = UNKNOWN
    suspected: int = UNKNOWN
    rule: LinkRule = LinkRule.WINDOW
    caused_by_change: bool = True


@dataclass(slots=True)
class _Draft:
    """Planned deployments in columns, which of them were called off, and what came of them.

    A remedy is the place of what it mends, when it finished, and its kind.
    """

    local: Ints
    finished: Ints
    status: Ints
    gone: Bools
    remedies: list[tuple[int, int, DeploymentKind]] = field(default_factory=list)
    incidents: list[Happening] = field(default_factory=list)


@dataclass(slots=True)
class Timeline:
    """The deployments of one application by finish time, in columns, and its incidents.

    Instants are Unix time, UTC. `day` is the day of the history each belongs to; `remedies` the
    place of what a rollback or hotfix mends, or unknown.
    """

    finished: Ints
    started: Ints
    local: Ints
    day: Ints
    status: list[DeploymentStatus]
    kind: list[DeploymentKind]
    remedies: Ints
    incidents: list[Happening]

    @property
    def succeeded(self) -> Bools:
        """Which deployments succeeded."""
        return np.array(
            [status == DeploymentStatus.SUCCEEDED for status in self.status], dtype=np.bool_
        )


@dataclass(frozen=True, slots=True)
class Days:
    """The knobs of a behaviour for each day of a history."""

    deployments: Floats
    knobs: dict[str, Floats]


@lru_cache(maxsize=256)
def days_of(behaviour: Behaviour, span: Span) -> Days:
    """Return what a behaviour says about each day of the span."""
    numbers = np.arange(span.first, span.end)
    ago = span.end - numbers.astype(np.float64)
    at = [-knot.days_ago for knot in behaviour.knots]
    knobs = {
        name: np.interp(-ago, at, [getattr(knot, name) for knot in behaviour.knots])
        for name in Knot.__dataclass_fields__
    }
    alive = (ago <= behaviour.begins) & (ago > behaviour.ends)
    if behaviour.monthly:
        weights = second_tuesdays(numbers) * 7 * 52 / 12 * 0.95
    else:
        habit = np.array(behaviour.weekdays)
        weights = habit[weekdays(numbers)] * 7 / habit.sum()
    return Days(knobs["per_week"] / 7 * weights * freeze(numbers) * alive, knobs)


class Story:
    """Works out the timeline of one application."""

    def __init__(
        self,
        behaviour: Behaviour,
        span: Span,
        clock: Clock,
        tier: int,
        rng: np.random.Generator,
    ) -> None:
        self.behaviour = behaviour
        self.span = span
        self.clock = clock
        self.tier = tier
        self.rng = rng
        self.days = days_of(behaviour, span)
        self.horizon = span.end * DAY

    def expected(self) -> float:
        """Return how many planned deployments the behaviour asks for."""
        return float(self.days.deployments.sum())

    def tell(self, count: int) -> Timeline:
        """Return a timeline with about that many planned deployments and what came of them."""
        local = self._planned(count)
        finished = self.clock.to_utc(local)
        local, finished = local[finished < self.horizon], finished[finished < self.horizon]
        status = self.rng.choice(len(_STATUSES), size=len(local), p=_STATUS_SHARES)
        status[:1] = 0
        draft = _Draft(local, finished, status, np.zeros(len(local), dtype=np.bool_))
        failing = self.days.knobs["failing"][self._day(finished)]
        hurts = (self.rng.random(len(local)) < failing) & (status == 0)
        # The first one never hurts: there is nothing to roll back to.
        for place in np.flatnonzero(hurts[1:]) + 1:
            if not draft.gone[place]:
                self._fail(int(place), draft)
        timeline = self._assemble(draft)
        self._outages(timeline)
        self._correct(timeline)
        timeline.incidents.sort(key=lambda incident: incident.opened)
        return timeline

    def _planned(self, count: int) -> Ints:
        """Return the local finish of planned deployments, ascending, on days that weigh."""
        total = np.cumsum(self.days.deployments)
        if not count or not total[-1]:
            return np.zeros(0, dtype=np.int64)
        jitter = 0.5 if self.behaviour.monthly else self.rng.random(count)
        quantiles = (np.arange(count) + jitter) / count * total[-1]
        day = self.span.first + np.searchsorted(total, quantiles)
        begin, end = self.behaviour.hours
        hour = begin + (end - begin) * self.rng.beta(1.7, 1.6, size=count)
        local = np.sort(day * DAY + (hour * HOUR).astype(np.int64))
        steps = np.arange(count) * _SPACING
        return np.maximum.accumulate(local - steps) + steps

    def _minutes(self, median: float, spread: float, least: float, most: float) -> int:
        """Return seconds of a log-normal span given in minutes."""
        drawn = median * float(np.exp(self.rng.normal(0, spread)))
        return int(min(max(drawn, least), most) * MINUTE)

    def _fail(self, place: int, draft: _Draft) -> None:
        """Let a deployment hurt: an incident, a rollback or hotfix, or both."""
        begun = int(draft.finished[place])
        opened = begun + self._minutes(13, 0.9, 2, 20 * 60)
        later = np.flatnonzero((draft.status == 0) & ~draft.gone)
        following = later[np.searchsorted(later, place, side="right") :][:1]
        if len(following):
            # Told before the next release, so that the window blames the right one.
            opened = min(opened, begun + (int(draft.finished[following[0]]) - begun) // 2)
        median = float(self.days.knobs["restore_minutes"][self._day(draft.finished[place])])
        ended = opened + self._minutes(median, 0.8, 9, 6 * 24 * 60)
        kind = _REMEDIES[int(self.rng.integers(len(_REMEDIES)))]
        rule = LinkRule.WINDOW
        if kind is not None and ended + _CONFIRMED_WITHIN < self.horizon:
            # Nobody releases while the last release is being mended.
            draft.gone |= (draft.finished > begun) & (draft.finished < ended + _SPACING)
            draft.remedies.append((place, ended, kind))
            if self.rng.random() < _UNTOLD_SHARE:
                return
            ended += self._minutes(5, 0.5, 1, _CONFIRMED_WITHIN / MINUTE)
            rule = LinkRule(kind.value)
        if opened < self.horizon:
            incident = self._incident(opened, ended, blames=place)
            incident.rule = rule
            draft.incidents.append(incident)

    def _day(self, at: Ints) -> Ints:
        """Return the days of the history that instants fall on."""
        return np.clip(at // DAY - self.span.first, 0, self.span.end - self.span.first - 1)

    def _incident(self, opened: int, ended: int, blames: int = UNKNOWN) -> Happening:
        recent = opened > self.horizon - _STILL_OPEN_DAYS * DAY
        left_open = ended >= self.horizon or (
            blames == UNKNOWN and recent and self.rng.random() < _STILL_OPEN_SHARE
        )
        noticed = opened + min(self._minutes(6, 0.8, 1, 180), (ended - opened) // 2)
        severity = int(self.rng.choice((1, 2, 3, 4), p=(0.07, 0.25, 0.45, 0.23)))
        return Happening(
            opened=opened,
            acknowledged=noticed if noticed < self.horizon else UNKNOWN,
            resolved=UNKNOWN if left_open else ended,
            severity=max(severity, 2) if self.tier in _QUIET_TIERS else severity,
            blames=blames,
        )

    def _assemble(self, draft: _Draft) -> Timeline:
        """Merge planned deployments and remedies by time, and point everything at its place."""
        kept = np.flatnonzero(~draft.gone)
        at = np.array([ended for _, ended, _ in draft.remedies], dtype=np.int64)
        finished = np.concatenate([draft.finished[kept], at])
        order = np.argsort(finished, kind="stable")
        place_of = np.full(len(draft.finished), UNKNOWN, dtype=np.int64)
        place_of[kept] = np.argsort(order)[: len(kept)]
        for incident in draft.incidents:
            incident.blames = int(place_of[incident.blames])
        mended = [place_of[place] for place, _, _ in draft.remedies]
        kind = [DeploymentKind.PLANNED] * len(kept) + [kind for _, _, kind in draft.remedies]
        status = [_STATUSES[code] for code in draft.status[kept]]
        status += [DeploymentStatus.SUCCEEDED] * len(at)
        low, high = (minutes * MINUTE for minutes in self.behaviour.build_minutes)
        took = self.rng.uniform(low, high, size=len(order)).astype(np.int64)
        took[len(kept) :] = np.minimum(took[len(kept) :], 6 * MINUTE)
        return Timeline(
            finished=finished[order],
            started=(finished - took)[order],
            local=np.concatenate([draft.local[kept], self.clock.to_local(at)])[order],
            day=self._day(finished[order]),
            status=[status[place] for place in order],
            kind=[kind[place] for place in order],
            remedies=np.array([UNKNOWN] * len(kept) + mended, dtype=np.int64)[order],
            incidents=draft.incidents,
        )

    def _outages(self, timeline: Timeline) -> None:
        """Add incidents that no deployment caused, at any hour."""
        rate = self.days.knobs["outages"] / 365
        successes = timeline.finished[timeline.succeeded]
        mending = timeline.finished[timeline.remedies != UNKNOWN]
        for day in np.flatnonzero(self.rng.random(len(rate)) < rate):
            opened = int((self.span.first + day) * DAY + self.rng.integers(DAY))
            ended = opened + self._minutes(55, 0.9, 4, 3 * 24 * 60)
            incident = self._incident(opened, ended)
            latest = max(ended, opened + ATTRIBUTION_WINDOW)
            suspicious = (
                (successes <= opened) & (successes >= opened - ATTRIBUTION_WINDOW)
            ).any() or ((mending >= opened) & (mending <= latest)).any()
            # Where a rule would have blamed a release, somebody had to say that none caused it.
            incident.caused_by_change = not suspicious and bool(
                self.rng.random() < _UNATTRIBUTED_SHARE
            )
            timeline.incidents.append(incident)

    def _correct(self, timeline: Timeline) -> None:
        """Let a person move the blame for some incidents to the release before the suspect."""
        mended = set(timeline.remedies.tolist())
        blamed = {incident.blames for incident in timeline.incidents}
        successes = np.flatnonzero(timeline.succeeded)
        for incident in timeline.incidents:
            if (
                incident.blames == UNKNOWN
                or incident.rule != LinkRule.WINDOW
                or self.rng.random() > _CORRECTED_SHARE
            ):
                continue
            earlier = successes[: np.searchsorted(successes, incident.blames)][1:][-1:]
            if len(earlier) and int(earlier[0]) not in mended | blamed:
                incident.suspected, incident.blames = incident.blames, int(earlier[0])
                incident.rule = LinkRule.PERSON
                blamed.add(incident.blames)
