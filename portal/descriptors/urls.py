"""Addresses of the descriptors app."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
