"""Addresses of the audit trail."""

from django.urls import path

from portal.audit import views

urlpatterns = [
    path("audit/", views.trail, name="audit"),
    path("audit/log/", views.log, name="audit-log"),
    path("audit/<int:pk>/", views.entry, name="audit-entry"),
    path("audit/<int:pk>/receipt.txt", views.receipt, name="audit-receipt"),
    path("audit/<int:pk>/body.json", views.body, name="audit-body"),
]
