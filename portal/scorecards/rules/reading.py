"""Definitions from YAML and back: strict, and with all that is wrong told at once.

Only what a definition needs of YAML is let in: no anchors, aliases or tags, no keys twice, one
document of at most 64 KB and a few levels deep.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml

from portal.scorecards.rules.checks import CheckType, Mend
from portal.scorecards.rules.definitions import Definition, Filter, Rule
from portal.scorecards.rules.parameters import ParameterError
from portal.scorecards.rules.registry import CHECKS

LONGEST_TEXT = 64 * 1024
DEEPEST = 10
MOST_LEVELS, MOST_RULES = 6, 60
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_PLACEHOLDER = re.compile(r"\{(?!application\}|owner\})")
LIFECYCLES = ("experimental", "production", "deprecated")
DATA_CLASSES = ("pci", "personal", "health", "financial", "confidential")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a text: the line, from 1, the path there, what it is and how to mend it."""

    line: int
    path: str
    message: str
    mend: str


class DefinitionError(ValueError):
    """A text is no definition; `problems` are all that is wrong with it, in order of lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems)


def read_definition(text: str) -> Definition:
    """Return the definition that a text holds.

    Raises:
        DefinitionError: with everything that is wrong with it.
    """
    reader = _Reader()
    root = _compose(text)
    definition = reader.definition(root)
    if reader.problems:
        raise DefinitionError(reader.problems)
    return definition


def _refuse(line: int, message: str, mend: str) -> DefinitionError:
    return DefinitionError([Problem(line, "", message, mend)])


def _compose(text: str) -> yaml.Node:
    """Return the one document of a text as nodes with their places."""
    if len(text.encode(errors="replace")) > LONGEST_TEXT:
        raise _refuse(1, "This is longer than 64 KB.", "Split it into several scorecards.")
    try:
        _look_through(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refuse(
            mark.line + 1 if mark else 1,
            f"This is not YAML: {error.problem or error.context}.",
            "Look at the indentation, colons and quotes of this line and the one above.",
        ) from error
    except yaml.YAMLError as error:
        raise _refuse(
            1, "There is a character that YAML cannot hold.", "Remove control characters."
        ) from error
    if root is None:
        raise _refuse(1, "There is nothing here.", "Begin with “scorecard: its-name”.")
    return root


def _look_through(text: str) -> None:
    """Refuse what a definition never needs before anything is built from it."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if documents > 1:
            raise _refuse(line, "A second document begins here.", "Keep one scorecard to a text.")
        if depth > DEEPEST:
            raise _refuse(line, "This is nested too deeply.", "Levels and rules are flat lists.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refuse(line, "Anchors and aliases are not read.", "Write the value out again.")
        if getattr(event, "tag", None):
            raise _refuse(line, "Tags such as !!str are not read.", "Quote the text instead.")


class _Reader:
    """Walks the nodes and remembers everything that is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def note(self, node: yaml.Node, path: str, message: str, mend: str) -> None:
        self.problems.append(Problem(node.start_mark.line + 1, path, message, mend))

    # --- The parts of a definition ---

    def definition(self, root: yaml.Node) -> Definition:
        required = ("scorecard", "title", "why", "levels", "rules")
        fields = self.mapping(root, "", required=required, optional=("applies_to",))
        levels = self.levels(fields.get("levels"))
        definition = Definition(
            slug=self.slug(fields.get("scorecard"), "scorecard"),
            title=self.text(fields.get("title"), "title", longest=80),
            why=self.text(fields.get("why"), "why", longest=1000),
            levels=levels,
            rules=self.rules(fields.get("rules"), levels),
            applies_to=self.filter(fields.get("applies_to"), "applies_to"),
        )
        if fields.get("levels") and fields.get("rules") and not self.problems:
            for rank, name in enumerate(levels, start=1):
                if not any(rule.level == rank for rule in definition.rules):
                    self.note(
                        fields["levels"],
                        f"levels[{rank - 1}]",
                        f"No rule asks for {name}, so everybody would have it.",
                        f"Give {name} a rule, or remove the level.",
                    )
        return definition

    def levels(self, node: yaml.Node | None) -> list[str]:
        names: list[str] = []
        for path, item in self.sequence(node, "levels", most=MOST_LEVELS):
            name = self.text(item, path, longest=20)
            if name in names:
                self.note(item, path, f"The level {name} is there twice.", "Remove one of them.")
            names.append(name)
        return names

    def rules(self, node: yaml.Node | None, levels: Sequence[str]) -> list[Rule]:
        found: dict[str, int] = {}
        rules = []
        for path, item in self.sequence(node, "rules", most=MOST_RULES):
            rule = self.rule(item, path, levels)
            line = item.start_mark.line + 1
            if rule.key and rule.key in found:
                self.note(
                    item,
                    f"{path}.id",
                    f"The id {rule.key} is taken by the rule in line {found[rule.key]}.",
                    "Give each rule an id of its own; it names the rule in the history.",
                )
            found.setdefault(rule.key, line)
            rules.append(rule)
        return rules

    def rule(self, node: yaml.Node, path: str, levels: Sequence[str]) -> Rule:
        fields = self.mapping(
            node,
            path,
            required=("id", "level", "why", "check"),
            optional=("title", "with", "fails", "mend", "only"),
        )
        check = self.check(fields.get("check"), f"{path}.check")
        level = self.choice(fields.get("level"), f"{path}.level", levels, "level")
        parameters = self.parameters(fields.get("with"), f"{path}.with", check, node)
        return Rule(
            key=self.slug(fields.get("id"), f"{path}.id"),
            level=levels.index(level) + 1 if level in levels else 0,
            title=self.text(fields.get("title"), f"{path}.title", longest=80)
            or (check.title if check else ""),
            why=self.text(fields.get("why"), f"{path}.why", longest=500),
            check=check or next(iter(CHECKS.values())),
            parameters=parameters,
            fails=self.text(fields.get("fails"), f"{path}.fails", longest=300),
            mend=self.mend(fields.get("mend"), f"{path}.mend", check),
            only=self.filter(fields.get("only"), f"{path}.only"),
        )

    def check(self, node: yaml.Node | None, path: str) -> CheckType | None:
        return CHECKS.get(self.choice(node, path, tuple(CHECKS), "check"))

    def parameters(
        self, node: yaml.Node | None, path: str, check: CheckType | None, rule: yaml.Node
    ) -> dict[str, Any]:
        if check is None:
            return {}
        known = {one.name: one for one in check.parameters}
        values = {one.name: one.default for one in check.parameters}
        required = tuple(one.name for one in check.parameters if one.is_required)
        if node is None:
            for name in required:
                mend = f"Add “with: {{{name}: …}}” to the rule."
                self.note(rule, path, f"{check.key} needs {name}.", mend)
            return values
        if not known:
            self.note(node, path, f"{check.key} takes no values.", "Remove “with”.")
            return values
        for name, item in self.mapping(
            node, path, required=required, optional=tuple(known)
        ).items():
            try:
                values[name] = known[name].read(self.scalar(item))
            except ParameterError as error:
                self.note(item, f"{path}.{name}", "This is no such value.", str(error))
        return values

    def mend(self, node: yaml.Node | None, path: str, check: CheckType | None) -> Mend:
        given = check.mend if check else Mend("", "")
        if node is None:
            return given
        fields = self.mapping(node, path, required=("text", "url"))
        url = self.text(fields.get("url"), f"{path}.url", longest=500)
        is_path = url.startswith("/") and not url.startswith("//")
        if url and not (is_path or url.startswith(("https://", "http://"))):
            self.note(
                fields["url"],
                f"{path}.url",
                "This is no address.",
                "Begin with https:// or with / for a page of the portal.",
            )
        if _PLACEHOLDER.search(url):
            self.note(
                fields["url"],
                f"{path}.url",
                "An address holds {application} and {owner} only.",
                "Write {application} where the application's short name belongs.",
            )
        return Mend(self.text(fields.get("text"), f"{path}.text", longest=60), url)

    def filter(self, node: yaml.Node | None, path: str) -> Filter:
        if node is None:
            return Filter()
        fields = self.mapping(
            node, path, required=(), optional=("tier", "lifecycle", "data", "tags")
        )
        return Filter(
            tiers=frozenset(
                value
                for one, item in self.sequence(fields.get("tier"), f"{path}.tier", most=4)
                if (value := self.tier(item, one))
            ),
            lifecycles=frozenset(
                one.upper() for one in self.choices(fields, path, "lifecycle", LIFECYCLES)
            ),
            data_classes=frozenset(self.choices(fields, path, "data", DATA_CLASSES)),
            tags=frozenset(
                self.text(item, one, longest=63)
                for one, item in self.sequence(fields.get("tags"), f"{path}.tags", most=20)
            ),
        )

    def tier(self, node: yaml.Node, path: str) -> int:
        value = self.scalar(node)
        if value in {1, 2, 3, 4} and not isinstance(value, bool):
            return int(value)
        self.note(node, path, "There is no such tier.", "Write 1, 2, 3 or 4.")
        return 0

    def choices(
        self, fields: Mapping[str, yaml.Node], path: str, name: str, known: Sequence[str]
    ) -> list[str]:
        return [
            self.choice(item, one, known, name)
            for one, item in self.sequence(fields.get(name), f"{path}.{name}", most=len(known))
        ]

    # --- The kinds of values ---

    def mapping(
        self,
        node: yaml.Node,
        path: str,
        *,
        required: Sequence[str],
        optional: Sequence[str] = (),
    ) -> dict[str, yaml.Node]:
        """Return the values by their keys, having noted keys that are missing, twice or unknown."""
        if not isinstance(node, yaml.MappingNode):
            self.note(node, path, "Names with values belong here.", _example(required, optional))
            return {}
        known = dict.fromkeys((*required, *optional))
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            where = f"{path}.{name}".strip(".")
            if name not in known:
                self.note(key, where, f"“{name}” is not known here.", _did_you_mean(name, known))
            elif name in found:
                self.note(key, where, f"“{name}” is there twice.", "Keep one of them.")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.note(
                    node, f"{path}.{name}".strip("."), f"“{name}” is missing.", f"Add “{name}: …”."
                )
        return found

    def sequence(
        self, node: yaml.Node | None, path: str, *, most: int
    ) -> Iterable[tuple[str, yaml.Node]]:
        """Return the items of a list with their paths, having noted an empty or too long one."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.note(node, path, "A list belongs here.", "Write [one, another].")
            return []
        if len(node.value) > most:
            self.note(node, path, f"These are more than {most}.", "Leave some out.")
            return []
        return [(f"{path}[{place}]", item) for place, item in enumerate(node.value)]

    def text(self, node: yaml.Node | None, path: str, *, longest: int) -> str:
        """Return a text, empty when it is left out, having noted what is none or too long."""
        if node is None:
            return ""
        value = self.scalar(node)
        if not isinstance(value, str) or not value.strip():
            self.note(node, path, "A text belongs here.", "Write words, in quotes if need be.")
            return ""
        if len(value) > longest or "\x00" in value:
            self.note(node, path, f"This text is longer than {longest} characters.", "Shorten it.")
        return " ".join(value.split())

    def slug(self, node: yaml.Node | None, path: str) -> str:
        value = self.text(node, path, longest=60)
        if value and node is not None and not _SLUG.match(value):
            self.note(
                node,
                path,
                f"“{value}” is no short name.",
                "Use lower-case letters, digits and single hyphens, such as has-owner.",
            )
        return value

    def choice(self, node: yaml.Node | None, path: str, known: Sequence[str], noun: str) -> str:
        value = self.text(node, path, longest=60)
        if value and node is not None and value not in known:
            self.note(node, path, f"There is no {noun} “{value}”.", _did_you_mean(value, known))
            return ""
        return value

    @staticmethod
    def scalar(node: yaml.Node) -> Any:
        """Return a plain value: a number, a truth, a text, or None for anything else."""
        if not isinstance(node, yaml.ScalarNode):
            return None
        convert = _SCALARS.get(node.tag)
        try:
            return convert(node.value) if convert else None
        except ValueError:
            return None


_SCALARS: Mapping[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
}


def _did_you_mean(value: str, known: Iterable[str]) -> str:
    known = list(known)
    near = get_close_matches(value, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known are: {', '.join(known)}." if known else "Nothing is known here."


def _example(required: Sequence[str], optional: Sequence[str]) -> str:
    names = (*required, *optional)
    return f"Write “{names[0]}: …”." if names else "Write “name: …”."
