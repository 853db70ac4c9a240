"""Template tags of notifications."""

from django import template

from portal.accounts.models import User
from portal.notifications.selectors.inbox import MOST_COUNTED, count_unread

register = template.Library()


@register.simple_tag
def unread(user: User) -> str:
    """Return how many notices somebody has not read, as the header shows it; empty for none."""
    count = count_unread(user)
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
