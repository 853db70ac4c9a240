"""Addresses of bank holidays."""

from django.urls import path

from oncall.views import holidays

urlpatterns = [
    path("oncall/holidays/", holidays.index, name="holidays"),
    path("oncall/holidays/<slug:slug>/", holidays.show, name="holiday-calendar"),
    path("oncall/holidays/<slug:slug>/take/", holidays.take, name="holidays-take"),
    path("oncall/holidays/<slug:slug>/<int:pk>/strike/", holidays.strike, name="holiday-strike"),
    path(
        "oncall/holidays/<slug:slug>/<int:pk>/restore/", holidays.restore, name="holiday-restore"
    ),
]
