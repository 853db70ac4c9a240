"""Reads of exemptions: which count, which wait for somebody, and lists of them."""

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, QuerySet

from portal.accounts.models import User
from portal.accounts.policies import Viewer, is_operations
from portal.catalogue.models import Application, Membership, TeamRole
from portal.scorecards.models import Exemption, ExemptionState
from portal.scorecards.models.exemptions import LIVE


def approved(scorecard: str, *, now: datetime) -> dict[int, set[str]]:
    """Return the keys of the rules that applications need not keep now, by their ids."""
    found: dict[int, set[str]] = {}
    rows = Exemption.objects.filter(
        scorecard__slug=scorecard, state=ExemptionState.APPROVED, expires_at__gt=now
    )
    for application, rule in rows.values_list("application", "rule"):
        found.setdefault(application, set()).add(rule)
    return found


def exemptions_visible_to(user: Viewer) -> QuerySet[Exemption]:
    """Return all exemptions with what their pages show, or none for somebody not active."""
    found = Exemption.objects.select_related(
        "scorecard__current", "application__owner", "asked_by", "decided_by", "ended_by"
    )
    return found if user.is_active else found.none()


def exemptions_of(application: Application) -> list[Exemption]:
    """Return the exemptions of an application, the newest first."""
    return list(
        Exemption.objects.filter(application=application)
        .select_related("scorecard__current", "asked_by", "decided_by")
        .order_by("-asked_at", "-pk")[:50]
    )


def live_by_rule(application: Application) -> dict[tuple[int, str], Exemption]:
    """Return the waiting and approved exemptions of an application, by scorecard and rule."""
    found = Exemption.objects.filter(
        application=application, state__in=[ExemptionState.PENDING, ExemptionState.APPROVED]
    )
    return {(one.scorecard_id, one.rule): one for one in found}


def waiting_for(user: User) -> QuerySet[Exemption]:
    """Return the requests that a person may decide on, the oldest first: never their own."""
    waiting = (
        exemptions_visible_to(user)
        .filter(state=ExemptionState.PENDING)
        .exclude(asked_by=user)
        .order_by("asked_at")
    )
    if is_operations(user):
        return waiting
    led = Membership.objects.filter(user=user, role=TeamRole.LEAD).values("team")
    return waiting.filter(application__owner__lineage__overlap=ArraySubquery(led))


def count_live() -> dict[str, int]:
    """Return how many exemptions wait and how many are approved, by state."""
    found = Exemption.objects.filter(state__in=LIVE).values_list("state")
    return dict(found.annotate(number=Count("pk")))
