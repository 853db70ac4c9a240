"""Addresses of the integrations app."""

from django.urls import path

from portal.integrations.api import events as api
from portal.integrations.views import imports as views

urlpatterns = [
    path("api/v1/events", api.receive_events, name="api-events"),
    path("api/v1/events/<uuid:public_id>", api.follow_event, name="api-event"),
    path("apps/<slug:slug>/import/", views.new, name="import-new"),
    path("apps/<slug:slug>/import/tags/", views.preview, name="import-preview"),
    path("imports/<int:pk>/", views.show, name="import"),
    path("imports/<int:pk>/cancel/", views.cancel, name="import-cancel"),
    path("imports/<int:pk>/again/", views.again, name="import-again"),
]
