"""Addresses of the catalogue app; the pages of one application or team are in portal.home."""

from django.urls import path

from portal.catalogue.views import (
    applications,
    dependencies,
    members,
    options,
    ownership,
    places,
    retirement,
    systems,
    teams,
)

urlpatterns = [
    path("apps/", applications.index, name="applications"),
    path("apps/export.csv", applications.export, name="applications-csv"),
    path("apps/new/", applications.new, name="application-new"),
    path("apps/new/address/", applications.slug, name="application-slug"),
    path("apps/<slug:slug>/edit/", applications.edit, name="application-edit"),
    path("apps/<slug:slug>/ownership/", ownership.index, name="application-ownership"),
    path("apps/<slug:slug>/claim/", ownership.claim, name="application-claim"),
    path("apps/<slug:slug>/attest/", ownership.attest, name="application-attest"),
    path("apps/<slug:slug>/release/", ownership.release, name="application-release"),
    path("apps/<slug:slug>/transfer/", ownership.transfer, name="transfer-new"),
    path("transfers/<int:number>/", ownership.transfer_detail, name="transfer"),
    path("transfers/<int:number>/accept/", ownership.transfer_accept, name="transfer-accept"),
    path("transfers/<int:number>/decline/", ownership.transfer_decline, name="transfer-decline"),
    path(
        "transfers/<int:number>/withdraw/", ownership.transfer_withdraw, name="transfer-withdraw"
    ),
    path("apps/<slug:slug>/retire/", retirement.retire, name="application-retire"),
    path("apps/<slug:slug>/revive/", retirement.revive, name="application-revive"),
    path("apps/<slug:slug>/dependencies/", dependencies.index, name="dependencies"),
    path(
        "apps/<slug:slug>/dependencies/<int:dependency>/edit/",
        dependencies.edit,
        name="dependency-edit",
    ),
    path(
        "apps/<slug:slug>/dependencies/<int:dependency>/remove/",
        dependencies.remove,
        name="dependency-remove",
    ),
    path(
        "apps/<slug:slug>/environments/<slug:environment>/retire/",
        retirement.environment_retire,
        name="environment-retire",
    ),
    path(
        "apps/<slug:slug>/environments/<slug:environment>/revive/",
        retirement.environment_revive,
        name="environment-revive",
    ),
    path("systems/", systems.index, name="systems"),
    path("systems/new/", systems.new, name="system-new"),
    path("systems/<slug:slug>/", systems.detail, name="system"),
    path("systems/<slug:slug>/edit/", systems.edit, name="system-edit"),
    path("apps/<slug:slug>/environments/new/", places.environment_new, name="environment-new"),
    path(
        "apps/<slug:slug>/environments/<slug:environment>/edit/",
        places.environment_edit,
        name="environment-edit",
    ),
    path("apps/<slug:slug>/repositories/new/", places.repository_new, name="repository-new"),
    path(
        "apps/<slug:slug>/repositories/<int:repository>/edit/",
        places.repository_edit,
        name="repository-edit",
    ),
    path("teams/", teams.index, name="teams"),
    path("teams/export.csv", teams.export, name="teams-csv"),
    path("teams/new/", teams.new, name="team-new"),
    path("teams/<slug:slug>/edit/", teams.edit, name="team-edit"),
    path("teams/<slug:slug>/members/", members.index, name="team-members"),
    path("teams/<slug:slug>/members/<int:person>/", members.change, name="member-change"),
    path("teams/<slug:slug>/members/<int:person>/remove/", members.remove, name="member-remove"),
    path("options/teams/", options.teams, name="team-options"),
    path("options/systems/", options.systems, name="system-options"),
    path("options/applications/", options.applications, name="application-options"),
    path("options/people/", options.people, name="person-options"),
]
