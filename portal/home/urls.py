"""Addresses of the home app."""

from django.urls import path

from portal.home.views import search, start

urlpatterns = [
    path("", start.home, name="home"),
    path("search/", search.search, name="search"),
]
