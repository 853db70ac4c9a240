"""What follows for the rest of the facts when some of them change, however late they are told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kpis.adapters import bulk, lines
from kpis.adapters.lines import Commit, Key, Line
from kpis.models import Deployment
from kpis.services.attribution import attribute_all, attribution_window, link_remedies, settle
from kpis.services.marks import mark_all

_PLACES = """
    SELECT d.id, d.application_id, d.environment_id, d.finished_at, x.repository_id, x.sha
    FROM kpis_deployment AS d LEFT JOIN kpis_deploymentcommit AS x ON x.deployment_id = d.id
    WHERE d.id = ANY(%(deployments)s)
"""

Instants = dict[int, set[datetime]]


@dataclass(slots=True)
class Touched:
    """Ids of facts that changed; `instants` are those, by application, at which they counted.

    `moved` tells when deployments that had finished were said to have finished before.
    """

    deployments: set[int] = field(default_factory=set)
    moved: dict[int, datetime] = field(default_factory=dict)
    changes: set[int] = field(default_factory=set)
    artifacts: set[int] = field(default_factory=set)
    incidents: set[int] = field(default_factory=set)
    placed: set[int] = field(default_factory=set)
    instants: Instants = field(default_factory=dict)

    def count(self, application: int, at: datetime | None) -> None:
        """Note that figures of an instant change."""
        if at is not None:
            self.instants.setdefault(application, set()).add(at)


def let_follow(touched: Touched, *, now: datetime) -> None:
    """Let succession, contents, rollbacks and blame follow, and mark the days that change.

    The caller holds the applications, and has written the facts themselves.
    """
    # The statements are long and touch few rows: compiling them would take longer than they do.
    bulk.execute("SET LOCAL jit = off", {})
    differing = _commits(touched)
    places = _places(touched, differing)
    keys = {place.key for place in places if place.key}
    if duplicates := lines.find_duplicates(keys):
        touched.deployments |= duplicates
        places += _read(duplicates)
    stretches = lines.write_lines(_lines(places), touched.deployments)
    kinds = lines.write_kinds(_environments(places), touched.deployments)
    for application, at in [
        *lines.follow(keys),
        *lines.write_contents(stretches, changes=touched.changes, touched=touched.deployments),
    ]:
        touched.count(application, at)
    for place in places:
        if place.deployment in touched.deployments:
            touched.count(place.application, place.at)
    mark_all(touched.instants)
    _blame(touched, places, kinds, now=now)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a deployment stands or stood in line."""

    deployment: int
    application: int
    environment: int
    at: datetime | None
    repository: int | None
    sha: str | None

    @property
    def key(self) -> Key | None:
        """Its commit in its environment."""
        if self.repository is None or not self.sha:
            return None
        return Key(self.environment, self.repository, self.sha)


def _commits(touched: Touched) -> list[Commit]:
    """Write which commits were put live; add the deployments whose commit is news to the touched."""
    concerned = lines.concerned(
        deployments=touched.deployments,
        changes=touched.changes,
        artifacts=touched.artifacts,
        placed=touched.placed,
    )
    differing = lines.write_commits(concerned)
    touched.deployments |= set(concerned)
    touched.deployments |= lines.mending(touched.deployments)
    return differing


def _places(touched: Touched, differing: Collection[Commit]) -> list[_Place]:
    """Return where the touched deployments stand, and where they stood before."""
    now = _read(touched.deployments)
    by_id = {place.deployment: place for place in now}
    before = [
        _Place(
            commit.deployment,
            by_id[commit.deployment].application,
            by_id[commit.deployment].environment,
            by_id[commit.deployment].at,
            commit.repository,
            commit.sha,
        )
        for commit in differing
    ]
    moved = [
        _Place(
            p.deployment,
            p.application,
            p.environment,
            touched.moved[p.deployment],
            p.repository,
            p.sha,
        )
        for p in (*now, *before)
        if p.deployment in touched.moved
    ]
    return [*now, *before, *moved]


def _read(deployments: Iterable[int]) -> list[_Place]:
    return [_Place(*row) for row in bulk.fetch(_PLACES, {"deployments": list(deployments)})]


def _lines(places: Iterable[_Place]) -> dict[Line, datetime]:
    since: dict[Line, datetime] = {}
    for place in places:
        if place.repository is not None and place.at is not None:
            line = Line(place.environment, place.repository)
            since[line] = min(since.get(line, place.at), place.at)
    return since


def _environments(places: Iterable[_Place]) -> dict[int, datetime]:
    since: dict[int, datetime] = {}
    for place in places:
        if place.at is not None:
            since[place.environment] = min(since.get(place.environment, place.at), place.at)
    return since


def _blame(
    touched: Touched, places: Collection[_Place], kinds: Collection[int], *, now: datetime
) -> None:
    """Let failures follow: remedies first, then the incidents near what changed."""
    deployments = touched.deployments | set(kinds)
    to_settle = deployments | link_remedies(deployments, now=now)
    # A remedy that moved ends the failure of what it remedies at another time.
    remedied = Deployment.objects.filter(remedied_by__in=deployments)
    to_settle |= set(remedied.values_list("pk", flat=True))
    instants: Instants = {}
    remedies = _remedies_of(deployments)
    for place in (*places, *_read({*kinds, *remedies})):
        if place.at is not None:
            instants.setdefault(place.application, set()).add(place.at)
    to_settle |= attribute_all(
        stretches(instants),
        incidents=touched.incidents,
        deployments=deployments,
        near=deployments | remedies,
        now=now,
    )
    blamed = Deployment.objects.filter(
        failure_links__incident__in=touched.incidents, failure_links__is_current=True
    )
    to_settle |= set(blamed.values_list("pk", flat=True))
    settle(to_settle)


def _remedies_of(deployments: Collection[int]) -> set[int]:
    """Return the rollbacks and hotfixes of these: what they blame depends on both."""
    found = Deployment.objects.filter(remedies__in=deployments)
    return set(found.values_list("pk", flat=True))


def stretches(instants: Mapping[int, Iterable[datetime]]) -> list[tuple[int, datetime, datetime]]:
    """Return the times, by application, in which incidents may be blamed otherwise than before."""
    window = attribution_window()
    found: list[tuple[int, datetime, datetime]] = []
    for application, each in instants.items():
        for at in sorted(each):
            since, until = at - window, at + window
            if found and found[-1][0] == application and since <= found[-1][2]:
                found[-1] = (application, found[-1][1], until)
            else:
                found.append((application, since, until))
    return found
