"""Addresses of trades, and of the rules that they are held to."""

from django.urls import path

from oncall.views import rules, swaps

urlpatterns = [
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
