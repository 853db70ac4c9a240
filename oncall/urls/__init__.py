"""Addresses of the on-call app, one module for each part of it."""

from oncall.urls import calendar, who

urlpatterns = [*who.urlpatterns, *calendar.urlpatterns]
from oncall.urls import trades, who

urlpatterns = [*trades.urlpatterns, *who.urlpatterns]
