"""Addresses of the notifications app."""

from django.urls import path

from portal.notifications.views import inbox

urlpatterns = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/read-all/", inbox.mark_all, name="inbox-read-all"),
    path("inbox/undo/", inbox.undo, name="inbox-undo"),
    path("inbox/<int:pk>/", inbox.open_notice, name="notice-open"),
    path("inbox/<int:pk>/mark/", inbox.mark, name="notice-mark"),
]
