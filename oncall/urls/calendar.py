"""Addresses of the calendar, my on-call, overrides, leave, and gaps."""

from django.urls import path

from oncall.api import exceptions as api
from oncall.views import calendar, gaps, leave, mine, overrides

urlpatterns = [
    path("api/v1/rotas/<slug:slug>/overrides/", api.OverridesView.as_view(), name="api-overrides"),
    path(
        "api/v1/overrides/<int:pk>/cancel/",
        api.OverrideCancelView.as_view(),
        name="api-override-cancel",
    ),
    path("api/v1/leave/", api.LeaveView.as_view(), name="api-leave"),
    path("api/v1/leave/<int:pk>/cancel/", api.LeaveCancelView.as_view(), name="api-leave-cancel"),
    path("api/v1/gaps/", api.GapsView.as_view(), name="api-gaps"),
    path("api/v1/gaps/<int:pk>/accept/", api.GapAcceptView.as_view(), name="api-gap-accept"),
    path("oncall/calendar/", calendar.show, name="oncall-calendar"),
    path("oncall/mine/", mine.show, name="my-oncall"),
    path("oncall/rotas/<slug:slug>/override/", overrides.new, name="override-new"),
    path("oncall/rotas/<slug:slug>/overrides/", overrides.index, name="rota-overrides"),
    path("oncall/overrides/<int:pk>/cancel/", overrides.cancel, name="override-cancel"),
    path("oncall/leave/", leave.index, name="leave"),
    path("oncall/leave/import/", leave.take_in, name="leave-import"),
    path("oncall/leave/<int:pk>/cancel/", leave.cancel, name="leave-cancel"),
    path("oncall/gaps/", gaps.index, name="gaps"),
    path("oncall/gaps/export.csv", gaps.export, name="gaps-csv"),
    path("oncall/gaps/<int:pk>/accept/", gaps.accept, name="gap-accept"),
]
