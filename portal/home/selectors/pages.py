"""What stands below a team and the company, as scopes to compare."""

from collections.abc import Sequence

from django.db.models import Q

from kpis.selectors.scopes import Scope, scope_of_application, scope_of_team
from portal.accounts.models import User
from portal.catalogue.models import Team, TeamKind
from portal.catalogue.selectors import applications_visible_to, teams_visible_to

# A table of more is for the catalogue, not for a page.
MOST_LINES = 100
# With more divisions and departments than these the company shows divisions alone.
MOST_DEPARTMENTS = 40


def directly_below(user: User, team: Team) -> Sequence[Scope]:
    """Return the nodes below a node of the team tree, then the current applications it owns itself."""
    nodes = teams_visible_to(user).filter(parent=team).order_by("name")[:MOST_LINES]
    owned = (
        applications_visible_to(user)
        .filter(owner=team, retired_at=None)
        .order_by("name")[:MOST_LINES]
    )
    return [*map(scope_of_team, nodes), *map(scope_of_application, owned)]


def top_of_tree(user: User) -> Sequence[Scope]:
    """Return the divisions and departments, and teams that stand alone, in at most two queries.

    Where they are too many for one table, departments are left to the pages of their divisions.
    """
    nodes = teams_visible_to(user).order_by("name")
    found = nodes.filter(Q(parent=None) | Q(kind=TeamKind.DEPARTMENT))[: MOST_DEPARTMENTS + 1]
    if len(found) > MOST_DEPARTMENTS:
        found = nodes.filter(parent=None)[:MOST_LINES]
    return [scope_of_team(node) for node in found]
