"""Addresses of the descriptors app."""

from django.urls import path

from portal.descriptors.views import exports, imports

urlpatterns = [
    path("apps/import/", imports.new, name="descriptors-import"),
    path("apps/catalog-info.yaml", exports.everything, name="descriptors-all"),
    path(
        "apps/<slug:slug>/catalog-info.yaml", exports.application, name="descriptors-application"
    ),
    path("teams/<slug:slug>/catalog-info.yaml", exports.team, name="descriptors-team"),
    path("systems/<slug:slug>/catalog-info.yaml", exports.system, name="descriptors-system"),
]
