"""What a search finds: applications, systems, teams, people, pages and actions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Case, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.policies import can_write
from portal.catalogue.models import Application, Membership, System, Team

LIMIT = 8
LONGEST_QUERY = 100

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, and where it leads."""

    label: str
    hint: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind."""

    title: str
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class Place:
    """A page or an action; `words` are other names that people look for."""

    label: str
    url_name: str
    icon: str
    words: str


PAGES = (
    Place("Home", "home", "home", "start mine"),
    Place("Applications", "applications", "apps", "catalogue services"),
    Place("Scorecards", "scorecards", "award", "maturity levels bronze silver gold rules"),
    Place("Initiatives", "initiatives", "target", "scorecards campaigns due"),
    Place("Exemptions", "exemptions", "lock", "scorecards exceptions"),
    Place("Systems", "systems", "apps", "products capabilities"),
    Place("Teams", "teams", "teams", "departments divisions people"),
    Place("Company", "company", "company", "executive kpis dora all"),
    Place("Definitions of the KPIs", "kpi-definitions", "runbook", "dora lead time fail rate"),
    Place("Inbox", "inbox", "bell", "notices told unread"),
    Place("Contact ways", "contact-ways", "mail", "mail phone sms slack reach test notices"),
    Place("Quiet hours", "quiet-hours", "moon", "night disturb notices"),
    Place("Profile", "profile", "user", "theme dark light time zone account settings"),
)
ACTIONS = (
    Place("Register an application", "application-new", "plus", "new add create"),
    Place("Create a system", "system-new", "plus", "new add"),
)


def find(user: User, query: str) -> list[Group]:
    """Return what matches every word of the query, at most eight of a kind, in four queries.

    Names that start with the query come first. Without a query: the pages and actions alone.
    """
    words = query[:LONGEST_QUERY].split()
    groups = [
        Group("Pages", list(_places(PAGES, words))),
        Group("Actions", list(_places(ACTIONS, words)) if can_write(user) else []),
    ]
    if words:
        groups = [
            Group("Applications", list(_applications(words))),
            Group("Systems", list(_systems(words))),
            Group("Teams", list(_teams(words))),
            Group("People", list(_people(words))),
            *groups,
        ]
    return [group for group in groups if group.hits]


def _applications(words: list[str]) -> Iterator[Hit]:
    rows = Application.objects.select_related("owner")
    for found in _best(rows, words, "name", "slug"):
        owner = found.owner.name if found.owner else "No owner"
        state = "retired" if found.is_retired else f"tier {found.tier}"
        yield Hit(found.name, f"{owner} · {state}", found.get_absolute_url(), "apps")


def _systems(words: list[str]) -> Iterator[Hit]:
    rows = System.objects.select_related("owner")
    for found in _best(rows, words, "name", "slug"):
        owner = found.owner.name if found.owner else "No owner"
        yield Hit(found.name, f"System · {owner}", found.get_absolute_url(), "apps")


def _teams(words: list[str]) -> Iterator[Hit]:
    rows = Team.objects.select_related("parent")
    for found in _best(rows, words, "name", "slug"):
        above = f" in {found.parent.name}" if found.parent else ""
        hint = f"{found.get_kind_display()}{above}"
        yield Hit(found.name, hint, found.get_absolute_url(), "teams")


def _people(words: list[str]) -> Iterator[Hit]:
    """Find people; they have no page, so they lead to their team, or to a mail without one."""
    team = Membership.objects.filter(user=OuterRef("pk")).order_by("role", "team__name")
    found = _best(User.objects.filter(is_active=True), words, "name", "email").values_list(
        "name",
        "email",
        Subquery(team.values("team__slug")[:1]),
        Subquery(team.values("team__name")[:1]),
    )
    for name, email, slug, team_name in found:
        url = reverse("team", args=[slug]) if slug else f"mailto:{email}"
        yield Hit(name, f"{team_name} · {email}" if slug else email, url, "user")


def _best(rows: QuerySet[Row], words: list[str], *fields: str) -> QuerySet[Row]:
    """Return the first rows that hold every word in one of the fields, prefixes before others."""
    for word in words:
        rows = rows.filter(_any(fields, "icontains", word))
    starts = _any(fields, "istartswith", " ".join(words))
    rank = Case(When(starts, then=Value(0)), default=Value(1))
    return rows.order_by(rank, fields[0], "pk")[:LIMIT]


def _any(fields: Sequence[str], lookup: str, value: str) -> Q:
    return Q(*((f"{field}__{lookup}", value) for field in fields), _connector=Q.OR)


def _places(places: Sequence[Place], words: list[str]) -> Iterator[Hit]:
    for place in places:
        names = f"{place.label} {place.words}".lower()
        if all(word.lower() in names for word in words):
            yield Hit(place.label, "", reverse(place.url_name), place.icon)
