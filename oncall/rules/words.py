"""Hours in words, by the clocks of a zone."""

from zoneinfo import ZoneInfo

from oncall.rota.spans import Span
from portal.core.wall_clock import label


def hours_in_words(span: Span, zone: str) -> str:
    """Return hours such as “Wed 4 Mar 18:00 to Thu 5 Mar 09:00”, or “to 22:00” on one day."""
    start, end = (label(at, ZoneInfo(zone)) for at in span)
    begins = f"{start:%a} {start.day} {start:%b %H:%M}"
    if start.date() == end.date():
        return f"{begins} to {end:%H:%M}"
    return f"{begins} to {end:%a} {end.day} {end:%b %H:%M}"
