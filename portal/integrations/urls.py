"""Addresses of the integrations app."""

from django.urls import path

from portal.integrations.views import events
from portal.integrations.views import imports as views

urlpatterns = [
    path("apps/<slug:slug>/events/", events.card, name="application-events"),
    path("events/", events.index, name="events"),
    path("events/replay/", events.replay_matching, name="events-replay"),
    path("events/<uuid:public_id>/", events.show, name="event"),
    path("events/<uuid:public_id>/replay/", events.replay, name="event-replay"),
    path("events/refused/<uuid:public_id>/", events.refused, name="event-refused"),
    path("apps/<slug:slug>/import/", views.new, name="import-new"),
    path("apps/<slug:slug>/import/tags/", views.preview, name="import-preview"),
    path("imports/<int:pk>/", views.show, name="import"),
    path("imports/<int:pk>/cancel/", views.cancel, name="import-cancel"),
    path("imports/<int:pk>/again/", views.again, name="import-again"),
]
