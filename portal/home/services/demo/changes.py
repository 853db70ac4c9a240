"""What the deployments of an application contain, and how long each step of a change took."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpis.models import DeploymentKind
from portal.home.services.demo import words
from portal.home.services.demo.calendar import (
    DAY,
    HOUR,
    MINUTE,
    Bools,
    Floats,
    Ints,
    back_into_hours,
)
from portal.home.services.demo.timeline import UNKNOWN, Days, Timeline

BOTS = ("renovate[bot]", "dependabot[bot]")
FAST_SECONDS = 15 * MINUTE
_SHA_BYTES = 20
_BASELINE_CHANGES = 8
_UNREVIEWED_SHARE = 0.03
_LONGEST = 120 * DAY


@dataclass(slots=True)
class Changes:
    """Changes in columns, by deployment and commit time; instants are UTC, unknown ones -1."""

    deployment: Ints
    authored: Ints
    committed: Ints
    opened: Ints
    reviewed: Ints
    merged: Ints
    is_bot: Bools
    is_hotfix: Bools
    is_revert: Bools
    sha: list[str]
    title: list[str]
    author: list[str]


def shas(rng: np.random.Generator, count: int) -> list[str]:
    """Return made-up names of commits, 40 hexadecimal digits each."""
    digits = rng.bytes(count * _SHA_BYTES).hex()
    width = 2 * _SHA_BYTES
    return [digits[start : start + width] for start in range(0, count * width, width)]


class Work:
    """Works out the changes that a timeline put live."""

    def __init__(self, timeline: Timeline, days: Days, rng: np.random.Generator) -> None:
        self.timeline = timeline
        self.days = days
        self.rng = rng

    def done(
        self,
        *,
        bots: float,
        pull_requests: float,
        people: Sequence[str],
        things: Sequence[str],
    ) -> Changes:
        """Return the changes; `bots` and `pull_requests` are shares, `things` the nouns."""
        deployment = self._deployments()
        urgent = self._kinds(DeploymentKind.HOTFIX)[deployment]
        count = len(deployment)
        is_bot = (self.rng.random(count) < bots) & ~urgent
        reviewed_by_nobody = is_bot | (self.rng.random(count) < _UNREVIEWED_SHARE)
        asked = self.rng.random(count) < pull_requests
        live = self.timeline.local[deployment]
        merged = self._merged(deployment, urgent)
        reviewed = self._before(merged, "review_hours", deployment, urgent)
        reviewed = np.where(is_bot, merged, reviewed)
        opened = self._before(reviewed, "pickup_hours", deployment, urgent)
        authored = self._before(opened, "coding_hours", deployment, urgent)
        opened = np.where(is_bot, merged - self._spread(count, 4 * HOUR, 3 * DAY), opened)
        authored = np.where(is_bot, opened - self._spread(count, 1, MINUTE), authored)
        order = np.lexsort((merged, deployment))
        merged, reviewed, opened, authored = self._in_utc(
            (live - merged, merged - reviewed, reviewed - opened, opened - authored), deployment
        )
        authors = self.rng.integers(len(people), size=count)
        authors = np.minimum(authors, self.rng.integers(len(people), size=count))
        bot = self.rng.integers(len(BOTS))
        changes = Changes(
            deployment=deployment,
            authored=authored[order],
            committed=merged[order],
            opened=np.where(asked, opened, UNKNOWN)[order],
            reviewed=np.where(asked & ~reviewed_by_nobody, reviewed, UNKNOWN)[order],
            merged=np.where(asked, merged, UNKNOWN)[order],
            is_bot=is_bot[order],
            is_hotfix=urgent[order],
            is_revert=np.zeros(count, dtype=np.bool_),
            sha=shas(self.rng, count),
            title=[],
            author=[
                BOTS[bot] if machine else people[place]
                for machine, place in zip(is_bot[order], authors, strict=True)
            ],
        )
        changes.title = self._titles(changes, things, plain=pull_requests > 0)
        self._revert(changes)
        return changes

    def _kinds(self, kind: DeploymentKind) -> Bools:
        return np.array([each == kind for each in self.timeline.kind], dtype=np.bool_)

    def _deployments(self) -> Ints:
        """Return the place of the deployment of each change, ascending."""
        timeline = self.timeline
        mean = self.days.knobs["changes"][timeline.day]
        counts = 1 + self.rng.poisson(np.maximum(mean - 1, 0))
        counts[self._kinds(DeploymentKind.HOTFIX)] = 1
        counts[self._kinds(DeploymentKind.ROLLBACK)] = 0
        counts[~timeline.succeeded] = 0
        counts[:1] = _BASELINE_CHANGES
        return np.repeat(np.arange(len(counts)), counts)

    def _merged(self, deployment: Ints, urgent: Bools) -> Ints:
        """Return local merge instants: after the release before, and before their own began."""
        timeline, count = self.timeline, len(deployment)
        live, begun = timeline.local[deployment], timeline.started[deployment]
        build = timeline.finished[deployment] - begun
        since = self._since_success()[deployment]
        fast = (
            self.rng.random(count) < self.days.knobs["fast"][timeline.day[deployment]]
        ) | urgent
        hours = self._drawn("waiting_hours", deployment, spread=0.9)
        waited = np.maximum((hours * HOUR).astype(np.int64), FAST_SECONDS + MINUTE)
        # What would reach behind the release before was merged somewhere in between.
        between = (self.rng.random(count) * since).astype(np.int64)
        waited = np.where(waited >= since, np.maximum(between, build), waited)
        quick = build + (self.rng.random(count) * (FAST_SECONDS - build - 20)).astype(np.int64)
        waited = np.where(fast, np.clip(quick, 60, FAST_SECONDS - 5), waited)
        moved = np.where(fast, live - waited, back_into_hours(live - waited))
        earliest = live - np.maximum(since - MINUTE, MINUTE)
        return np.minimum(np.maximum(moved, earliest), live - 1)

    def _since_success(self) -> Ints:
        """Return the seconds since the success before each deployment; a month for the first."""
        finished = self.timeline.finished
        successes = np.flatnonzero(self.timeline.succeeded)
        before = np.searchsorted(successes, np.arange(len(finished))) - 1
        previous = np.where(before >= 0, finished[successes[before]], finished - 30 * DAY)
        return finished - previous

    def _drawn(self, knob: str, deployment: Ints, spread: float = 1.0) -> Floats:
        median = self.days.knobs[knob][self.timeline.day[deployment]]
        return median * np.exp(self.rng.normal(0, spread, size=len(deployment)))

    def _spread(self, count: int, least: int, most: int) -> Ints:
        return self.rng.integers(least, most, size=count)

    def _before(self, at: Ints, knob: str, deployment: Ints, urgent: Bools) -> Ints:
        """Return the local instant at which a step that ended then had begun."""
        took = np.minimum((self._drawn(knob, deployment) * HOUR).astype(np.int64), _LONGEST)
        hurried = self._spread(len(at), 40, 6 * MINUTE)
        return np.where(urgent, at - hurried, back_into_hours(at - np.maximum(took, 30)))

    def _in_utc(self, spans: tuple[Ints, ...], deployment: Ints) -> list[Ints]:
        """Return merge, review, opening and authorship in UTC, going back from the finish."""
        at = self.timeline.finished[deployment]
        instants = []
        for span in spans:
            at = at - np.maximum(span, 0)
            instants.append(at)
        return instants

    def _titles(self, changes: Changes, things: Sequence[str], *, plain: bool) -> list[str]:
        count = len(changes.sha)
        what = self.rng.integers(1_000_000, size=count).tolist()
        which = self.rng.integers(1_000_000, size=count).tolist()
        ordinary = words.change_title if plain else words.mainframe_title
        return [
            words.bump_title(a, b)
            if bot
            else words.fix_title(a, b, things)
            if fix
            else ordinary(a, b, things)
            for a, b, bot, fix in zip(what, which, changes.is_bot, changes.is_hotfix, strict=True)
        ]

    def _revert(self, changes: Changes) -> None:
        """Make the first change after each rollback the revert of what was rolled back."""
        timeline = self.timeline
        for rollback in np.flatnonzero(self._kinds(DeploymentKind.ROLLBACK)):
            culprit = int(np.searchsorted(changes.deployment, timeline.remedies[rollback]))
            after = int(np.searchsorted(changes.deployment, rollback))
            if after < len(changes.sha) and not (changes.is_hotfix | changes.is_bot)[after]:
                changes.title[after] = words.revert_title(changes.title[culprit])
                changes.is_revert[after] = True
