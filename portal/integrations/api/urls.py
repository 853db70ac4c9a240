"""Addresses of the door for events."""

from django.urls import path

from portal.integrations.api import events

urlpatterns = [
    path("events", events.receive_events, name="api-events"),
    path("events/<uuid:public_id>", events.follow_event, name="api-event"),
]
