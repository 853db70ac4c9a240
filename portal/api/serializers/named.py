"""What is named in a body: teams and systems by slug, people by e-mail address."""

import re
from typing import Any

from rest_framework import serializers

from portal.catalogue.models import (
    System,
    Team,
)
from portal.catalogue.selectors import people_called, teams_called
from portal.catalogue.selectors.systems import systems_called

LONGEST_SLUG = 63
# Rules on the text itself would be asked of what was found.
SLUG = re.compile(r"[a-z0-9-]{1,63}")


class SlugNamed(serializers.CharField):
    """Something of the catalogue by its slug."""

    default_error_messages = {"does_not_exist": "Nothing has the slug “{input}”."}

    def found(self, slug: str) -> Any:
        """Return what has the slug, or None."""
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> Any:
        """Return what has the slug."""
        slug = super().to_internal_value(data)
        found = self.found(slug) if SLUG.fullmatch(slug) else None
        if found is None:
            self.fail("does_not_exist", input=slug)
        return found


class TeamField(SlugNamed):
    """A team by its slug."""

    def found(self, slug: str) -> Team | None:
        """Return the team."""
        return next((team for team in teams_called(slug) if team.slug == slug), None)


class SystemField(SlugNamed):
    """A system by its slug."""

    def found(self, slug: str) -> System | None:
        """Return the system."""
        return next((system for system in systems_called(slug) if system.slug == slug), None)


class PersonField(serializers.CharField):
    """A person by their e-mail address."""

    default_error_messages = {"does_not_exist": "Nobody has the address “{input}”."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the person who has the address."""
        address = super().to_internal_value(data).lower()
        found = next((one for one in people_called(address) if one.email == address), None)
        if found is None:
            self.fail("does_not_exist", input=address)
        return found
