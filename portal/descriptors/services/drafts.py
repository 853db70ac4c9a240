"""What would become of files: everything that is wrong with them, or the plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from portal.accounts.policies import Actor
from portal.descriptors.plans.compare import Plan, Source, compare
from portal.descriptors.plans.meaning import interpret
from portal.descriptors.plans.state import Told
from portal.descriptors.reading.entities import Entity
from portal.descriptors.reading.files import File, read
from portal.descriptors.reading.findings import Finding
from portal.descriptors.selectors import state
from portal.descriptors.selectors.rights import rights_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What files tell; the plan is empty as long as there are errors."""

    findings: Sequence[Finding]
    told: Sequence[Told] = ()
    kept: Sequence[Entity] = ()
    plan: Plan = field(default_factory=lambda: Plan(()))

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep the files from being applied."""
        return [finding for finding in self.findings if finding.is_error]

    @property
    def notes(self) -> list[Finding]:
        """The other findings."""
        return [finding for finding in self.findings if not finding.is_error]


def draft_of(files: Iterable[File], actor: Actor | None, source: Source | None = None) -> Draft:
    """Read files and compare them with the catalogue; nothing is changed.

    Without an actor it is the command at the server that asks.
    """
    reading = read(files)
    known = state.known()
    meaning = interpret(reading.entities, known)
    wrong = {(one.file, one.line, one.path) for one in reading.errors}
    more = [one for one in meaning.findings if (one.file, one.line, one.path) not in wrong]
    findings = sorted([*reading.findings, *more])
    draft = Draft(findings, meaning.told, meaning.kept)
    if draft.errors:
        return draft
    return Draft(findings, meaning.told, meaning.kept, plan_of(meaning.told, actor, source))


def plan_of(told: Sequence[Told], actor: Actor | None, source: Source | None = None) -> Plan:
    """Compare what is told with the catalogue as it is now."""
    rights = rights_of(actor, told, state.known())
    return compare(told, state.held(one.key for one in told), source or Source(), rights)
