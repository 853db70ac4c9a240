"""Addresses of the scorecards app."""

from django.urls import path

from portal.scorecards.api import scorecards as api
from portal.scorecards.views import (
    applications,
    definitions,
    exemptions,
    initiatives,
    scorecards,
)

urlpatterns = [
    path("api/v1/scorecards/", api.ScorecardsView.as_view(), name="api-scorecards"),
    path(
        "api/v1/scorecards/<slug:slug>/matrix/",
        api.MatrixView.as_view(),
        name="api-scorecard-matrix",
    ),
    path(
        "api/v1/applications/<slug:slug>/scorecards/",
        api.StandingsView.as_view(),
        name="api-application-scorecards",
    ),
    path("scorecards/", scorecards.index, name="scorecards"),
    path("scorecards/new/", definitions.new, name="scorecard-new"),
    path("scorecards/<slug:slug>/", scorecards.show, name="scorecard"),
    path("scorecards/<slug:slug>/charts.json", scorecards.figures, name="scorecard-charts"),
    path("scorecards/<slug:slug>/export.csv", scorecards.export, name="scorecard-csv"),
    path("scorecards/<slug:slug>/definition/", definitions.show, name="scorecard-definition"),
    path("scorecards/<slug:slug>/definition.yaml", definitions.export, name="scorecard-yaml"),
    path("scorecards/<slug:slug>/edit/", definitions.edit, name="scorecard-edit"),
    path("scorecards/<slug:slug>/reset/", definitions.reset, name="scorecard-reset"),
    path("scorecards/<slug:slug>/initiatives/new/", initiatives.new, name="initiative-new"),
    path("apps/<slug:slug>/scorecards/", applications.show, name="application-scorecards"),
    path("apps/<slug:slug>/scorecards/card/", applications.card, name="application-card"),
    path(
        "apps/<slug:slug>/scorecards/<slug:scorecard>/<slug:rule>/exemption/",
        applications.ask,
        name="exemption-new",
    ),
    path("teams/<slug:slug>/scorecards/card/", scorecards.team_card, name="team-card"),
    path("exemptions/", exemptions.index, name="exemptions"),
    path("exemptions/<int:pk>/", exemptions.show, name="exemption"),
    path("exemptions/<int:pk>/approve/", exemptions.approve, name="exemption-approve"),
    path("exemptions/<int:pk>/reject/", exemptions.reject, name="exemption-reject"),
    path("exemptions/<int:pk>/revoke/", exemptions.revoke, name="exemption-revoke"),
    path("initiatives/", initiatives.index, name="initiatives"),
    path("initiatives/<int:pk>/", initiatives.show, name="initiative"),
    path("initiatives/<int:pk>/charts.json", initiatives.figures, name="initiative-charts"),
    path("initiatives/<int:pk>/edit/", initiatives.edit, name="initiative-edit"),
    path("initiatives/<int:pk>/announce/", initiatives.announce, name="initiative-announce"),
    path("initiatives/<int:pk>/cancel/", initiatives.cancel, name="initiative-cancel"),
]
