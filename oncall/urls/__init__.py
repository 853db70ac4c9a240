"""Addresses of the on-call app, one module for each part of it."""

from oncall.urls import calendar, claims, holidays, pay, rotas, trades, who

urlpatterns = [
    *who.urlpatterns,
    *calendar.urlpatterns,
    *trades.urlpatterns,
    *pay.urlpatterns,
    *claims.urlpatterns,
    *rotas.urlpatterns,
    *holidays.urlpatterns,
]
