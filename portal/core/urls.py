"""Addresses of the core app: for machines, not for people."""

from django.urls import path

from portal.core import views

urlpatterns = [
    path("healthz/live", views.live, name="live"),
    path("healthz/ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]
