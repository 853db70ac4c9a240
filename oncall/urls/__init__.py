"""Addresses of the on-call app, one module for each part of it."""

from oncall.urls import calendar, trades, who

urlpatterns = [*who.urlpatterns, *calendar.urlpatterns, *trades.urlpatterns]
urlpatterns = [*who.urlpatterns, *calendar.urlpatterns]
from oncall.urls import pay, who

urlpatterns = [*who.urlpatterns, *pay.urlpatterns]
from oncall.urls import calendar, pay, who

urlpatterns = [*who.urlpatterns, *calendar.urlpatterns, *pay.urlpatterns]
