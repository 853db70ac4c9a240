"""Reads of leave: whose a person may see."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet

from oncall.models import Leave
from oncall.rota import Span
from portal.accounts.models import Role, User
from portal.accounts.policies import Viewer
from portal.catalogue.models import Membership, TeamRole

OVERSEERS = (Role.OPERATIONS, Role.EXECUTIVE, Role.AUDITOR)


def leave_visible_to(user: Viewer) -> QuerySet[Leave]:
    """Return the leave that counts and that a person may see, with whose it is.

    Their own, that of people of their teams and of all below a team they lead, and everybody's
    for those who oversee the company.
    """
    found = Leave.objects.filter(cancelled_at=None).select_related("person")
    if not isinstance(user, User) or not user.is_active:
        return found.none()
    if user.role in OVERSEERS:
        return found
    mine = Membership.objects.filter(user=user)
    known = Membership.objects.filter(
        Q(team__in=mine.values("team"))
        | Q(team__lineage__overlap=ArraySubquery(mine.filter(role=TeamRole.LEAD).values("team")))
    )
    return found.filter(Q(person=user) | Q(person__in=known.values("user")))


def is_away(person: User, span: Span) -> bool:
    """Return whether somebody told of leave that touches a period."""
    return Leave.objects.filter(
        person=person, cancelled_at=None, starts_at__lt=span.end, ends_at__gt=span.start
    ).exists()


def people_led_by(user: User) -> QuerySet[User]:
    """Return the active people of all teams that a person leads and of what is below, by name."""
    led = Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")
    below = Membership.objects.filter(team__lineage__overlap=ArraySubquery(led))
    return User.objects.filter(pk__in=below.values("user"), is_active=True).order_by("name", "pk")
