"""What entities mean here: teams, systems and applications, with every reference resolved.

References lead to entities of the same files first, then to what the catalogue holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from portal.descriptors.plans.applications import application_fields
from portal.descriptors.plans.resolving import Resolver
from portal.descriptors.plans.slugs import LONGEST, slug_of
from portal.descriptors.plans.state import Key, Known, Noun, Told, Value, in_order
from portal.descriptors.plans.teams import member_teams, place_errors, team_fields
from portal.descriptors.reading.entities import Entity, Report
from portal.descriptors.reading.findings import Finding

NOUNS = {"Group": Noun.TEAM, "System": Noun.SYSTEM, "Component": Noun.APPLICATION}
# Kinds that only others refer to, and kinds that mean nothing here.
REFERRED = ("User", "Resource", "API")
LONGEST_NAME, LONGEST_DESCRIPTION = 120, 5_000


@dataclass(slots=True)
class Meaning:
    """What the entities tell, and what was found about them; `kept` are not needed here."""

    told: list[Told] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    kept: list[Entity] = field(default_factory=list)


def interpret(entities: Sequence[Entity], known: Known) -> Meaning:
    """Return what the entities mean; of one with an error only what else is wrong with it."""
    meaning = Meaning()
    resolver = Resolver(entities, known)
    slugs: dict[Key, Entity] = {}
    for entity in entities:
        report = Report(entity.file, entity.node)
        noun = _noun(entity, report)
        if noun is None:
            if entity.kind not in REFERRED:
                meaning.kept.append(entity)
            elif entity.kind != "User":
                _referred(entity, resolver, report)
        else:
            told = _told(noun, entity, resolver, report)
            first = slugs.setdefault(told.key, entity)
            if first is not entity:
                report.refuse(
                    ("metadata", "name"),
                    f"It and {first.name} ({first.file}, line {first.line}) both get the address"
                    f" {told.slug}.",
                    "Give one of them another name.",
                )
            if entity.is_sound and not any(one.is_error for one in report.findings):
                meaning.told.append(told)
        meaning.findings += report.findings
    _add_members(meaning, entities, resolver)
    for entity, problem, mend in place_errors(meaning.told, slugs, known):
        report = Report(entity.file, entity.node)
        report.refuse(("spec", "parent"), problem, mend)
        meaning.findings += report.findings
    meaning.findings.sort()
    return meaning


def _noun(entity: Entity, report: Report) -> Noun | None:
    if entity.kind == "Group" and (entity.text("spec", "type") or "").lower() == "organization":
        report.note(
            ("spec", "type"), "The company itself is no team here.", "Its groups are at the top."
        )
        return None
    return NOUNS.get(entity.kind)


def _told(noun: Noun, entity: Entity, resolver: Resolver, report: Report) -> Told:
    slug = slug_of(entity.name, entity.namespace)
    _check_slug(slug, resolver.known, report)
    fields: dict[str, Value] = {}
    title = entity.text("metadata", "title")
    if title is not None:
        fields["name"] = " ".join(title.split())
        if len(title) > LONGEST_NAME:
            report.refuse(("metadata", "title"), "The title is too long.", "Use 120 characters.")
    description = entity.text("metadata", "description")
    if description is not None:
        fields["description"] = description.strip()
        if len(description) > LONGEST_DESCRIPTION:
            report.refuse(
                ("metadata", "description"),
                f"The description is longer than {LONGEST_DESCRIPTION:,} characters.",
                "Shorten it, and link to the rest.",
            )
    if noun is Noun.TEAM:
        fields |= team_fields(entity, resolver, report)
    else:
        owner = resolver.owner(entity, report)
        if owner:
            fields["owner"] = owner
    if noun is Noun.APPLICATION:
        fields |= application_fields(entity, resolver, report)
    return Told(noun, slug, fields, entity.file, entity.line)


def _check_slug(slug: str, known: Known, report: Report) -> None:
    path = ("metadata", "name")
    if len(slug) > LONGEST:
        report.refuse(path, f"The address {slug} is too long.", f"At most {LONGEST} characters.")
    elif slug in known.reserved:
        report.refuse(path, f"The address {slug} is reserved for a page.", "Give it another name.")


def _referred(entity: Entity, resolver: Resolver, report: Report) -> None:
    """Check what a resource or API refers to, though it is only a target here."""
    resolver.owner(entity, report)


def _add_members(meaning: Meaning, entities: Iterable[Entity], resolver: Resolver) -> None:
    """Put people into the teams that they say they are in, whether the team is told or held."""
    joined: dict[str, set[str]] = {}
    places: dict[str, Entity] = {}
    for entity in entities:
        if entity.kind != "User":
            continue
        report = Report(entity.file, entity.node)
        email = resolver.person(entity, report)
        for slug in member_teams(entity, resolver, report):
            if email:
                joined.setdefault(slug, set()).add(email)
                places.setdefault(slug, entity)
        meaning.findings += report.findings
    for position, told in enumerate(meaning.told):
        if told.noun is Noun.TEAM and told.slug in joined:
            members = {*told.fields.get("members", ()), *joined.pop(told.slug)}
            fields = {**told.fields, "members": in_order(members)}
            meaning.told[position] = Told(told.noun, told.slug, fields, told.file, told.line)
    for slug, members in joined.items():
        if slug in resolver.known.teams:
            where = places[slug]
            meaning.told.append(
                Told(Noun.TEAM, slug, {"members": in_order(members)}, where.file, where.line)
            )
