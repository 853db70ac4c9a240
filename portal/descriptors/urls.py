"""Addresses of the descriptors app."""

from django.urls import path

from portal.descriptors.api import descriptors as api
from portal.descriptors.views import exports, imports, syncs

urlpatterns = [
    path("api/v1/descriptors", api.ExportView.as_view(), name="api-descriptors"),
    path(
        "api/v1/descriptors/validate", api.ValidateView.as_view(), name="api-descriptors-validate"
    ),
    path("api/v1/descriptors/plan", api.PlanView.as_view(), name="api-descriptors-plan"),
    path("api/v1/descriptors/apply", api.ApplyView.as_view(), name="api-descriptors-apply"),
    path("apps/import/", imports.new, name="descriptors-import"),
    path("apps/catalog-info.yaml", exports.everything, name="descriptors-all"),
    path(
        "apps/<slug:slug>/catalog-info.yaml", exports.application, name="descriptors-application"
    ),
    path("apps/<slug:slug>/as-code/", syncs.origin, name="descriptors-origin"),
    path("teams/<slug:slug>/catalog-info.yaml", exports.team, name="descriptors-team"),
    path("systems/<slug:slug>/catalog-info.yaml", exports.system, name="descriptors-system"),
    path("descriptors/", syncs.index, name="descriptor-syncs"),
    path("descriptors/new/", syncs.new, name="descriptor-sync-new"),
    path("descriptors/<slug:slug>/", syncs.show, name="descriptor-sync"),
    path("descriptors/<slug:slug>/edit/", syncs.edit, name="descriptor-sync-edit"),
    path("descriptors/<slug:slug>/run/", syncs.run_now, name="descriptor-sync-run"),
    path("descriptors/<slug:slug>/pause/", syncs.pause, name="descriptor-sync-pause"),
    path("descriptors/<slug:slug>/runs/<int:pk>/", syncs.run, name="descriptor-run"),
    path("descriptors/<slug:slug>/runs/<int:pk>/apply/", syncs.approve, name="descriptor-approve"),
    path("descriptors/<slug:slug>/kept/<int:pk>/", syncs.hand_over, name="descriptor-hand-over"),
]
