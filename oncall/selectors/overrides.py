"""Reads of overrides."""

from django.db.models import QuerySet

from oncall.models import Override, Rota
from portal.accounts.policies import Viewer


def overrides_visible_to(user: Viewer) -> QuerySet[Override]:
    """Return all overrides with their people, or none for somebody not active."""
    found = Override.objects.select_related(
        "rota__team", "rota__calendar", "comes", "goes", "made_by", "cancelled_by"
    )
    return found if user.is_active else found.none()


def overrides_of(user: Viewer, rota: Rota) -> QuerySet[Override]:
    """Return the overrides of a rota."""
    return overrides_visible_to(user).filter(rota=rota)
