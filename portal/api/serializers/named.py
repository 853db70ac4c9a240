"""What is named in a body: teams and systems by slug, people by e-mail address."""

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rest_framework import serializers

from portal.api.serializers import PageQuery
from portal.catalogue.models import System, Team, validate_slug
from portal.catalogue.selectors import people_called, teams_called
from portal.catalogue.selectors.systems import systems_called

LONGEST_SLUG = 63
# Rules on the text itself would be asked of what was found.
SLUG = re.compile(r"[a-z0-9-]{1,63}")


class SlugNamed(serializers.CharField):
    """Something of the catalogue by its slug."""

    default_error_messages = {"does_not_exist": "Nothing has the slug “{input}”."}
    called: ClassVar[Callable[..., Sequence[Team | System]]]  # by the text of a slug

    def to_internal_value(self, data: Any) -> Any:
        """Return what has the slug."""
        slug = super().to_internal_value(data)
        some = type(self).called(slug) if SLUG.fullmatch(slug) else ()
        found = next((one for one in some if one.slug == slug), None)
        if found is None:
            self.fail("does_not_exist", input=slug)
        return found


class TeamField(SlugNamed):
    """A team by its slug."""

    called = staticmethod(teams_called)


class SystemField(SlugNamed):
    """A system by its slug."""

    called = staticmethod(systems_called)


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


class NewSlugField(serializers.CharField):
    """The slug of something new."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=LONGEST_SLUG,
            validators=[validate_slug],
            help_text="Follows from the name if left out.",
            **kwargs,
        )


class SearchQuery(PageQuery):
    """Which of many to list, by what they are called."""

    q = serializers.CharField(
        required=False, default="", max_length=100, help_text="Part of the name or slug."
    )
