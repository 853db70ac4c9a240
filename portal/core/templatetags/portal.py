"""Template tags of every page: status, times, spans, shares and icons."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.core import words
from portal.core.words import DAY, HOUR, MINUTE, NONE

register = template.Library()

TONE_ICONS = {
    "good": "good",
    "warning": "warning",
    "bad": "bad",
    "info": "info",
    "unknown": "unknown",
}


class HasStatus(Protocol):
    """Whatever can be shown as a status: an enum member or an object."""

    @property
    def label(self) -> str: ...

    @property
    def tone(self) -> str: ...


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """Return the icon of that name from the sprite, hidden from assistive technology.

    A list has hundreds of few kinds, and their address never changes while the portal runs.
    """
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons/sprite.svg"),
        name,
    )


@register.simple_tag
@lru_cache(maxsize=256)
def badge(label: str, tone: str = "unknown") -> SafeString:
    """Return a status in colour, icon and word; the tone is one of `TONE_ICONS`."""
    return format_html(
        '<span class="badge tone-{}">{}{}</span>', tone, icon(TONE_ICONS[tone]), label
    )


@register.simple_tag
def status(value: HasStatus | None) -> SafeString:
    """Return the badge of a value with `label` and `tone`; None is unknown."""
    if value is None:
        return badge("Unknown")
    return badge(value.label, value.tone)


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """Return a `<time>` in the viewer's zone with the UTC on hover."""
    if at is None:
        return NONE
    return _time(at, _in_words(timezone.localtime(at)), f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


@register.simple_tag
def ago(at: datetime | None, now: datetime) -> SafeString | str:
    """Return a `<time>` relative to now, such as “12 min ago”, with the absolute one on hover."""
    if at is None:
        return NONE
    seconds = (now - at).total_seconds()
    if abs(seconds) < MINUTE:
        words = "just now" if seconds >= 0 else "in a moment"
    elif seconds > 0:
        words = f"{_coarse(seconds)} ago"
    else:
        words = f"in {_coarse(-seconds)}"
    local = timezone.localtime(at)
    return _time(
        at, words, f"{_in_words(local)} {local:%Z} ({at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
    )


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """Return a span in its two largest units: “38 s”, “38 min”, “2 h 5 min”, “2 d 4 h”."""
    if seconds is None:
        return NONE
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    return words.duration(seconds)


@register.filter
def percent(share: float | None) -> str:
    """Return a share of 1 as a percentage: one decimal below ten, none from there on."""
    if share is None:
        return NONE
    return words.percent(share)


def _coarse(seconds: float) -> str:
    for size, unit in ((DAY, "d"), (HOUR, "h")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // MINUTE)} min"


def _in_words(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"


def _time(at: datetime, words: str, title: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(timespec="seconds"),
        title,
        words,
    )
