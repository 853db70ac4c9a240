"""Where references lead: to entities of the same files first, then to the catalogue.

A reference without a namespace stays in that of the entity that makes it.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from portal.descriptors.plans.slugs import slug_of
from portal.descriptors.plans.state import Known
from portal.descriptors.reading.entities import Entity, Report
from portal.descriptors.reading.findings import did_you_mean
from portal.descriptors.reading.nodes import Path
from portal.descriptors.reading.references import Reference, parse
from portal.descriptors.reading.references import ReferenceError as NotReferringError

NOTHING = Reference("", "", "")


class Resolver:
    """Finds what references lead to, and reports those that lead nowhere."""

    def __init__(self, entities: Iterable[Entity], known: Known) -> None:
        self.known = known
        self._told: dict[str, dict[str, Entity]] = {}
        for entity in entities:
            of_kind = self._told.setdefault(entity.kind.lower(), {})
            of_kind[slug_of(entity.name, entity.namespace)] = entity
        self.children = dict(self._children())
        self.providers = self._providers()
        self._nearest = cache(did_you_mean)

    # --- Owners and systems -------------------------------------------------------------------

    def owner(self, entity: Entity, report: Report) -> str:
        """Return the slug of the team that owns an entity, or nothing, with the error reported."""
        text = entity.text("spec", "owner")
        path: Path = ("spec", "owner")
        if text is None:
            return ""
        reference = referred(text, "Group", entity)
        if reference.kind.lower() != "group":
            report.refuse(
                path, f"{text} is no team: a {reference.kind.lower()} owns nothing here.",
                "Name the team that answers for it.",
            )  # fmt: skip
            return ""
        return self.team(reference, text, path, report)

    def team(self, reference: Reference, text: str, path: Path, report: Report) -> str:
        """Return the slug of a team, or nothing, with the error reported."""
        slug = self._found("group", reference, self.known.teams)
        if slug and not self._is_company(slug):
            return slug
        self._lost(f"There is no team {text}.", slug_of(reference.name), "group", path, report)
        return ""

    def system(self, entity: Entity, report: Report) -> str:
        """Return the slug of the system of an entity, or nothing."""
        text = entity.text("spec", "system")
        if text is None:
            return ""
        reference = referred(text, "System", entity)
        slug = self._found("system", reference, self.known.systems)
        if not slug:
            self._lost(
                f"There is no system {text}.",
                slug_of(reference.name),
                "system",
                ("spec", "system"),
                report,
            )
        return slug

    def _is_company(self, slug: str) -> bool:
        told = self._told.get("group", {}).get(slug)
        return told is not None and (told.text("spec", "type") or "").lower() == "organization"

    def parent(self, entity: Entity, report: Report) -> str | None:
        """Return the slug of the parent of a group; empty at the top, None when nobody says."""
        text = entity.text("spec", "parent")
        if text is None:
            return self.children.get(slug_of(entity.name, entity.namespace))
        reference = referred(text, "Group", entity)
        if self._is_company(slug_of(reference.name, reference.namespace)):
            return ""
        return self.team(reference, text, ("spec", "parent"), report) or None

    def _children(self) -> Iterable[tuple[str, str]]:
        """Yield groups that a parent names as its children; the company's are at the top."""
        for slug, group in self._told.get("group", {}).items():
            for text in group.texts("spec", "children") or ():
                reference = referred(text, "Group", group)
                child = slug_of(reference.name, reference.namespace)
                yield child, "" if self._is_company(slug) else slug

    # --- Dependencies -------------------------------------------------------------------------

    def needed(self, entity: Entity, report: Report) -> set[str] | None:
        """Return the applications that a component depends on, or None when it tells none.

        Using an API is to depend on the components of these files that provide it.
        """
        depends, consumes = entity.texts("spec", "dependsOn"), entity.texts("spec", "consumesApis")
        if depends is None and consumes is None:
            return None
        found: set[str] = set()
        for number, text in enumerate(depends or ()):
            reference = referred(text, "Component", entity)
            path: Path = ("spec", "dependsOn", number)
            if reference.kind.lower() == "component":
                found |= self._application(reference, text, path, report)
            else:
                report.note(
                    path,
                    f"{text} is no application: the dependency is not kept.",
                    "Nothing needs to be done.",
                )
        for number, text in enumerate(consumes or ()):
            reference = referred(text, "API", entity)
            providers = self.providers.get(slug_of(reference.name, reference.namespace), set())
            if not providers:
                report.note(
                    ("spec", "consumesApis", number),
                    f"No component of these files provides {text}: no dependency follows.",
                    "Name the application under dependsOn if it is one.",
                )
            found |= providers
        return found - {slug_of(entity.name, entity.namespace)}

    def _application(
        self, reference: Reference, text: str, path: Path, report: Report
    ) -> set[str]:
        slug = self._found("component", reference, self.known.applications)
        if not slug:
            near = slug_of(reference.name)
            self._lost(f"There is no application {text}.", near, "component", path, report)
        return {slug} if slug else set()

    def _providers(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for slug, component in self._told.get("component", {}).items():
            for text in component.texts("spec", "providesApis") or ():
                reference = referred(text, "API", component)
                found.setdefault(slug_of(reference.name, reference.namespace), set()).add(slug)
        return found

    # --- People -------------------------------------------------------------------------------

    def person(self, entity: Entity, report: Report) -> str:
        """Return the address of the account that a user stands for, or nothing with a note."""
        email = (entity.text("spec", "profile", "email") or "").strip().lower()
        path: Path = ("spec", "profile", "email") if email else ("metadata", "name")
        if not email:
            report.note(
                path,
                f"The user {entity.name} has no address, so nobody is found.",
                "Add profile: with email: to its spec.",
            )
        elif email not in self.known.people:
            report.note(
                path,
                f"Nobody with the address {email} has an account; files make none.",
                "Operations create accounts.",
            )
            return ""
        return email

    def members(self, entity: Entity, report: Report) -> set[str]:
        """Return the addresses of the members that a group names."""
        found = set()
        for number, text in enumerate(entity.texts("spec", "members") or ()):
            reference = referred(text, "User", entity)
            user = self._told.get("user", {}).get(slug_of(reference.name, reference.namespace))
            path: Path = ("spec", "members", number)
            if user is not None:
                found.add(self.person(user, Report(user.file, user.node)))
            elif reference.name.lower() in self.known.people:
                found.add(reference.name.lower())
            else:
                report.note(
                    path,
                    f"No user {text} is in these files, so nobody is found.",
                    "Add a User with its address, or write the address itself.",
                )
        return found - {""}

    # --- Searching ----------------------------------------------------------------------------

    def _found(self, kind: str, reference: Reference, held: Iterable[str]) -> str:
        slug = slug_of(reference.name, reference.namespace)
        return slug if slug in self._told.get(kind, {}) or slug in held else ""

    def _lost(self, problem: str, near: str, kind: str, path: Path, report: Report) -> None:
        mend = self._nearest(near, self._candidates(kind))
        new = {"group": "a Group", "system": "a System", "component": "a Component"}[kind]
        report.refuse(path, problem, mend or f"Describe it too, as {new}, or name another.")

    def _candidates(self, kind: str) -> tuple[str, ...]:
        held: Mapping[str, Iterable[str]] = {
            "group": self.known.teams,
            "system": self.known.systems,
            "component": self.known.applications,
        }
        return tuple(sorted({*self._told.get(kind, {}), *held[kind]}))


def referred(text: str, kind: str, entity: Entity) -> Reference:
    """Return what a text in an entity refers to; what has no form refers to nothing.

    That was reported when the form was checked.
    """
    try:
        return parse(text, kind=kind, namespace=entity.namespace)
    except NotReferringError:
        return NOTHING
