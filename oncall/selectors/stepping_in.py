"""Who could step in: people of a rota and its team who are free, the best rested first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from oncall.models import Leave, Participant, Rota
from oncall.rota import Shift as Stretch
from oncall.rota import Span, loads, rested
from oncall.selectors.duty import shifts_of_people
from portal.accounts.models import User
from portal.catalogue.models import Membership

# The load that counts: four weeks around what has to be covered.
AROUND = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody free, with the hours they are on call in the four weeks around."""

    person: User
    hours: float
    takes_turns: bool


def candidates(rota: Rota, slot: Span, *, limit: int = 5) -> Sequence[Candidate]:
    """Return who could best step in: not on call then in any rota, not away, most air around."""
    turns = Participant.objects.filter(
        layer__version__rota=rota, layer__version__superseded_at=None
    ).values_list("person", flat=True)
    taking = set(turns)
    members = Membership.objects.filter(team=rota.team_id).values_list("user", flat=True)
    away = Leave.objects.filter(
        cancelled_at=None, starts_at__lt=slot.end, ends_at__gt=slot.start
    ).values("person")
    people = User.objects.filter(pk__in=taking | set(members), is_active=True).exclude(pk__in=away)
    known = {str(person.pk): person for person in people.order_by("name", "pk")}
    roster = sorted(known, key=lambda one: int(one) not in taking)
    around = Span(slot.start - AROUND, slot.end + AROUND)
    shifts = [
        Stretch(one.starts_at, one.ends_at, str(one.person_id), one.role)
        for one in shifts_of_people(known.values(), around)
    ]
    carried = loads(shifts, around)
    return [
        Candidate(known[one], carried[one].hours if one in carried else 0.0, int(one) in taking)
        for one in rested(roster, shifts, slot)[:limit]
    ]
