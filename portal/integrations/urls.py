"""Addresses of the integrations app."""

from django.urls import path

from portal.integrations.views import imports as views

urlpatterns = [
    path("apps/<slug:slug>/import/", views.new, name="import-new"),
    path("apps/<slug:slug>/import/tags/", views.preview, name="import-preview"),
    path("imports/<int:pk>/", views.show, name="import"),
    path("imports/<int:pk>/cancel/", views.cancel, name="import-cancel"),
    path("imports/<int:pk>/again/", views.again, name="import-again"),
]
