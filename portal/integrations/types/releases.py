"""How tags and repositories are named among the facts."""

from hashlib import sha256

_PREFIX = "tag:"
_LONGEST = 150


def source_label(repository_id: int, environment_id: int) -> str:
    """Return the origin of facts: one repository as it is deployed to one environment."""
    return f"git:{repository_id}:{environment_id}"


def external_id(tag: str) -> str:
    """Return the name of a tag's deployment; a very long one is cut and made unique."""
    if len(tag) > _LONGEST:
        tag = f"{tag[:_LONGEST]}~{sha256(tag.encode()).hexdigest()[:16]}"
    return _PREFIX + tag


def tag_of(external: str) -> str:
    """Return the tag that a deployment was recorded for."""
    return external.removeprefix(_PREFIX)
