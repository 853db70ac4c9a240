"""The delivery KPIs of a scope as JSON."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.metrics.periods import PeriodError
from kpis.selectors.pages import kpi_page
from kpis.selectors.scopes import KINDS, UnknownScopeError, find_scope
from kpis.serializers import KpiAnswer, KpiQuery, answer
from portal.api.api.base import ApiView
from portal.api.api.schema import problems
from portal.api.serializers import read_query
from portal.api.types import Scope


class KpiView(ApiView):
    """The delivery KPIs of an application, a team's subtree or the company."""

    reads = Scope.KPIS_READ

    @extend_schema(
        operation_id="kpis",
        summary="Delivery KPIs of a scope",
        parameters=[
            OpenApiParameter(
                "scope", str, OpenApiParameter.PATH, enum=list(KINDS), description="What kind."
            ),
            OpenApiParameter(
                "slug",
                str,
                OpenApiParameter.PATH,
                description="The slug of the application or team; “all” for the company.",
            ),
            KpiQuery,
        ],
        responses={
            200: OpenApiResponse(KpiAnswer, "The KPIs."),
            **problems(400, 404),
        },
    )
    def get(self, request: Request, scope: str, slug: str) -> Response:
        """Return the six delivery KPIs of one period and the series of periods up to it.

        Values are null where there is no data. Spans are seconds, shares are parts of one.
        """
        query = read_query(KpiQuery, request)
        try:
            found = find_scope(word=scope, slug=slug, viewer=self.actor)
            page = kpi_page(found, now=timezone.now(), **query)
        except UnknownScopeError as error:
            raise NotFound(str(error)) from error
        except PeriodError as error:
            raise ValidationError({"period": str(error)}) from error
        return Response(answer(page, request))
