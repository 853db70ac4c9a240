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
    """The entities in the right form, and the findings in the order of the files."""

    entities: list[Entity]
    findings: list[Finding]

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep the files from being applied."""
        return [finding for finding in self.findings if finding.is_error]


def read(files: Iterable[File]) -> Reading:
    """Read files; a document with an error gives no entity."""
    reading = Reading([], [])
    seen: dict[str, Entity] = {}
    for file in files:
        found: list[Finding] = []
        for node in documents(file.content, file=file.name, report=found.append):
            report = Report(file.name, node)
            check(node, report)
            found += report.findings
            if any(finding.is_error for finding in report.findings):
                continue
            entity = named(file.name, node)
            if entity is None:
                continue
            first = seen.setdefault(str(entity.reference), entity)
            if first is not entity:
                report = Report(file.name, node)
                report.refuse(
                    ("metadata", "name"),
                    f"{entity.kind} {entity.name} is described twice,"
                    f" first in {first.file} on line {first.line}.",
                    "Keep one of them, or give it another name.",
                )
                found += report.findings
                continue
            reading.entities.append(entity)
        reading.findings.extend(sorted(found))
    return reading
