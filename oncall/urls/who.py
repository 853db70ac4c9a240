"""Addresses of who is on call."""

from django.urls import path

from oncall.views import who

urlpatterns = [path("oncall/", who.index, name="oncall")]
