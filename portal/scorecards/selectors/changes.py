"""Which applications something was told of lately: by the audit trail and by the roll-ups.

The apps below need not know of scorecards: what they change, they tell anyway.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Max, Min

from kpis.selectors.many import recomputed_since
from portal.audit.selectors import entries
from portal.catalogue.models import Application, Team
from portal.scorecards.models import Standing

APPLICATION, TEAM = "application:", "team:"
# So long after it was told, everything of a transaction can be seen, as a rule.
SETTLED = timedelta(seconds=15)


def changed_since(at: datetime) -> set[int]:
    """Return the ids of the applications told of at an instant or after it and not judged since.

    What is told of a team is told of all applications that it, or a team below it, owns.
    """
    told: dict[int, datetime] = {}
    for pk, when in (
        *_applications(_told(APPLICATION, at)),
        *_of_teams(_told(TEAM, at)),
        *recomputed_since(at).items(),
    ):
        told[pk] = max(told.get(pk, when), when)
    judged = dict(
        Standing.objects.filter(application__in=list(told))
        .values_list("application")
        .annotate(first=Min("evaluated_at"))
    )
    return {pk for pk, when in told.items() if pk not in judged or judged[pk] < when + SETTLED}


def _told(kind: str, at: datetime) -> dict[str, datetime]:
    """Return the slugs of a kind of subject that something was told of, and when last."""
    found = entries(begins_at=at).filter(subject__startswith=kind).order_by()
    latest = found.values_list("subject").annotate(latest=Max("at"))
    return {subject.removeprefix(kind): when for subject, when in latest}


def _applications(told: Mapping[str, datetime]) -> Iterable[tuple[int, datetime]]:
    found = Application.objects.filter(slug__in=list(told)).values_list("slug", "pk")
    return ((pk, told[slug]) for slug, pk in found) if told else ()


def _of_teams(told: Mapping[str, datetime]) -> Iterable[tuple[int, datetime]]:
    if not told:
        return
    teams = dict(Team.objects.filter(slug__in=list(told)).values_list("pk", "slug"))
    found = Application.objects.filter(owner__lineage__overlap=list(teams))
    for pk, lineage in found.values_list("pk", "owner__lineage"):
        yield pk, max(told[teams[node]] for node in lineage if node in teams)
