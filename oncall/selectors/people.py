"""People by their addresses."""

from collections.abc import Iterable

from portal.accounts.models import User


def people_called(emails: Iterable[str]) -> dict[str, User]:
    """Return the active people of some addresses, by address in lower case."""
    wanted = {email.lower() for email in emails}
    found = User.objects.filter(email__in=wanted, is_active=True)
    return {person.email.lower(): person for person in found}
