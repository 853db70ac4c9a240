"""Reading of whole files: the entities in them, and everything that was found about them."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.descriptors.reading.checks import check
from portal.descriptors.reading.entities import Entity, Report, named
from portal.descriptors.reading.findings import Finding
from portal.descriptors.reading.stream import documents

# More findings than anybody reads: the rest is only counted.
MOST_FINDINGS = 1_000


@dataclass(frozen=True, slots=True)
class File:
    """A file by the name that people know it by."""

    name: str
    content: bytes | str


@dataclass(frozen=True, slots=True)
class Reading:
    """The entities by what they call themselves, and the findings in the order of the files.

    Entities with errors are there too, so that what else is wrong with them is told at once and
    others that refer to them are not blamed.
    """

    entities: list[Entity]
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep the files from being applied."""
        return [finding for finding in self.findings if finding.is_error]

    @property
    def sound(self) -> list[Entity]:
        """The entities in the right form."""
        return [entity for entity in self.entities if entity.is_sound]


def read(files: Iterable[File]) -> Reading:
    """Read files and check every document."""
    reading = Reading([], [])
    seen: dict[str, Entity] = {}
    for file in files:
        found: list[Finding] = []
        for node in documents(file.content, file=file.name, report=found.append):
            report = Report(file.name, node)
            check(node, report)
            is_sound = not any(finding.is_error for finding in report.findings)
            entity = named(file.name, node, is_sound=is_sound)
            if entity is not None:
                first = seen.setdefault(str(entity.reference), entity)
                if first is entity:
                    reading.entities.append(entity)
                else:
                    _refuse_second(first, entity, report)
            found += report.findings
        reading.findings.extend(sorted(found))
    return reading


def _refuse_second(first: Entity, entity: Entity, report: Report) -> None:
    report.refuse(
        ("metadata", "name"),
        f"{entity.kind} {entity.name} is described twice, first in {first.file} on line"
        f" {first.line}.",
        "Keep one of them, or give it another name.",
    )
