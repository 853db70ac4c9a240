"""Which applications something was told of lately: by the audit trail and by the roll-ups.

The apps below need not know of scorecards: what they change, they tell anyway.
"""

from datetime import datetime

from django.db.models import Q

from kpis.selectors.many import recomputed_since
from portal.audit.selectors import entries
from portal.catalogue.models import Application, Team

KINDS = ("application:", "team:")


def changed_since(at: datetime) -> set[int]:
    """Return the ids of the applications that were told of at an instant or after it.

    What is told of a team is told of all applications that it, or a team below it, owns.
    """
    told = set(
        entries(begins_at=at)
        .filter(Q(subject__startswith=KINDS[0]) | Q(subject__startswith=KINDS[1]))
        .values_list("subject", flat=True)
    )
    slugs = {
        kind: [one.removeprefix(kind) for one in told if one.startswith(kind)] for kind in KINDS
    }
    found = set(recomputed_since(at))
    if slugs["application:"]:
        found |= set(
            Application.objects.filter(slug__in=slugs["application:"]).values_list("pk", flat=True)
        )
    if slugs["team:"]:
        found |= set(
            Application.objects.filter(owner__lineage__overlap=_ids(slugs["team:"])).values_list(
                "pk", flat=True
            )
        )
    return found


def _ids(slugs: list[str]) -> list[int]:
    return list(Team.objects.filter(slug__in=slugs).values_list("pk", flat=True))
