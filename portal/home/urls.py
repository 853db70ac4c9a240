"""Addresses of the home app."""

from django.urls import path

from portal.home.views import pages, search, start

urlpatterns = [
    path("", start.home, name="home"),
    path("search/", search.search, name="search"),
    path("company/", pages.company, name="company"),
    path("apps/<slug:slug>/", pages.application, name="application"),
    path("teams/<slug:slug>/", pages.team, name="team"),
]
