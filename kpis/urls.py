"""Addresses of the kpis app."""

from django.urls import path

from kpis.api.kpis import KpiView
from kpis.views import definitions, live

urlpatterns = [
    path("kpis/definitions/", definitions.definitions, name="kpi-definitions"),
    path("kpis/<str:scope>/<slug:slug>/charts.json", live.chart_figures, name="kpi-charts"),
    path("kpis/<str:scope>/<slug:slug>/fresh/", live.fresh, name="kpi-fresh"),
    path("api/v1/kpis/<str:scope>/<slug:slug>/", KpiView.as_view(), name="api-kpis"),
]
