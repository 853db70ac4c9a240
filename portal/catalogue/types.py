"""Plain values of the catalogue: the slug that a name gets, and the slugs that nothing may take."""

import re

from django.utils.text import slugify

LONGEST_SLUG = 63

# Words that follow `/apps/` and `/teams/` in addresses of pages.
RESERVED_SLUGS = frozenset({"all", "export", "import", "new", "slug"})


def derive_slug(name: str) -> str:
    """Return the slug that a name suggests; empty when it has no Latin letter or digit."""
    return re.sub(r"-+", "-", slugify(name).replace("_", "-"))[:LONGEST_SLUG].strip("-")


def number_slug(slug: str, number: int) -> str:
    """Return the slug with a number behind it, shortened so that it still fits."""
    ending = f"-{number}"
    return slug[: LONGEST_SLUG - len(ending)].rstrip("-") + ending
