"""Where the facts of the checks come from: each source reads its facts of all applications at once.

The number of queries is that of the sources, however many applications there are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import Coalesce, Length

from kpis.metrics.definitions import (
    CHANGE_FAIL_RATE,
    DEPLOYMENT_FREQUENCY,
    LEAD_TIME,
    MERGE_TO_PRODUCTION,
    RECOVERY_TIME,
)
from kpis.selectors import many
from kpis.selectors.pages import Point, fast_share
from oncall.selectors.facts import nights_of
from portal.catalogue.models import (
    Application,
    Dependency,
    Environment,
    Lifecycle,
    Link,
    Membership,
    Repository,
)
from portal.scorecards.rules.catalogue import Attested
from portal.scorecards.rules.delivery import Measured

# From so many applications on, naming them costs more than reading what belongs to all.
ALL_FROM = 1000
KPIS = (DEPLOYMENT_FREQUENCY, CHANGE_FAIL_RATE, LEAD_TIME, RECOVERY_TIME)


@dataclass(frozen=True, slots=True)
class Subject:
    """An application as sources ask about it: its id, its owner team, its time zone."""

    id: int
    owner: int | None
    zone: str


Facts = dict[int, dict[str, Any]]
Fill = Callable[[Facts, Sequence[Subject], datetime], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A source of facts: their names, and what puts them into the facts of every subject."""

    facts: tuple[str, ...]
    fill: Fill


def read_facts(ids: Iterable[int] | None, *, now: datetime) -> Facts:
    """Return the facts of the applications, or of all; retired ones are judged no more."""
    found = Application.objects.exclude(lifecycle=Lifecycle.RETIRED)
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    facts: Facts = {}
    subjects = []
    for row in found.order_by("pk").values_list(
        "pk",
        "slug",
        "owner_id",
        "owner__name",
        "owner__zone",
        "tier",
        "lifecycle",
        "data_classes",
        Length("description"),
        "runbook_url",
        "system__name",
        "tags",
        Coalesce("attested_at", "registered_at"),
        "attested_by",
    ):
        (pk, slug, owner, owner_name, zone, tier, lifecycle, data_classes, length, runbook, system,
         tags, attested_at, attested_by) = row  # fmt: skip
        subjects.append(Subject(pk, owner, zone or settings.COMPANY_ZONE))
        facts[pk] = {
            "slug": slug,
            "tier": tier,
            "lifecycle": lifecycle,
            "data_classes": data_classes,
            "system": system or "",
            "tags": tags,
            "attested": Attested(attested_at, attested_by is not None),
            "owner": owner_name or "",
            "description_length": length,
            "runbook": runbook,
        }
    for source in SOURCES:
        source.fill(facts, subjects, now)
    return facts


# What `read_facts` reads off the applications themselves.
OWN_FACTS = (
    "owner",
    "description_length",
    "runbook",
    "data_classes",
    "system",
    "tags",
    "attested",
    "tier",
    "lifecycle",
)


def _put(facts: Facts, name: str, values: Mapping[int, Any], default: Any) -> None:
    for pk, own in facts.items():
        own[name] = values.get(pk, default)


def _belongings(facts: Facts, _subjects: Sequence[Subject], _now: datetime) -> None:
    """Count what belongs to each application."""
    used = Environment.objects.filter(is_production=True, retired_at=None)
    for name, key, rows in (
        ("links", "application", Link.objects.all()),
        ("repositories", "application", Repository.objects.all()),
        ("production_environments", "application", used),
        ("dependencies", "from_application", Dependency.objects.all()),
    ):
        few = rows if len(facts) >= ALL_FROM else rows.filter(**{f"{key}__in": list(facts)})
        _put(facts, name, dict(few.values_list(key).annotate(number=Count("pk"))), 0)


def _members(facts: Facts, subjects: Sequence[Subject], _now: datetime) -> None:
    """Count the active people of the owner team; without an owner there is none to count."""
    counted = dict(
        Membership.objects.filter(user__is_active=True)
        .values_list("team")
        .annotate(number=Count("pk"))
    )
    for subject in subjects:
        facts[subject.id]["owner_members"] = (
            None if subject.owner is None else counted.get(subject.owner, 0)
        )


def _delivery(facts: Facts, subjects: Sequence[Subject], now: datetime) -> None:
    """Read the KPIs of the last complete month, the day of the last success, open incidents."""
    ids = [subject.id for subject in subjects]
    points = many.last_complete(
        "month", zones={subject.id: subject.zone for subject in subjects}, now=now
    )
    latest, unresolved = many.last_deployed_on(ids), many.open_incidents(ids)
    for pk in ids:
        own, point = facts[pk], points[pk]
        own["last_deployed_on"] = latest.get(pk)
        own["open_incidents"] = unresolved.get(pk, 0)
        own["fast_share"] = _fast_share(point)
        for kpi in KPIS:
            reading = point.read(kpi)
            own[kpi.key] = Measured(reading.value, reading.n, point.period.when)


def _fast_share(point: Point) -> Measured:
    reading = point.read(MERGE_TO_PRODUCTION)
    return Measured(fast_share(point), reading.n, point.period.when)


def _nights(facts: Facts, _subjects: Sequence[Subject], now: datetime) -> None:
    """Read who answers for each application at night, and how ready its team is."""
    for pk, nights in nights_of(list(facts), now=now).items():
        facts[pk] |= {
            "oncall.owned": nights.owned,
            "oncall.has_cover": nights.has_cover,
            "oncall.people": nights.people,
            "oncall.readiness": nights.readiness,
        }


SOURCES = (
    Source(("links", "repositories", "production_environments", "dependencies"), _belongings),
    Source(("owner_members",), _members),
    Source(("oncall.owned", "oncall.has_cover", "oncall.people", "oncall.readiness"), _nights),
    Source(
        ("last_deployed_on", "open_incidents", "fast_share", *(kpi.key for kpi in KPIS)),
        _delivery,
    ),
)
