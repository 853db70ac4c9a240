"""Hours, money and stretches of time as pages show them."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from oncall.rota import Load, Mark
from portal.core.templatetags.portal import badge
from portal.core.words import NONE

register = template.Library()

TONES = {
    Mark.LIGHT: "good",
    Mark.IDEAL: "good",
    Mark.HEAVY: "warning",
    Mark.TOO_MUCH: "bad",
}


@register.filter
def money(amount: Decimal | str | None, currency: str) -> str:
    """Return an amount with its currency; what has no rate is said, never shown as nought."""
    if amount is None:
        return "No rate set"
    return f"{Decimal(amount):,.2f} {currency}".strip()


@register.filter
def hours(figure: Decimal | float | None) -> str:
    """Return hours to two places at most: “125.5 h”."""
    if figure is None:
        return NONE
    return f"{Decimal(figure).quantize(Decimal('0.01')).normalize():f} h"


@register.simple_tag
def stretch(start: str, end: str) -> SafeString:
    """Return from when until when, in the viewer's zone, with UTC on hover."""
    began, ended = (timezone.localtime(datetime.fromisoformat(at)) for at in (start, end))
    return format_html(
        '<time datetime="{}" title="{} to {} UTC">{} to {}</time>',
        start,
        start[:16].replace("T", " "),
        end[:16].replace("T", " "),
        f"{began:%a} {began.day} {began:%b, %H:%M}",
        f"{ended:%a} {ended.day} {ended:%b, %H:%M}",
    )


@register.simple_tag
def share_bar(load: Load) -> SafeString:
    """Return a share as a small bar; the figure stands beside it."""
    return format_html(
        '<svg class="share-bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="share-bar-rail" width="100" height="6"/>'
        '<rect class="share-bar-part" width="{}" height="6"/></svg>',
        f"text-{TONES[load.mark]}",
        f"{min(load.share, 1) * 100:.1f}",
    )


@register.simple_tag
def mark(value: Mark) -> SafeString:
    """Return how a share is judged, as a badge."""
    return badge(value.value.capitalize(), TONES[value])
