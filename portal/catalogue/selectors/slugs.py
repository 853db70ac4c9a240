"""Slugs that nothing has taken yet."""

from itertools import count
from typing import TypeVar

from django.db.models import Model, QuerySet

from portal.catalogue.types import LONGEST_SLUG, RESERVED_SLUGS, number_slug

Row = TypeVar("Row", bound=Model)


def free_slug(slugs: "QuerySet[Row, str]", wish: str) -> str:
    """Return the wish, or the wish with the first number from 2 that is in none of the slugs."""
    taken = RESERVED_SLUGS | set(slugs.filter(slug__startswith=wish[: LONGEST_SLUG - 5]))
    if wish not in taken:
        return wish
    return next(slug for number in count(2) if (slug := number_slug(wish, number)) not in taken)
