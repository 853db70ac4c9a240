"""Reads of the applications that events are about."""

from collections.abc import Collection
from functools import lru_cache

from portal.catalogue.models import Application


def applications_by_slug(slugs: Collection[str]) -> dict[str, Application]:
    """Return the applications of these slugs, with their owners, as far as there are any."""
    found = Application.objects.filter(slug__in=slugs).select_related("owner")
    return {application.slug: application for application in found}


@lru_cache(maxsize=10_000)
def slug_of(application_id: int) -> str:
    """Return the slug of an application; it never changes, so it is asked for once."""
    return Application.objects.values_list("slug", flat=True).get(pk=application_id)
