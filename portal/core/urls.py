"""Addresses of the core app: health and metrics for machines, the API's own description."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from portal.core import docs, views

urlpatterns = [
    path("healthz/live", views.live, name="live"),
    path("healthz/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
    path("api/docs/", docs.api_docs, name="api-docs"),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
]
