"""Addresses of work while on call: call-outs, pay, fairness, hand-over, load."""

from django.urls import path

from oncall.views import callouts, pay

urlpatterns = [
    path("oncall/callouts/", callouts.index, name="callouts"),
    path("oncall/callouts/<int:pk>/correct/", callouts.correct, name="callout-correct"),
    path("oncall/callouts/<int:pk>/strike/", callouts.strike, name="callout-strike"),
    path("oncall/pay/", pay.index, name="pay"),
    path("oncall/pay/schemes/", pay.scheme, name="pay-scheme"),
    path("oncall/pay/grades/", pay.grades, name="pay-grades"),
    path("oncall/pay/<slug:slug>/<str:month>/", pay.report, name="pay-report"),
    path("oncall/pay/<slug:slug>/<str:month>/approve/", pay.approve, name="pay-approve"),
    path("oncall/pay/<slug:slug>/<str:month>/export.csv", pay.export_csv, name="pay-csv"),
    path("oncall/pay/<slug:slug>/<str:month>/export.xlsx", pay.export_xlsx, name="pay-xlsx"),
]
