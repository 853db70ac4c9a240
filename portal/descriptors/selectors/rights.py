"""What somebody may do, gathered once for any number of things."""

from collections.abc import Iterable

from portal.accounts.models import User
from portal.accounts.policies import Actor, can_write, is_operations
from portal.accounts.types import Pipeline
from portal.catalogue.models import Application, Membership, TeamRole
from portal.descriptors.plans.rights import Rights
from portal.descriptors.plans.state import Known, Noun, Told

# At the server, whoever may run commands may do anything.
AT_THE_SERVER = Rights(is_unbound=True, takes_anything=True)


def rights_of(actor: Actor | None, told: Iterable[Told], known: Known) -> Rights:
    """Return the rights of a person, a pipeline, or of the command when there is nobody."""
    if actor is None:
        return AT_THE_SERVER
    if isinstance(actor, Pipeline):
        slugs = Application.objects.filter(pk=actor.application_id).values_list("slug", flat=True)
        return Rights(only=slugs.first() or "-")
    return _person(actor, told, known)


def _person(user: User, told: Iterable[Told], known: Known) -> Rights:
    parents = {slug: place.parent for slug, place in known.teams.items()}
    for one in told:
        if one.noun is Noun.TEAM and one.slug not in parents:
            # What is new hangs below what is there; what is moved has its rights from before.
            parents[one.slug] = str(one.fields.get("parent", ""))
    mine = Membership.objects.filter(user=user).values_list("team__slug", "role")
    return Rights(
        parents=parents,
        member_of=frozenset(slug for slug, _ in mine),
        leads=frozenset(slug for slug, role in mine if role == TeamRole.LEAD),
        is_unbound=is_operations(user),
        may_write=can_write(user),
    )
