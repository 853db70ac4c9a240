"""Whether a scope's roll-ups have changed since somebody last looked: one short read."""

from kpis.models import COMPANY_ID, ScopeKind, ScopeRevision
from kpis.selectors.scopes import Scope
from portal.catalogue.models import Application, Team

_SLUGS = {
    "application": (ScopeKind.APPLICATION, Application.objects.all()),
    "team": (ScopeKind.TEAM, Team.objects.all()),
}


def revision_of(scope: Scope) -> int:
    """Return how often the roll-ups of a scope have changed; 0 is never."""
    found = ScopeRevision.objects.filter(scope_kind=scope.kind, scope_id=scope.id)
    return found.values_list("revision", flat=True).first() or 0


def revision_at(*, word: str, slug: str) -> int:
    """Return the same for the scope at an address, in one query; 0 is also that of no scope."""
    if word not in _SLUGS:
        found = ScopeRevision.objects.filter(scope_kind=ScopeKind.COMPANY, scope_id=COMPANY_ID)
    else:
        kind, named = _SLUGS[word]
        ids = named.filter(slug=slug).values("pk")
        found = ScopeRevision.objects.filter(scope_kind=kind, scope_id__in=ids)
    return found.values_list("revision", flat=True).first() or 0
