"""Addresses of the audit trail."""

from django.urls import path

from portal.audit import views

urlpatterns = [
    path("audit/", views.trail, name="audit"),
    path("audit/<int:pk>/", views.entry, name="audit-entry"),
]
