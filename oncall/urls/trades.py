"""Addresses of trades, and of the rules that they are held to."""

from django.urls import path

from oncall.api import swaps as api
from oncall.views import rules, swaps

urlpatterns = [
    path("api/v1/swaps/", api.SwapsView.as_view(), name="api-swaps"),
    path("api/v1/swaps/<int:pk>/", api.SwapView.as_view(), name="api-swap"),
    path("api/v1/swaps/<int:pk>/accept/", api.AcceptView.as_view(), name="api-swap-accept"),
    path("api/v1/swaps/<int:pk>/decline/", api.DeclineView.as_view(), name="api-swap-decline"),
    path("api/v1/swaps/<int:pk>/withdraw/", api.WithdrawView.as_view(), name="api-swap-withdraw"),
    path("api/v1/swaps/<int:pk>/approve/", api.ApproveView.as_view(), name="api-swap-approve"),
    path("api/v1/swaps/<int:pk>/refuse/", api.RefuseView.as_view(), name="api-swap-refuse"),
    path("api/v1/gaps/<int:pk>/cover/", api.CoverView.as_view(), name="api-gap-cover"),
    path("api/v1/on-call/rules/", api.RulesView.as_view(), name="api-oncall-rules"),
    path("oncall/swaps/", swaps.index, name="swaps"),
    path("oncall/swaps/<int:pk>/", swaps.show, name="swap"),
    path("oncall/swaps/<int:pk>/accept/", swaps.accept, name="swap-accept"),
    path("oncall/swaps/<int:pk>/decline/", swaps.decline, name="swap-decline"),
    path("oncall/swaps/<int:pk>/withdraw/", swaps.withdraw, name="swap-withdraw"),
    path("oncall/swaps/<int:pk>/approve/", swaps.approve, name="swap-approve"),
    path("oncall/swaps/<int:pk>/refuse/", swaps.refuse, name="swap-refuse"),
    path("oncall/shifts/<int:pk>/swap/", swaps.new, name="swap-new"),
    path("oncall/gaps/<int:pk>/cover/", swaps.cover, name="gap-cover"),
    path("oncall/rules/", rules.index, name="oncall-rules"),
    path("oncall/rules/opt-out/", rules.opt_out, name="oncall-opt-out"),
    path("oncall/rules/<slug:key>/edit/", rules.edit, name="oncall-rule-edit"),
]
