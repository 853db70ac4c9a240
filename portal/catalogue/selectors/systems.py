"""Reads of systems: which there are and what belongs to them."""

from django.db.models import Count, Q, QuerySet

from portal.accounts.policies import Viewer
from portal.catalogue.models import System
from portal.catalogue.selectors.slugs import free_slug


def systems_visible_to(user: Viewer) -> QuerySet[System]:
    """Return every system with its owner, or none for somebody who is not active."""
    if not user.is_active:
        return System.objects.none()
    return System.objects.select_related("owner")


def with_sizes(systems: QuerySet[System]) -> QuerySet[System]:
    """Return the systems with the number of their current applications as `size`."""
    current = Q(applications__retired_at=None)
    return systems.annotate(size=Count("applications", filter=current))


def systems_called(text: str) -> list[System]:
    """Return the system with that slug, or else those with that name, whatever the case."""
    found = list(
        System.objects.filter(Q(slug=text.lower()) | Q(name__iexact=text)).order_by("slug")
    )
    exact = [system for system in found if system.slug == text.lower()]
    return exact or found


def systems_matching(user: Viewer, text: str, limit: int = 20) -> list[System]:
    """Return the first systems whose name or slug contains the text, by name."""
    found = systems_visible_to(user).filter(Q(name__icontains=text) | Q(slug__icontains=text))
    return list(found.order_by("name", "id")[:limit])


def free_system_slug(wish: str) -> str:
    """Return the wish, or the wish with the first number from 2 that nothing has taken."""
    return free_slug(System.objects.values_list("slug", flat=True), wish)
