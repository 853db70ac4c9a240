"""How quickly people and applications get started, as JSON."""

from dataclasses import asdict
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.selectors.onboarding import onboarding
from kpis.serializers import OnboardingAnswer, OnboardingQuery
from portal.api.api.base import ApiView
from portal.api.api.schema import problems
from portal.api.serializers import read_query
from portal.api.types import Scope


class OnboardingView(ApiView):
    """The KPIs of onboarding, of the whole company."""

    reads = Scope.KPIS_READ

    @extend_schema(
        operation_id="kpis_onboarding",
        summary="Onboarding",
        parameters=[OnboardingQuery],
        responses={200: OpenApiResponse(OnboardingAnswer, "The KPIs."), **problems(400)},
    )
    def get(self, request: Request) -> Response:
        """Return how quickly people registered their first application, and those delivered."""
        days, now = read_query(OnboardingQuery, request)["days"], timezone.now()
        since = now - timedelta(days=int(days))
        return Response(
            {
                "since": since,
                "until": now,
                **asdict(onboarding(since=since, until=now)),
                "definition": request.build_absolute_uri(reverse("kpi-definitions"))
                + "#time-to-first-application",
            }
        )
