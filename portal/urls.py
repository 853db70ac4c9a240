"""The table of all addresses."""

from django.urls import include, path

handler400 = "portal.core.views.bad_request"
urlpatterns = [
    # First: events come in most often, and an address is found by trying one after the other.
    path("api/v1/", include("portal.integrations.api.urls")),
    path("", include("portal.core.urls")),
    path("", include("portal.accounts.urls")),
    path("", include("portal.api.urls")),
    path("", include("portal.notifications.urls")),
    path("", include("portal.catalogue.urls")),
    path("", include("kpis.urls")),
    path("", include("portal.integrations.urls")),
    path("", include("portal.descriptors.urls")),
    path("", include("portal.scorecards.urls")),
    path("", include("oncall.urls")),
    path("", include("portal.audit.urls")),
    # Last: `/apps/<slug>/` and `/teams/<slug>/` would hide `/apps/new/` and its like.
    path("", include("portal.home.urls")),
]
