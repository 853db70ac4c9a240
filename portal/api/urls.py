"""Addresses of the api app: pages of tokens and the operations of the catalogue."""

from django.urls import path

from portal.api.api.catalogue import applications, dependencies, members, ownership, places, teams
from portal.api.views import tokens

APP = "api/v1/applications/<slug:slug>/"

urlpatterns = [
    path("profile/tokens/", tokens.personal, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", tokens.revoke_personal, name="token-revoke"),
    path("apps/<slug:slug>/tokens/", tokens.pipeline, name="application-tokens"),
    path(
        "apps/<slug:slug>/tokens/<int:pk>/revoke/",
        tokens.revoke_pipeline,
        name="application-token-revoke",
    ),
    path("api/v1/teams/", teams.TeamsView.as_view(), name="api-teams"),
    path("api/v1/teams/<slug:slug>/", teams.TeamView.as_view(), name="api-team"),
    path("api/v1/teams/<slug:slug>/members/", members.MembersView.as_view(), name="api-members"),
    path(
        "api/v1/teams/<slug:slug>/members/<int:person>/",
        members.MemberView.as_view(),
        name="api-member",
    ),
    path("api/v1/systems/", teams.SystemsView.as_view(), name="api-systems"),
    path("api/v1/systems/<slug:slug>/", teams.SystemView.as_view(), name="api-system"),
    path("api/v1/applications/", applications.ApplicationsView.as_view(), name="api-applications"),
    path(APP, applications.ApplicationView.as_view(), name="api-application"),
    path(f"{APP}retire/", applications.RetireView.as_view(), name="api-retire"),
    path(f"{APP}revive/", applications.ReviveView.as_view(), name="api-revive"),
    path(f"{APP}environments/", places.EnvironmentsView.as_view(), name="api-environments"),
    path(
        f"{APP}environments/<slug:environment>/",
        places.EnvironmentView.as_view(),
        name="api-environment",
    ),
    path(
        f"{APP}environments/<slug:environment>/retire/",
        places.EnvironmentRetireView.as_view(),
        name="api-environment-retire",
    ),
    path(
        f"{APP}environments/<slug:environment>/revive/",
        places.EnvironmentReviveView.as_view(),
        name="api-environment-revive",
    ),
    path(f"{APP}repositories/", places.RepositoriesView.as_view(), name="api-repositories"),
    path(
        f"{APP}repositories/<int:repository>/",
        places.RepositoryView.as_view(),
        name="api-repository",
    ),
    path(f"{APP}dependencies/", dependencies.DependenciesView.as_view(), name="api-dependencies"),
    path(
        f"{APP}dependencies/<slug:needed>/",
        dependencies.DependencyView.as_view(),
        name="api-dependency",
    ),
    path(f"{APP}dependents/", dependencies.DependentsView.as_view(), name="api-dependents"),
    path(f"{APP}ownership/", ownership.OwnershipView.as_view(), name="api-ownership"),
    path(f"{APP}attest/", ownership.AttestView.as_view(), name="api-attest"),
    path(f"{APP}claim/", ownership.ClaimView.as_view(), name="api-claim"),
    path(f"{APP}release/", ownership.ReleaseView.as_view(), name="api-release"),
    path(f"{APP}transfers/", ownership.TransfersView.as_view(), name="api-transfers"),
    path(f"{APP}transfers/<int:transfer>/", ownership.TransferView.as_view(), name="api-transfer"),
    path(
        f"{APP}transfers/<int:transfer>/accept/",
        ownership.AcceptView.as_view(),
        name="api-transfer-accept",
    ),
    path(
        f"{APP}transfers/<int:transfer>/decline/",
        ownership.DeclineView.as_view(),
        name="api-transfer-decline",
    ),
    path(
        f"{APP}transfers/<int:transfer>/withdraw/",
        ownership.WithdrawView.as_view(),
        name="api-transfer-withdraw",
    ),
]
