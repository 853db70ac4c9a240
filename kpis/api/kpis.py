"""The delivery KPIs of a scope as JSON."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kpis.metrics.periods import PeriodError
from kpis.selectors.pages import kpi_page
from kpis.selectors.scopes import KINDS, UnknownScopeError, find_scope
from kpis.serializers import KpiAnswer, KpiQuery, answer
from portal.core.problems import MEDIA_TYPE, Problem


class KpiView(APIView):
    """The delivery KPIs of an application, a team's subtree or the company."""

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
            (400, MEDIA_TYPE): OpenApiResponse(Problem, "Grain, period or periods are no such."),
            (403, MEDIA_TYPE): OpenApiResponse(Problem, "Nobody is signed in."),
            (404, MEDIA_TYPE): OpenApiResponse(Problem, "There is no such scope."),
        },
    )
    def get(self, request: Request, scope: str, slug: str) -> Response:
        """Return the six delivery KPIs of one period and the series of periods up to it.

        Values are null where there is no data. Spans are seconds, shares are parts of one.
        """
        query = KpiQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        try:
            page = kpi_page(
                find_scope(word=scope, slug=slug), now=timezone.now(), **query.validated_data
            )
        except UnknownScopeError as error:
            raise NotFound(str(error)) from error
        except PeriodError as error:
            raise ValidationError({"period": str(error)}) from error
        return Response(answer(page, request))
