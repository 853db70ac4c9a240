"""Fields that are typed as people speak: teams, people, zones, and lists of one per line."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy

from portal.accounts.forms import SPELLINGS
from portal.accounts.models import User
from portal.catalogue import selectors
from portal.catalogue.models import Application, System, Team, validate_tag
from portal.catalogue.models.validators import validate_annotations, validate_link
from portal.catalogue.selectors.systems import systems_called
from portal.catalogue.types import LONGEST_SLUG
from portal.core.clock import validate_zone


def _suggesting(url_name: str) -> dict[str, Any]:
    """Return the attributes of an input whose suggestions htmx loads while somebody types."""
    return {
        "list": f"{url_name}-list",
        "autocomplete": "off",
        "spellcheck": "false",
        "hx-get": reverse_lazy(url_name),
        "hx-target": f"#{url_name}-list",
        "hx-trigger": "focus once, input changed delay:150ms",
        # What a form around it says of itself is not meant for this request.
        "hx-swap": "innerHTML",
        "hx-push-url": "false",
        "hx-sync": "this:queue last",
    }


class _CalledField(forms.CharField):
    """Something by slug or name; the value is what is called so, or None when left out."""

    suggestions: str
    noun: str
    plural: str

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs=_suggesting(self.suggestions)))
        super().__init__(max_length=120, **options)

    def called(self, text: str) -> Sequence[Application | System | Team]:
        """Return everything of that slug or name."""
        raise NotImplementedError

    def prepare_value(self, value: object) -> object:
        return value.slug if isinstance(value, Application | System | Team) else value

    def clean(self, value: object) -> Any:
        text = str(super().clean(value))
        if not text:
            return None
        found = self.called(text)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(
                f"No {self.noun} is called “{text}”. Pick one of the suggestions."
            )
        slugs = ", ".join(one.slug for one in found)
        raise ValidationError(
            f"Several {self.plural} are called “{text}”. Use one of these: {slugs}."
        )


class TeamField(_CalledField):
    """A team by slug or name."""

    suggestions, noun, plural = "team-options", "team", "teams"

    def called(self, text: str) -> Sequence[Team]:
        return selectors.teams_called(text)


class SystemField(_CalledField):
    """A system by slug or name."""

    suggestions, noun, plural = "system-options", "system", "systems"

    def called(self, text: str) -> Sequence[System]:
        return systems_called(text)


class ApplicationField(_CalledField):
    """An application by slug or name."""

    suggestions, noun, plural = "application-options", "application", "applications"

    def called(self, text: str) -> Sequence[Application]:
        return selectors.applications_called(text)


class PersonField(forms.CharField):
    """A person by e-mail address or name; the value is the person, or None when left out."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs=_suggesting("person-options")))
        super().__init__(max_length=254, **options)

    def prepare_value(self, value: object) -> object:
        return value.email if isinstance(value, User) else value

    def clean(self, value: object) -> Any:
        text = str(super().clean(value))
        if not text:
            return None
        found = selectors.people_called(text)
        if len(found) == 1:
            return found[0]
        if not found:
            raise ValidationError(f"Nobody is called “{text}”. Pick one of the suggestions.")
        raise ValidationError(f"Several people are called “{text}”. Use the e-mail address.")


class ZoneField(forms.CharField):
    """A time zone by its name, whatever the case."""

    widget = forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"})

    def clean(self, value: object) -> str:
        text = str(super().clean(value))
        zone = SPELLINGS.get(text.lower(), text)
        validate_zone(zone)
        return zone


class LinesField(forms.CharField):
    """A list with one entry per line; empty lines do not count."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.longest = longest

    def prepare_value(self, value: object) -> object:
        return "\n".join(map(self.line, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: object) -> Any:
        lines = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        if any(len(line) > self.longest for line in lines):
            raise ValidationError(f"A line has at most {self.longest} characters.")
        return [self.entry(line) for line in lines]

    def line(self, entry: Any) -> str:
        """Return an entry as a line."""
        return str(entry)

    def entry(self, line: str) -> Any:
        """Return a line as an entry; raise `ValidationError` when it is none."""
        return line


class TagsField(forms.CharField):
    """Tags with spaces or commas between them; the value is a list."""

    widget = forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=1000, **options)

    def prepare_value(self, value: object) -> object:
        return " ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: object) -> Any:
        tags = str(super().clean(value)).lower().replace(",", " ").split()
        for tag in tags:
            validate_tag(tag)
            if len(tag) > LONGEST_SLUG:
                raise ValidationError(f"A tag has at most {LONGEST_SLUG} characters.")
        return tags


class AnnotationsField(LinesField):
    """Keys with texts behind a colon; the value is a map."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=2_300, **options)

    def prepare_value(self, value: object) -> object:
        return super().prepare_value(list(value.items()) if isinstance(value, dict) else value)

    def line(self, entry: tuple[str, str]) -> str:
        return ": ".join(entry)

    def entry(self, line: str) -> tuple[str, str]:
        key, colon, text = (part.strip() for part in line.partition(":"))
        if not (key and colon):
            raise ValidationError(f"Write a colon between the key and its text: “{line}: …”.")
        return key, text

    def clean(self, value: object) -> Any:
        entries = dict(super().clean(value))
        validate_annotations(entries)
        return entries


class LinksField(LinesField):
    """Titles with addresses behind them: pairs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=580, **options)

    def line(self, entry: tuple[str, str]) -> str:
        return " ".join(entry)

    def entry(self, line: str) -> tuple[str, str]:
        title, _, url = line.rpartition(" ")
        if not title:
            raise ValidationError(f"Write a title before the address: “Wiki {line}”.")
        validate_link(url)
        return title.strip(), url


class ContactsField(LinesField):
    """Labels with values behind a colon: pairs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=260, **options)

    def line(self, entry: tuple[str, str]) -> str:
        return ": ".join(entry)

    def entry(self, line: str) -> tuple[str, str]:
        label, colon, value = (part.strip() for part in line.partition(":"))
        if not (label and colon and value):
            raise ValidationError(f"Write a label and a colon before the value: “Chat: {line}”.")
        return label, value
