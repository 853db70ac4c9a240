"""What groups and users mean: teams, their places in the tree and who is in them."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from zoneinfo import available_timezones

from portal.descriptors.plans.resolving import Resolver, referred
from portal.descriptors.plans.state import Key, Known, Noun, TeamPlace, Told, Value, in_order
from portal.descriptors.reading.entities import Entity, Report
from portal.descriptors.reading.findings import did_you_mean

ZONE, COUNTRY = "quarterdeck.io/zone", "quarterdeck.io/country"
KINDS = {
    "division": "DIVISION",
    "business-unit": "DIVISION",
    "department": "DEPARTMENT",
    "sub-department": "DEPARTMENT",
    "product-area": "DEPARTMENT",
    "tribe": "DEPARTMENT",
}
# Asking for them reads the disk each time.
zones = cache(available_timezones)
RANKS = ("DIVISION", "DEPARTMENT", "TEAM")


def team_fields(entity: Entity, resolver: Resolver, report: Report) -> dict[str, Value]:
    """Return what a group tells of a team; any type that is no level of the tree is a team."""
    kind = (entity.text("spec", "type") or "team").lower().replace(" ", "-")
    fields: dict[str, Value] = {"kind": KINDS.get(kind, "TEAM")}
    shown = entity.text("spec", "profile", "displayName")
    if shown and entity.text("metadata", "title") is None:
        fields["name"] = shown
    parent = resolver.parent(entity, report)
    if parent is not None:
        fields["parent"] = parent
    if entity.texts("spec", "members") is not None:
        fields["members"] = in_order(resolver.members(entity, report))
    annotations = entity.mapping("metadata", "annotations")
    if zone := annotations.get(ZONE):
        if zone not in zones():
            report.refuse(
                ("metadata", "annotations", ZONE),
                f"There is no zone {zone}.",
                did_you_mean(zone, zones()) or "Write one such as Europe/London.",
            )
        fields["zone"] = zone
    if country := annotations.get(COUNTRY):
        if len(country) != 2 or not (country.isascii() and country.isupper()):  # noqa: PLR2004
            report.refuse(
                ("metadata", "annotations", COUNTRY),
                f"{country} is no code of a country.",
                "Write a code of ISO 3166-1, such as GB.",
            )
        fields["country"] = country
    return fields


def member_teams(entity: Entity, resolver: Resolver, report: Report) -> list[str]:
    """Return the teams that a user is a member of."""
    found = []
    for number, text in enumerate(entity.texts("spec", "memberOf") or ()):
        reference = referred(text, "Group", entity)
        if slug := resolver.team(reference, text, ("spec", "memberOf", number), report):
            found.append(slug)
    return found


def place_errors(
    told: Iterable[Told], entities: Mapping[Key, Entity], known: Known
) -> Iterator[tuple[Entity, str, str]]:
    """Yield the groups that cannot stand where they are told to stand, with why and the mend."""
    places = dict(known.teams)
    moved = []
    for one in told:
        if one.noun is not Noun.TEAM or "kind" not in one.fields:
            continue
        before = places.get(one.slug, TeamPlace("TEAM"))
        kind, parent = str(one.fields["kind"]), one.fields.get("parent", before.parent)
        places[one.slug] = TeamPlace(kind, str(parent))
        moved.append(one.slug)
    touched = set(moved)
    children = [slug for slug, place in places.items() if place.parent in touched]
    seen: set[str] = set()
    for slug in [*moved, *children]:
        culprit = slug if slug in touched else places[slug].parent
        entity = entities.get((Noun.TEAM, culprit))
        problem = _misplaced(slug, places)
        if problem and entity is not None and slug not in seen:
            seen.add(slug)
            yield entity, problem, "Divisions hold departments, both hold teams."


def _misplaced(slug: str, places: Mapping[str, TeamPlace]) -> str:
    place, above = places[slug], {slug}
    if place.parent and place.kind == "DIVISION":
        return f"{slug} is a division under {place.parent}; divisions are at the top."
    parent = places.get(place.parent)
    if parent and RANKS.index(parent.kind) >= RANKS.index(place.kind):
        return (
            f"{slug}, a {place.kind.lower()}, cannot be under the {parent.kind.lower()}"
            f" {place.parent}."
        )
    up = place.parent
    while up:
        if up in above:
            return f"{slug} is under itself."
        above.add(up)
        up = places[up].parent if up in places else ""
    return ""
