"""Time zones: which names are valid and how an instant becomes a local date."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError


def validate_zone(value: str) -> None:
    """Raise `ValidationError` unless the value is a name of the IANA time zone database."""
    if value not in available_timezones():
        raise ValidationError(
            "“%(zone)s” is not a time zone. Use a name such as Europe/London or Asia/Kolkata.",
            params={"zone": value},
            code="zone",
        )


def local_date(at: datetime, zone: str) -> date:
    """Return the calendar date of an aware instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()
