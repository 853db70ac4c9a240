"""Reads of the catalogue: who sees what, the team tree, my teams, people and free slugs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from portal.accounts.models import READING_ROLES, User
from portal.accounts.policies import Viewer
from portal.accounts.types import Pipeline
from portal.catalogue.models import (
    Application,
    Contact,
    Environment,
    Link,
    Membership,
    Repository,
    Team,
    TeamRole,
    TransferRequest,
    TransferState,
)
from portal.catalogue.selectors.ownership import has_nobody
from portal.catalogue.selectors.slugs import free_slug

# --- Applications -----------------------------------------------------------------------------


def applications_visible_to(user: Viewer) -> QuerySet[Application]:
    """Return every application with its owner, or none for somebody who is not active.

    A pipeline sees its own.
    """
    if not user.is_active:
        return Application.objects.none()
    found = Application.objects.select_related("owner")
    return found.filter(pk=user.application_id) if isinstance(user, Pipeline) else found


def with_owners_beside(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Return the same with owners and systems fetched for the rows alone: two more queries, no join.

    PostgreSQL joins before it sorts and cuts; on long lists that is most of the work.
    """
    return applications.select_related(None).prefetch_related("owner", "system")


def my_applications(user: User) -> QuerySet[Application]:
    """Return the applications of the teams that the person is in, and of all teams below those."""
    mine = Membership.objects.filter(user=user).values("team_id")
    teams = Team.objects.filter(lineage__overlap=ArraySubquery(mine))
    return applications_visible_to(user).filter(owner__in=teams)


def applications_called(text: str) -> list[Application]:
    """Return the application with that slug, or else those with that name, whatever the case."""
    named = Q(slug=text.lower()) | Q(name__iexact=text)
    found = list(Application.objects.filter(named).order_by("slug")[:20])
    exact = [application for application in found if application.slug == text.lower()]
    return exact or found


def applications_matching(user: Viewer, text: str, limit: int = 20) -> list[Application]:
    """Return the first current applications whose name or slug contains the text, by name."""
    found = applications_visible_to(user).filter(
        Q(name__icontains=text) | Q(slug__icontains=text), retired_at=None
    )
    return list(found.order_by("name", "id")[:limit])


def applications_below(user: Viewer, team: Team) -> QuerySet[Application]:
    """Return the applications that a node of the tree owns, itself or through a node below it."""
    return applications_visible_to(user).filter(owner__lineage__contains=[team.pk])


def with_standing(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Return the same with what says who answers for them, in no further query.

    `lacks_people` says that the owner has no active member, `transfer` is the transfer that waits.
    """
    waiting = TransferRequest.objects.filter(
        application=OuterRef("pk"), state=TransferState.PENDING
    )
    return applications.select_related("owner", "system", "attested_by").annotate(
        lacks_people=has_nobody(), transfer=Subquery(waiting.values("pk")[:1])
    )


def with_facts(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Return the applications with what `_application_facts.html` shows: three more queries."""
    return with_standing(applications).prefetch_related(
        Prefetch("repositories", Repository.objects.order_by("url")),
        Prefetch("links", Link.objects.order_by("id")),
        Prefetch("environments", Environment.objects.order_by("position", "name")),
    )


def links_of(application: Application) -> list[tuple[str, str]]:
    """Return titles and addresses of the application's links, in the order in which they show."""
    return list(application.links.order_by("id").values_list("title", "url"))


def slug_holder(slug: str) -> Application | None:
    """Return the application that has taken a slug."""
    return Application.objects.select_related("owner").filter(slug=slug).first()


def free_application_slug(wish: str) -> str:
    """Return the wish, or the wish with the first number from 2 that nothing has taken."""
    return free_slug(Application.objects.values_list("slug", flat=True), wish)


def free_team_slug(wish: str) -> str:
    """Return the wish, or the wish with the first number from 2 that nothing has taken."""
    return free_slug(Team.objects.values_list("slug", flat=True), wish)


# --- Teams ------------------------------------------------------------------------------------


def teams_visible_to(user: Viewer) -> QuerySet[Team]:
    """Return every team, or none for somebody who is not active.

    A pipeline sees the team that owns its application.
    """
    if not user.is_active:
        return Team.objects.none()
    found = Team.objects.select_related("parent")
    if isinstance(user, Pipeline):
        return found.filter(applications=user.application_id)
    return found


def my_teams(user: User) -> QuerySet[Team]:
    """Return the teams that the person is in, by name."""
    return teams_visible_to(user).filter(memberships__user=user).order_by("name", "id")


def subtree(team: Team) -> QuerySet[Team]:
    """Return the team and everything below it."""
    return Team.objects.filter(lineage__contains=[team.pk])


def ancestors(team: Team) -> list[Team]:
    """Return what is above a team, the root first, in one query."""
    return lineages([team]).get(team.pk, [])


def lineages(teams: Iterable[Team]) -> dict[int, list[Team]]:
    """Return what is above each of the teams, the root first, in one query for all."""
    above = {team.pk: team.lineage[:-1] for team in teams}
    found = Team.objects.in_bulk({pk for lineage in above.values() for pk in lineage})
    return {pk: [found[one] for one in lineage] for pk, lineage in above.items()}


def with_places(teams: Iterable[Team]) -> list[tuple[Team, str]]:
    """Return each team with the names of what is above it, in one query for all."""
    teams = list(teams)
    above = lineages(teams)
    return [(team, " / ".join(one.name for one in above[team.pk])) for team in teams]


def with_people(teams: QuerySet[Team]) -> QuerySet[Team]:
    """Return the teams with what `_team_facts.html` shows: two more queries."""
    return teams.prefetch_related(
        Prefetch("memberships", memberships()),
        Prefetch("contacts", Contact.objects.order_by("id")),
    )


def memberships() -> QuerySet[Membership]:
    """Return the memberships of active people with the people, leads first."""
    return (
        Membership.objects.filter(user__is_active=True)
        .select_related("user")
        .order_by("role", "user__name", "id")
    )


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team with how many applications it owns itself and the names of its leads."""

    team: Team
    owned: int
    leads: Sequence[str]


def team_rows(teams: QuerySet[Team]) -> list[TeamRow]:
    """Return the teams with their applications counted and their leads named, in three queries."""
    found = list(teams)
    owned, leads = _owned(), _leads(team.pk for team in found)
    return [TeamRow(team, owned.get(team.pk, 0), leads.get(team.pk, ())) for team in found]


def _owned() -> dict[int | None, int]:
    current = Application.objects.filter(retired_at=None)
    counted = current.order_by().values_list("owner").annotate(number=Count("pk"))
    return dict(counted)


def _leads(teams: Iterable[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    found = memberships().filter(team__in=list(teams), role=TeamRole.LEAD)
    for team, name in found.values_list("team", "user__name"):
        names.setdefault(team, []).append(name)
    return names


@dataclass(slots=True)
class TeamNode:
    """A team in the tree: its applications and teams include those of everything below it.

    A node that is folded has teams below and no children.
    """

    team: Team
    leads: Sequence[str]
    applications: int
    below: int
    children: "list[TeamNode]" = field(default_factory=list)
    is_open: bool = False


def team_tree(user: Viewer, under: Team | None = None, limit: int = 80) -> list[TeamNode]:
    """Return the forest of all teams, or of those below one, by name, in four queries.

    It goes down to the deepest level with which it still has at most `limit` teams, yet shows
    the first level whole; what is deeper is only counted.
    """
    teams = teams_visible_to(user).select_related(None)
    if under is not None:
        teams = teams.filter(lineage__contains=[under.pk]).exclude(pk=under.pk)
    lineage = dict(teams.order_by("name", "id").values_list("pk", "lineage"))
    top = min(map(len, lineage.values()), default=0)
    sizes = Counter(map(len, lineage.values()))
    depth = top
    while sizes[depth + 1] and sum(sizes[one] for one in range(top, depth + 2)) <= limit:
        depth += 1
    applications, below = _sums(lineage)
    shown = [pk for pk, above in lineage.items() if len(above) <= depth]
    found, leads = Team.objects.in_bulk(shown), _leads(shown)
    nodes = {
        pk: TeamNode(
            found[pk],
            leads.get(pk, ()),
            applications[pk],
            below[pk],
            is_open=len(lineage[pk]) == top or len(shown) <= limit // 2,
        )
        for pk in shown
    }
    for node in nodes.values():
        if node.team.parent_id in nodes:
            nodes[node.team.parent_id].children.append(node)
    return [node for pk, node in nodes.items() if len(lineage[pk]) == top]


def _sums(lineage: Mapping[int, Sequence[int]]) -> tuple[Counter[int], Counter[int]]:
    """Return, per team, the applications that it and what is below it own, and the teams below."""
    owned = _owned()
    applications, below = Counter[int](), Counter[int]()
    for pk, above in lineage.items():
        for one in above:
            applications[one] += owned.get(pk, 0)
            below[one] += one != pk
    return applications, below


def teams_called(text: str) -> list[Team]:
    """Return the team with that slug, or else those with that name, whatever the case."""
    found = list(Team.objects.filter(Q(slug=text.lower()) | Q(name__iexact=text)).order_by("slug"))
    exact = [team for team in found if team.slug == text.lower()]
    return exact or found


def teams_matching(user: Viewer, text: str, limit: int = 20) -> list[Team]:
    """Return the first teams whose name or slug contains the text, by name."""
    found = teams_visible_to(user).filter(Q(name__icontains=text) | Q(slug__icontains=text))
    return list(found.order_by("name", "id")[:limit])


def contacts_of(team: Team) -> list[tuple[str, str]]:
    """Return labels and values of the team's contacts, in the order in which they show."""
    return list(team.contacts.order_by("id").values_list("label", "value"))


# --- People -----------------------------------------------------------------------------------


def people_matching(user: Viewer, text: str, limit: int = 20) -> QuerySet[User]:
    """Return the first active people whose name or address contains the text, by name."""
    people = User.objects.filter(is_active=True) if user.is_active else User.objects.none()
    if text:
        people = people.filter(Q(name__icontains=text) | Q(email__icontains=text))
    return people.order_by("name", "id")[:limit]


def people_called(text: str) -> list[User]:
    """Return the person with that address, or else the active ones with that name."""
    named = Q(email=text.lower()) | Q(name__iexact=text, is_active=True)
    found = list(User.objects.filter(named).order_by("email")[:20])
    exact = [person for person in found if person.email == text.lower()]
    return exact or found


def is_member(user: Viewer, team: Team) -> bool:
    """Return whether the person is in the team itself, as lead or member."""
    return Membership.objects.filter(team=team, user=user.pk or 0).exists()


def belongs_to_lineage(user: Viewer, team: Team) -> bool:
    """Return whether the person is in the team or in anything above it."""
    return Membership.objects.filter(team__in=team.lineage, user=user.pk or 0).exists()


def leads_lineage(user: Viewer, team: Team) -> bool:
    """Return whether the person leads the team or anything above it."""
    return Membership.objects.filter(
        team__in=team.lineage, user=user.pk or 0, role=TeamRole.LEAD
    ).exists()


def nearest_leads(team: Team) -> list[User]:
    """Return the active leads of the team, or of the nearest node above that has any."""
    found = list(
        memberships()
        .filter(team__in=team.lineage, role=TeamRole.LEAD)
        .exclude(user__role__in=READING_ROLES)
    )
    depth = {pk: position for position, pk in enumerate(team.lineage)}
    nearest = max((depth[one.team_id] for one in found), default=None)
    return [one.user for one in found if depth[one.team_id] == nearest]
