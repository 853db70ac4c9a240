"""Addresses of the kpis app."""

from django.urls import path

from kpis.api import facts
from kpis.api import incidents as reported
from kpis.api.kpis import KpiView
from kpis.api.onboarding import OnboardingView
from kpis.views import definitions, deployments, incidents, live, onboarding, rows

urlpatterns = [
    path("kpis/definitions/", definitions.definitions, name="kpi-definitions"),
    path("kpis/onboarding/", onboarding.onboarding, name="kpi-onboarding"),
    path("kpis/<str:scope>/<slug:slug>/charts.json", live.chart_figures, name="kpi-charts"),
    path("kpis/<str:scope>/<slug:slug>/fresh/", live.fresh, name="kpi-fresh"),
    path("api/v1/deployments/", facts.DeploymentsView.as_view(), name="api-deployments"),
    path("api/v1/deployments/<int:pk>/", facts.DeploymentView.as_view(), name="api-deployment"),
    path("api/v1/changes/", facts.ChangesView.as_view(), name="api-changes"),
    path("api/v1/incidents/", reported.IncidentsView.as_view(), name="api-incidents"),
    path("api/v1/incidents/<int:pk>/", reported.IncidentView.as_view(), name="api-incident"),
    path(
        "api/v1/incidents/<int:pk>/resolve/",
        reported.ResolveView.as_view(),
        name="api-incident-resolve",
    ),
    path(
        "api/v1/incidents/<int:pk>/reopen/",
        reported.ReopenView.as_view(),
        name="api-incident-reopen",
    ),
    path(
        "api/v1/incidents/<int:pk>/attribute/",
        reported.AttributeView.as_view(),
        name="api-incident-attribute",
    ),
    path("api/v1/kpis/onboarding/", OnboardingView.as_view(), name="api-kpis-onboarding"),
    path("api/v1/kpis/<str:scope>/<slug:slug>/", KpiView.as_view(), name="api-kpis"),
    path("kpis/<str:word>/<slug:slug>/deployments/", rows.deployments, name="kpi-deployments"),
    path("kpis/<str:word>/<slug:slug>/changes/", rows.changes, name="kpi-changes"),
    path("kpis/<str:word>/<slug:slug>/incidents/", rows.incidents, name="kpi-incidents"),
    path("deployments/<int:pk>/", deployments.deployment, name="deployment"),
    path("apps/<slug:slug>/incidents/new/", incidents.new, name="incident-new"),
    path("incidents/<int:pk>/", incidents.incident, name="incident"),
    path("incidents/<int:pk>/edit/", incidents.edit, name="incident-edit"),
    path("incidents/<int:pk>/resolve/", incidents.resolve, name="incident-resolve"),
    path("incidents/<int:pk>/reopen/", incidents.reopen, name="incident-reopen"),
    path("incidents/<int:pk>/correct/", incidents.correct, name="incident-correct"),
]
