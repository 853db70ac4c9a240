"""Addresses of work while on call: call-outs, pay, fairness, hand-over, load."""

from django.urls import path

from oncall.views import callouts

urlpatterns = [
    path("oncall/callouts/", callouts.index, name="callouts"),
    path("oncall/callouts/<int:pk>/correct/", callouts.correct, name="callout-correct"),
    path("oncall/callouts/<int:pk>/strike/", callouts.strike, name="callout-strike"),
]
