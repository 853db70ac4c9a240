"""Addresses of the door for events."""

from django.urls import path

from portal.integrations.api import events

urlpatterns = [
    path("", events.receive_events, name="api-events"),
    path("/<uuid:public_id>", events.follow_event, name="api-event"),
]
