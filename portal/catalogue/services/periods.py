"""The history of ownership: who owned an application when, without gaps or overlaps."""

from datetime import datetime

from portal.accounts.models import User
from portal.catalogue import policies
from portal.catalogue.models import Application, OwnershipChange, OwnershipPeriod, Team
from portal.core import jobs


def hand_over(
    *,
    application: Application,
    team: Team | None,
    change: OwnershipChange,
    by: User,
    now: datetime,
    reason: str = "",
) -> None:
    """Let a team own the locked application from now on, and write the history.

    `by` is who takes it for the team, or leaves it without one. Taking it says that it is theirs, unless operations place it. KPIs of the teams follow.
    """
    application.owner = team
    application.attested_at = now if team else None
    is_theirs = policies.allows(by, policies.ATTEST_APPLICATION, application)
    application.attested_by = by if is_theirs else None
    application.save(update_fields=["owner", "attested_at", "attested_by"])
    application.ownership_periods.filter(until=None).update(until=now)
    OwnershipPeriod.objects.create(
        application=application, team=team, since=now, change=change, by=by, reason=reason
    )
    jobs.enqueue("kpis.tasks.refresh_scopes")
