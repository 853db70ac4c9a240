"""Addresses of the scorecards app."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
