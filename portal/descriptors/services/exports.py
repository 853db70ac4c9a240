"""Descriptors of what the catalogue holds: what leaves the portal is on record."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts.policies import Viewer
from portal.audit import services as audit
from portal.audit.events import AuditEvent
from portal.catalogue.models import Application, System, Team
from portal.catalogue.selectors import applications_visible_to, teams_visible_to
from portal.catalogue.selectors.systems import systems_visible_to
from portal.descriptors.plans.state import Held
from portal.descriptors.plans.writing import written
from portal.descriptors.selectors import state


@dataclass(frozen=True, slots=True)
class Export:
    """Descriptors as text, of how many things, and which could not be written."""

    text: str
    entities: int
    unowned: tuple[str, ...]


def export_of(user: Viewer | None, what: Application | System | Team | None) -> Export:
    """Write an application, a system or team with all that is theirs, or everything (None).

    What is retired is written only when it is asked for by itself. Without a user it is the command
    at the server that asks.
    """
    applications = applications_visible_to(user) if user else Application.objects.all()
    systems = systems_visible_to(user) if user else System.objects.all()
    teams = teams_visible_to(user) if user else Team.objects.all()
    match what:
        case Application():
            held = _applications(applications.filter(pk=what.pk))
        case System():
            held = [
                *state.systems(systems.filter(pk=what.pk)),
                *_applications(applications.filter(system=what, retired_at=None)),
            ]
        case Team():
            held = [
                *state.teams(teams.filter(pk=what.pk)),
                *state.systems(systems.filter(owner=what)),
                *_applications(applications.filter(owner=what, retired_at=None)),
            ]
        case _:
            held = [
                *state.teams(teams),
                *state.systems(systems),
                *_applications(applications.filter(retired_at=None)),
            ]
    return _export(held)


@transaction.atomic
def record_export(*, of: str, entities: int, actor: str, now: datetime) -> None:
    """Record that somebody takes descriptors away."""
    audit.record(
        AuditEvent.DESCRIPTORS_EXPORTED,
        actor=actor,
        subject=of,
        now=now,
        data={"entities": entities},
    )


def _applications(found: QuerySet[Application]) -> list[Held]:
    return state.applications(found, with_retired_environments=False)


def _export(held: list[Held]) -> Export:
    """Leave out what has no owner, since the format requires one, and say so."""
    unowned = tuple(one.slug for one in held if one.fields.get("owner") == "")
    owned = [one for one in held if one.fields.get("owner") != ""]
    emails = {email for one in owned for email in one.fields.get("members", ())}
    note = "".join(f"# {slug} has no owner, which a descriptor needs.\n" for slug in unowned)
    text = written(owned, members=state.names_of(emails)) if owned else ""
    return Export(note + text, len(owned), unowned)
