"""Addresses of who is on call."""

from django.urls import path

from oncall.api import who as api
from oncall.views import feeds, who

urlpatterns = [
    path("api/v1/on-call/", api.EverywhereView.as_view(), name="api-on-call"),
    path(
        "api/v1/applications/<slug:slug>/on-call/",
        api.ApplicationView.as_view(),
        name="api-application-on-call",
    ),
    path("api/v1/rotas/<slug:slug>/on-call/", api.RotaView.as_view(), name="api-rota-on-call"),
    path("oncall/", who.index, name="oncall"),
    path("oncall/badge/<slug:slug>.svg", who.badge, name="oncall-badge"),
    path("oncall/feeds/", feeds.index, name="feeds"),
    path("oncall/feeds/<int:pk>/revoke/", feeds.revoke, name="feed-revoke"),
    path("oncall/feeds/<str:token>.ics", feeds.calendar, name="feed"),
    path("oncall/feeds/<str:token>/<slug:slug>.svg", feeds.badge, name="feed-badge"),
    path("apps/<slug:slug>/oncall/", who.application, name="application-oncall"),
    path("apps/<slug:slug>/oncall/card/", who.card, name="application-oncall-card"),
    path("teams/<slug:slug>/oncall/card/", who.team_card, name="team-oncall-card"),
]
