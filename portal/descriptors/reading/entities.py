"""Entities: documents that name a kind and themselves, with the place of everything they tell."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.descriptors.reading.findings import Finding
from portal.descriptors.reading.nodes import Node, Path, plain, pointer, within
from portal.descriptors.reading.references import DEFAULT_NAMESPACE, Reference


@dataclass(slots=True)
class Report:
    """Gathers findings about one document; `refuse` is for errors, `note` for the rest."""

    file: str
    root: Node
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, path: Path, problem: str, mend: str = "", *, rule: str = "") -> None:
        """Report an error at the node of a path, or at the nearest one above it."""
        self._add(path, problem, mend, is_error=True, rule=rule)

    def note(self, path: Path, problem: str, mend: str = "") -> None:
        """Report what is no error."""
        self._add(path, problem, mend, is_error=False, rule="")

    def _add(self, path: Path, problem: str, mend: str, *, is_error: bool, rule: str) -> None:
        *_, node = within(self.root, path)
        self.findings.append(
            Finding(
                self.file, node.line, node.column, pointer(path), problem, mend, is_error, rule
            )
        )


@dataclass(frozen=True, slots=True)
class Entity:
    """A document that names its kind and itself; it is sound when nothing in it is wrong."""

    file: str
    node: Node
    kind: str
    namespace: str
    name: str
    is_sound: bool = True

    @property
    def reference(self) -> Reference:
        """What others call it."""
        return Reference(self.kind, self.namespace, self.name)

    @property
    def line(self) -> int:
        """The line on which it begins."""
        return self.node.line

    def text(self, *path: str) -> str | None:
        """Return the text at a path, or None where there is none."""
        value = self._value(path)
        return value if isinstance(value, str) else None

    def texts(self, *path: str) -> list[str] | None:
        """Return the list of texts at a path, or None where there is none."""
        value = self._value(path)
        return (
            [each for item in value if isinstance(each := item.value, str)]
            if isinstance(value, list)
            else None
        )

    def mapping(self, *path: str) -> dict[str, str]:
        """Return the texts by key at a path."""
        value = self._value(path)
        found = value.items() if isinstance(value, dict) else ()
        return {key: each.value for key, each in found if isinstance(each.value, str)}

    def mappings(self, *path: str) -> Iterator[dict[str, object]]:
        """Yield the mappings of the list at a path."""
        value = self._value(path)
        for item in value if isinstance(value, list) else ():
            told = plain(item)
            if isinstance(told, dict):
                yield dict(told)

    def _value(self, path: tuple[str, ...]) -> object:
        nodes = list(within(self.node, path))
        return nodes[-1].value if len(nodes) == len(path) + 1 else None


def named(file: str, node: Node, *, is_sound: bool) -> Entity | None:
    """Return the entity that a checked document is, if it says which."""
    bare = Entity(file, node, "", "", "")
    kind, name = bare.text("kind"), bare.text("metadata", "name")
    if kind is None or name is None:
        return None
    namespace = bare.text("metadata", "namespace") or DEFAULT_NAMESPACE
    return Entity(file, node, kind, namespace, name, is_sound)
