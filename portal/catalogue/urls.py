"""Addresses of the catalogue app; the pages of one application or team are in portal.home."""

from django.urls import path

from portal.catalogue.views import applications, members, options, places, teams

urlpatterns = [
    path("apps/", applications.index, name="applications"),
    path("apps/export.csv", applications.export, name="applications-csv"),
    path("apps/new/", applications.new, name="application-new"),
    path("apps/new/address/", applications.slug, name="application-slug"),
    path("apps/<slug:slug>/edit/", applications.edit, name="application-edit"),
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
    path("options/people/", options.people, name="person-options"),
]
