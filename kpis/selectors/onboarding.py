"""Reads of onboarding: the figures of a span of days, and the registrations behind them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import DurationField, ExpressionWrapper, F, QuerySet

from kpis.adapters import bulk
from kpis.metrics.onboarding import SOON_DEPLOYED, SOON_REGISTERED, Onboarding, Pace
from portal.accounts.models import User
from portal.catalogue.models import Registration
from portal.catalogue.selectors import applications_visible_to

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

_FIGURES = """
    WITH taken AS (
        SELECT
            CASE WHEN NOT EXISTS (
                SELECT FROM catalogue_registration AS e WHERE e.person_id = r.person_id
                    AND (e.registered_at, e.application_id) < (r.registered_at, r.application_id)
            ) THEN extract(epoch FROM r.registered_at - r.signed_in_at)::float8 END AS registering,
            CASE WHEN f.recorded_at IS NOT NULL
                THEN greatest(extract(epoch FROM f.recorded_at - r.registered_at), 0)::float8
                END AS deploying,
            f.application_id IS NULL AND a.retired_at IS NULL AS is_waiting
        FROM catalogue_registration AS r
        JOIN catalogue_application AS a ON a.id = r.application_id
        LEFT JOIN kpis_firstdeployment AS f ON f.application_id = r.application_id
        WHERE r.registered_at >= %(since)s AND r.registered_at < %(until)s
    )
    SELECT count(registering),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY registering),
        percentile_cont(0.9) WITHIN GROUP (ORDER BY registering),
        avg((registering <= %(soon_registered)s)::int)::float8,
        count(deploying),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY deploying),
        percentile_cont(0.9) WITHIN GROUP (ORDER BY deploying),
        avg((deploying <= %(soon_deployed)s)::int)::float8,
        count(*) FILTER (WHERE is_waiting)
    FROM taken
"""


def onboarding(*, since: datetime, until: datetime) -> Onboarding:
    """Return the figures of the applications registered in [since, until)."""
    ((n, p50, p90, soon, *deploying, waiting),) = bulk.fetch(
        _FIGURES,
        {
            "since": since,
            "until": until,
            "soon_registered": SOON_REGISTERED.total_seconds(),
            "soon_deployed": SOON_DEPLOYED.total_seconds(),
        },
    )
    return Onboarding(Pace(n, p50, p90, soon), Pace(*deploying), waiting)


class Timed(TypedDict):
    """What is reckoned beside a registration: spans that are null while unknown."""

    took: timedelta | None
    deployed_after: timedelta | None


def registrations(
    user: User, *, since: datetime, until: datetime
) -> "QuerySet[WithAnnotations[Registration, Timed]]":
    """Return who registered what in [since, until), of the applications that the person sees.

    Each has `took`, from signing in, and `deployed_after`, until its first deployment.
    """
    first = F("application__first_deployment__recorded_at")
    return (
        Registration.objects.filter(
            registered_at__gte=since,
            registered_at__lt=until,
            application__in=applications_visible_to(user),
        )
        .select_related("application", "person")
        .annotate(
            took=ExpressionWrapper(F("registered_at") - F("signed_in_at"), DurationField()),
            deployed_after=ExpressionWrapper(first - F("registered_at"), DurationField()),
        )
    )
