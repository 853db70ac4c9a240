"""Writing of systems."""

from collections.abc import Sequence

from portal.audit.events import AuditEvent
from portal.audit.services import Happening
from portal.catalogue.models import System, Team
from portal.descriptors.plans.compare import Action, Step
from portal.descriptors.services.applying.words import after, change_of

FIELDS = ("name", "description", "owner")


def write_systems(steps: Sequence[Step]) -> list[Happening]:
    """Create and change systems; return what to tell."""
    happenings = []
    slugs = [step.told.slug for step in steps]
    systems = {one.slug: one for one in System.objects.filter(slug__in=slugs)}
    teams = {one.slug: one for one in Team.objects.all()} if steps else {}
    for step in steps:
        system = systems.setdefault(step.told.slug, System(slug=step.told.slug))
        fields = after(step)
        for name in ("name", "description"):
            if name in fields:
                setattr(system, name, fields[name])
        if "owner" in fields:
            system.owner = teams.get(str(fields["owner"]))
        if step.action is Action.CREATE:
            owner = system.owner.label if system.owner else "nobody"
            happenings.append(Happening(AuditEvent.SYSTEM_CREATED, system.label, {"owner": owner}))
        else:
            happenings.append(change_of(step, AuditEvent.SYSTEM_CHANGED, system.label))
    new = {step.told.slug for step in steps if step.action is Action.CREATE}
    System.objects.bulk_create([one for slug, one in systems.items() if slug in new])
    System.objects.bulk_update(
        [one for slug, one in systems.items() if slug not in new], FIELDS, batch_size=500
    )
    return happenings
