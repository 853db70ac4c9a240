"""Hours, money and stretches of time as pages show them."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.core.words import NONE

register = template.Library()


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
