"""What the catalogue holds, in the words of plans: a handful of queries for any number of things."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.catalogue.models import (
    Application,
    Dependency,
    Environment,
    Link,
    Membership,
    Repository,
    System,
    Team,
)
from portal.catalogue.types import RESERVED_SLUGS
from portal.descriptors.models import Description, DescriptionState
from portal.descriptors.plans.applications import TYPE, environment
from portal.descriptors.plans.state import (
    ANNOTATION,
    DEFAULT_TYPE,
    Held,
    Key,
    Known,
    Noun,
    TeamPlace,
    Value,
    in_order,
)


def known() -> Known:
    """Return everything that references can lead to: four queries."""
    teams = Team.objects.values_list("slug", "kind", "parent__slug")
    return Known(
        teams={slug: TeamPlace(kind, parent or "") for slug, kind, parent in teams},
        systems=frozenset(System.objects.values_list("slug", flat=True)),
        applications=frozenset(Application.objects.values_list("slug", flat=True)),
        people=frozenset(User.objects.filter(is_active=True).values_list("email", flat=True)),
        reserved=RESERVED_SLUGS,
    )


def held(keys: Iterable[Key]) -> dict[Key, Held]:
    """Return what is held under the keys."""
    wanted: dict[Noun, list[str]] = {noun: [] for noun in Noun}
    for noun, slug in keys:
        wanted[noun].append(slug)
    found = [
        *teams(Team.objects.filter(slug__in=wanted[Noun.TEAM])),
        *systems(System.objects.filter(slug__in=wanted[Noun.SYSTEM])),
        *applications(Application.objects.filter(slug__in=wanted[Noun.APPLICATION])),
    ]
    return {one.key: one for one in found}


def teams(found: QuerySet[Team]) -> list[Held]:
    """Return teams with the addresses of their active members."""
    rows = list(found.select_related("parent").order_by("slug"))
    members = _texts(
        Membership.objects.filter(user__is_active=True), "team", [one.pk for one in rows],
        "user__email",
    )  # fmt: skip
    described = Description.objects.filter(
        noun=Noun.TEAM, slug__in=[one.slug for one in rows], state=DescriptionState.DESCRIBED
    ).order_by("-described_at")
    keepers = {one.slug: one.sync.label for one in described.select_related("sync")}
    return [
        Held(
            Noun.TEAM,
            team.slug,
            {
                "name": _one_line(team.name),
                "description": team.description.strip(),
                "kind": team.kind,
                "parent": team.parent.slug if team.parent else "",
                "zone": team.zone,
                "country": team.country,
                "members": in_order(members.get(team.pk, ())),
            },
            managed_by=keepers.get(team.slug, ""),
        )
        for team in rows
    ]


def systems(found: QuerySet[System]) -> list[Held]:
    """Return systems."""
    return [
        Held(
            Noun.SYSTEM,
            system.slug,
            {
                "name": _one_line(system.name),
                "description": system.description.strip(),
                "owner": system.owner.slug if system.owner else "",
            },
            managed_by=system.managed_by,
        )
        for system in found.select_related("owner").order_by("slug")
    ]


def applications(
    found: QuerySet[Application], *, with_retired_environments: bool = True
) -> list[Held]:
    """Return applications with everything that descriptors tell: five queries.

    An environment that was retired is there for files, which therefore do not revive it.
    """
    rows = list(found.select_related("owner", "system").order_by("slug"))
    pks = [one.pk for one in rows]
    links = _rows(Link.objects.all(), "application", pks, "title", "url")
    environments = Environment.objects.all()
    if not with_retired_environments:
        environments = environments.filter(retired_at=None)
    places = _rows(environments, "application", pks, "slug", "is_production")
    repositories = _texts(Repository.objects.all(), "application", pks, "url")
    needed = _texts(Dependency.objects.all(), "from_application", pks, "to_application__slug")
    return [
        Held(
            Noun.APPLICATION,
            one.slug,
            {
                **_own_fields(one),
                "links": tuple(
                    f"{_one_line(title)} {url}" for title, url in links.get(one.pk, ())
                ),
                "environments": in_order(
                    environment(slug, is_production=production)
                    for slug, production in places.get(one.pk, ())
                ),
                "repositories": in_order(repositories.get(one.pk, ())),
                "depends on": in_order(needed.get(one.pk, ())),
            },
            managed_by=one.managed_by,
            is_retired=one.is_retired,
        )
        for one in rows
    ]


def _own_fields(one: Application) -> dict[str, Value]:
    annotations = dict(one.annotations)
    kind = annotations.pop(TYPE, DEFAULT_TYPE)
    return {
        "name": _one_line(one.name),
        "description": one.description.strip(),
        "owner": one.owner.slug if one.owner else "",
        "type": kind,
        "lifecycle": one.lifecycle,
        "system": one.system.slug if one.system else "",
        "tags": in_order(one.tags),
        "tier": str(one.tier),
        "runbook": one.runbook_url,
        "data classes": in_order(one.data_classes),
        **{ANNOTATION + key: text for key, text in sorted(annotations.items())},
    }


def names_of(emails: Iterable[str]) -> dict[str, str]:
    """Return the names of people by address."""
    return dict(User.objects.filter(email__in=list(emails)).values_list("email", "name"))


def _rows(
    found: "QuerySet[Any]", owner: str, pks: list[int], *columns: str
) -> Mapping[int, list[tuple[Any, ...]]]:
    """Return columns of the rows of each owner, in the order in which they were made."""
    rows: dict[int, list[tuple[Any, ...]]] = {}
    of_these = found.filter(**{f"{owner}__in": pks}).order_by("id")
    for pk, *values in of_these.values_list(owner, *columns):
        rows.setdefault(pk, []).append(tuple(values))
    return rows


def _texts(
    found: "QuerySet[Any]", owner: str, pks: list[int], column: str
) -> Mapping[int, list[str]]:
    rows = _rows(found, owner, pks, column)
    return {pk: [text for (text,) in values] for pk, values in rows.items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())
