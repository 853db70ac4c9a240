"""The page of the definitions: one entry per KPI, and an anchor that every figure links to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kpis.metrics.definitions import FEWEST_FOR_P90, FEWEST_FOR_TREND, KPIS


def definitions(request: HttpRequest) -> HttpResponse:
    """Show what each KPI means, how it is computed and what counts."""
    return render(
        request,
        "kpis/definitions.html",
        {
            "kpis": KPIS,
            "fewest_for_p90": FEWEST_FOR_P90,
            "fewest_for_trend": FEWEST_FOR_TREND,
        },
    )
