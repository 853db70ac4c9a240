"""Reads of pay: what has been approved, by which rates, of which grade people are."""

from datetime import datetime

from oncall.models import PayReport, ReportState
from portal.catalogue.models import Team
from portal.core.clock import local_date


def is_approved(team: Team, at: datetime) -> bool:
    """Return whether the pay of the month in which an instant lies is approved."""
    month = local_date(at, team.zone).replace(day=1)
    return PayReport.objects.filter(team=team, month=month, state=ReportState.APPROVED).exists()
