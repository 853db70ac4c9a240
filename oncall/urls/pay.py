"""Addresses of work while on call: call-outs, pay, fairness, hand-over, load."""

from django.urls import path

from oncall.views import callouts, fairness, handover, load, pay

urlpatterns = [
    path("oncall/callouts/", callouts.index, name="callouts"),
    path("oncall/callouts/<int:pk>/correct/", callouts.correct, name="callout-correct"),
    path("oncall/callouts/<int:pk>/strike/", callouts.strike, name="callout-strike"),
    path("oncall/fairness/", fairness.index, name="fairness"),
    path("oncall/fairness/export.csv", fairness.export, name="fairness-csv"),
    path("oncall/load/", load.index, name="oncall-load"),
    path("oncall/handover/", handover.index, name="handovers"),
    path("oncall/handover/wish/", handover.wish, name="handover-wish"),
    path("oncall/rotas/<slug:slug>/handover/", handover.rota, name="handover"),
    path("oncall/pay/", pay.index, name="pay"),
    path("oncall/pay/schemes/", pay.scheme, name="pay-scheme"),
    path("oncall/pay/grades/", pay.grades, name="pay-grades"),
    path("oncall/pay/<slug:slug>/<str:month>/", pay.report, name="pay-report"),
    path("oncall/pay/<slug:slug>/<str:month>/approve/", pay.approve, name="pay-approve"),
    path("oncall/pay/<slug:slug>/<str:month>/export.csv", pay.export_csv, name="pay-csv"),
    path("oncall/pay/<slug:slug>/<str:month>/export.xlsx", pay.export_xlsx, name="pay-xlsx"),
]
