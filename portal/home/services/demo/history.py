"""The delivery history of the demo company, application by application, from a seed.

The same seed, span and company give the same history, whatever order it is asked for in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kpis.models import DeploymentKind, LinkRule
from kpis.services.attribution import CONFIDENCE
from portal.home.services.demo.behaviour import BEHAVIOURS, Behaviour
from portal.home.services.demo.calendar import Bools, Clock, Floats, Ints
from portal.home.services.demo.changes import Changes, Work, shas
from portal.home.services.demo.timeline import UNKNOWN, Span, Story, Timeline, days_of

# How far applications of one behaviour differ in how often they deploy.
_VARIETY = 0.35


@dataclass(frozen=True, slots=True)
class Subject:
    """An application as the generator sees it; `decider` is the label of who corrects blame."""

    number: int
    tier: int
    behaviour: str
    zone: str
    people: Sequence[str]
    decider: str
    things: Sequence[str]

    @property
    def habits(self) -> Behaviour:
        """How the application is delivered."""
        return BEHAVIOURS[self.behaviour]


@dataclass(frozen=True, slots=True)
class Link:
    """Blame for a failure; places in the timeline and among its incidents, or unknown."""

    deployment: int
    incident: int
    remedy: int
    rule: LinkRule
    decided_by: str
    decided: int
    is_current: bool = True

    @property
    def confidence(self) -> int:
        """How sure the rule is, in percent."""
        return CONFIDENCE[self.rule]


@dataclass(frozen=True, slots=True)
class History:
    """Everything that happened to one application. Columns run along the timeline."""

    timeline: Timeline
    changes: Changes
    links: Sequence[Link]
    sha: Sequence[str]
    previous_sha: Sequence[str]
    version: Sequence[str]
    deployer: Sequence[str]
    failed: Bools
    recovered: Ints
    unplanned: Bools
    baseline: int


def planned_counts(
    subjects: Sequence[Subject], span: Span, seed: int, total: int | None
) -> Sequence[int]:
    """Return how many deployments each application plans; they add up to `total` if given."""
    expected: Floats = np.array(
        [
            days_of(subject.habits, span).deployments.sum()
            * np.exp(np.random.default_rng((seed, subject.number, 1)).normal(0, _VARIETY))
            for subject in subjects
        ]
    )
    for place, subject in enumerate(subjects):
        if subject.habits.monthly:
            expected[place] = days_of(subject.habits, span).deployments.sum()
    if total is not None:
        expected *= total / expected.sum()
    # Rounding the running sum keeps the whole exact.
    counts: list[int] = np.diff(np.rint(np.cumsum(expected)).astype(np.int64), prepend=0).tolist()
    return counts


def histories(
    subjects: Sequence[Subject], span: Span, seed: int, total: int | None
) -> Iterator[History]:
    """Yield the history of each subject, in order."""
    counts = planned_counts(subjects, span, seed, total)
    clocks = {zone: Clock(zone, span.first, span.end) for zone in {s.zone for s in subjects}}
    for subject, count in zip(subjects, counts, strict=True):
        yield _history(subject, span, clocks[subject.zone], count, seed)


def _history(subject: Subject, span: Span, clock: Clock, count: int, seed: int) -> History:
    rng = np.random.default_rng((seed, subject.number))
    habits = subject.habits
    timeline = Story(habits, span, clock, subject.tier, rng).tell(count)
    changes = Work(timeline, days_of(habits, span), rng).done(
        bots=habits.bots,
        pull_requests=habits.pull_requests,
        people=subject.people,
        things=subject.things,
    )
    succeeded = timeline.succeeded
    sha, previous_sha = _commits(timeline, changes, rng)
    links = _links(timeline, subject.decider)
    failed, recovered = _settled(timeline, links)
    deployers = rng.integers(len(subject.people), size=len(sha))
    return History(
        timeline=timeline,
        changes=changes,
        links=links,
        sha=sha,
        previous_sha=previous_sha,
        version=_versions(timeline, major=1 + subject.number % 7),
        deployer=[subject.people[place] for place in deployers],
        failed=failed,
        recovered=recovered,
        unplanned=timeline.remedies != UNKNOWN,
        baseline=int(np.argmax(succeeded)) if succeeded.any() else UNKNOWN,
    )


def _commits(
    timeline: Timeline, changes: Changes, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Return the commit that each deployment put live and the one that was live before it."""
    heads = np.searchsorted(changes.deployment, np.arange(len(timeline.kind)), side="right") - 1
    own = shas(rng, len(timeline.kind))
    succeeded = timeline.succeeded
    sha: list[str] = []
    previous: list[str] = []
    live = ""
    for place, mended in enumerate(timeline.remedies.tolist()):
        previous.append(live if succeeded[place] else "")
        if timeline.kind[place] == DeploymentKind.ROLLBACK:
            sha.append(previous[mended])
        elif succeeded[place]:
            sha.append(changes.sha[heads[place]])
        else:
            sha.append(own[place])
        live = sha[place] if succeeded[place] else live
    return sha, previous


def _versions(timeline: Timeline, major: int) -> list[str]:
    versions: list[str] = []
    minor, patch = 0, 0
    for place, kind in enumerate(timeline.kind):
        if kind == DeploymentKind.ROLLBACK:
            before = max(int(timeline.remedies[place]) - 1, 0)
            versions.append(versions[before])
            continue
        minor, patch = (minor, patch + 1) if kind == DeploymentKind.HOTFIX else (minor + 1, 0)
        versions.append(f"v{major}.{minor}.{patch}")
    return versions


def _links(timeline: Timeline, decider: str) -> list[Link]:
    links = []
    for place, incident in enumerate(timeline.incidents):
        told = incident.opened + 60
        if incident.suspected != UNKNOWN:
            doubted = _by_rule(LinkRule.WINDOW, incident.suspected, told, incident=place)
            links.append(replace(doubted, is_current=False))
        if incident.blames != UNKNOWN:
            link = _by_rule(incident.rule, incident.blames, told, incident=place)
            if incident.rule == LinkRule.PERSON:
                decided = max(incident.resolved, told) + 1800
                link = replace(link, decided_by=decider, decided=decided)
            links.append(link)
    links += [
        _by_rule(
            LinkRule(timeline.kind[place].value),
            int(timeline.remedies[place]),
            int(timeline.finished[place]),
            remedy=int(place),
        )
        for place in np.flatnonzero(timeline.remedies != UNKNOWN)
    ]
    return links


def _by_rule(
    rule: LinkRule,
    deployment: int,
    decided: int,
    *,
    incident: int = UNKNOWN,
    remedy: int = UNKNOWN,
) -> Link:
    return Link(deployment, incident, remedy, rule, f"rule:{rule.lower()}", decided)


def _settled(timeline: Timeline, links: Sequence[Link]) -> tuple[Bools, Ints]:
    """Return which deployments failed and when each was over, by what is known of it."""
    failed = np.zeros(len(timeline.kind), dtype=np.bool_)
    recovered = np.full(len(timeline.kind), UNKNOWN, dtype=np.int64)
    for link in links:
        if link.is_current:
            ended = (
                timeline.incidents[link.incident].resolved
                if link.remedy == UNKNOWN
                else int(timeline.finished[link.remedy])
            )
            failed[link.deployment] = True
            known = [at for at in (ended, int(recovered[link.deployment])) if at != UNKNOWN]
            recovered[link.deployment] = min(known, default=UNKNOWN)
    return failed, recovered
