"""How fresh the owners' word is that applications are still theirs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DateTimeField, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from portal.catalogue.models import Application, Attestation, EscalationStep
from portal.catalogue.models.ownership import TOLD_STEPS

# When the time began after which the owner's word is due.
BEGUN_AT = Coalesce(F("attested_at"), F("registered_at"), output_field=DateTimeField())


def period() -> timedelta:
    """Return how long an owner's word is good for."""
    return timedelta(days=settings.ATTESTATION_DAYS)


def due_at(application: Application) -> datetime:
    """Return when the owner's word is due again."""
    return (application.attested_at or application.registered_at) + period()


def steps_reached(application: Application, now: datetime) -> list[Attestation]:
    """Return the steps that the attestation has come to, the first one first."""
    due = due_at(application)
    return [step for step in TOLD_STEPS if now >= due + timedelta(days=step.day)]


def attestation_of(application: Application, now: datetime) -> Attestation | None:
    """Return how fresh the word is; None when there is no owner to give it, or it is retired."""
    if application.owner_id is None or application.is_retired:
        return None
    return ([Attestation.CURRENT, *steps_reached(application, now)])[-1]


def attestable() -> Q:
    """Return the condition of applications whose owner's word is asked for."""
    return Q(owner__isnull=False, retired_at=None)


def reached(step: Attestation, now: datetime) -> Q:
    """Return the condition of applications whose attestation has come to a step, or past it."""
    begun = now - period() - timedelta(days=step.day)
    return Q(attested_at__lte=begun) | Q(attested_at=None, registered_at__lte=begun)


def in_state(state: Attestation, now: datetime) -> Q:
    """Return the condition of applications whose attestation is exactly so fresh."""
    states = list(Attestation)
    later = states[states.index(state) + 1 :]
    found = attestable()
    if state != Attestation.CURRENT:
        found &= reached(state, now)
    if later:
        found &= ~reached(later[0], now)
    return found


def untold(now: datetime, limit: int = 500) -> Iterator[tuple[Application, Attestation]]:
    """Yield applications with each step that they reached and nobody was told of, oldest first."""
    for step in TOLD_STEPS:
        told = EscalationStep.objects.filter(
            application=OuterRef("pk"), attested_at=OuterRef("begun_at"), step=step
        )
        found = (
            Application.objects.filter(attestable(), reached(step, now))
            .annotate(begun_at=BEGUN_AT)
            .filter(~Exists(told))
            .order_by("begun_at", "pk")
        )
        for application in found[:limit]:
            yield application, step
