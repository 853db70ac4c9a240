"""How slugs, tags and annotations are written."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator, URLValidator

validate_slug = RegexValidator(
    r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z",
    "Use lower-case letters, digits and single hyphens between them, such as card-payments.",
)
# Tags and annotation keys are written as in Backstage's descriptors.
validate_tag = RegexValidator(
    r"^[a-z0-9+#]+(?:-[a-z0-9+#]+)*\Z",
    "A tag has lower-case letters, digits, + and #, and single hyphens between them, such as "
    "java or event-driven.",
)
validate_web_address = URLValidator(
    schemes=["http", "https"], message="Use an address that starts with https:// or http://."
)
_MAILTO = "mailto:"
_ANNOTATION_KEY = re.compile(
    r"(?:[a-z0-9]+(?:[-.][a-z0-9]+)*/)?(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
)
_LONGEST_PREFIX, _LONGEST_KEY, _LONGEST_VALUE = 253, 63, 2_000


def validate_link(value: str) -> None:
    """Raise `ValidationError` unless it is an address of the web or, after mailto:, of e-mail."""
    if value.startswith(_MAILTO):
        EmailValidator("Write an e-mail address after mailto:.")(value.removeprefix(_MAILTO))
    else:
        validate_web_address(value)


def validate_annotations(value: object) -> None:
    """Raise `ValidationError` unless it is a map from annotation keys to texts."""
    if not isinstance(value, dict):
        raise ValidationError("Annotations are a map from keys to texts.", code="annotations")
    for key, text in value.items():
        prefix, _, name = str(key).rpartition("/")
        if (
            not _ANNOTATION_KEY.fullmatch(str(key))
            or len(name) > _LONGEST_KEY
            or len(prefix) > _LONGEST_PREFIX
        ):
            raise ValidationError(
                f"“{key}” is no key of an annotation. Use letters, digits, - _ and ., with a "
                "domain before a slash if you like, such as example.com/cost-centre.",
                code="annotations",
            )
        if not isinstance(text, str) or "\0" in text or len(text) > _LONGEST_VALUE:
            raise ValidationError(
                f"The value of {key} is a text of at most {_LONGEST_VALUE:,} characters; put "
                "numbers in quotes.",
                code="annotations",
            )
