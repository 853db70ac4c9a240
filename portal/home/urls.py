"""Addresses of the home app."""

from django.urls import path

from portal.home.views import beginnings, pages, search, start

urlpatterns = [
    path("", start.home, name="home"),
    path("search/", search.search, name="search"),
    path("company/", pages.company, name="company"),
    path("apps/<slug:slug>/checklist/", beginnings.checklist, name="checklist"),
    path(
        "apps/<slug:slug>/first-deployment/", beginnings.first_deployment, name="first-deployment"
    ),
    path(
        "apps/<slug:slug>/first-deployment/arrival/",
        beginnings.arrival,
        name="first-deployment-arrival",
    ),
    path("apps/<slug:slug>/", pages.application, name="application"),
    path("teams/<slug:slug>/", pages.team, name="team"),
]
