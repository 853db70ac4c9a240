"""The slug that the name of an entity becomes."""

import re

from portal.descriptors.reading.references import DEFAULT_NAMESPACE

LONGEST = 63


def slug_of(name: str, namespace: str = DEFAULT_NAMESPACE) -> str:
    """Return the slug of a name; a namespace other than the default one comes before it."""
    whole = name if namespace.lower() == DEFAULT_NAMESPACE else f"{namespace}-{name}"
    return re.sub(r"[-_.]+", "-", whole.lower()).strip("-")
