"""From the bytes of a file to the nodes of its documents, within bounds and with every error.

Tags, merge keys and recursion are refused, aliases only repeat a little. Each document is parsed by
itself, so that a slip in one hides no error of the others: `---` at the start of a line begins a
document whatever stands before it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import yaml

from portal.descriptors.reading.findings import Finding, short
from portal.descriptors.reading.nodes import Node, resolve

MOST_BYTES = 16 * 1024 * 1024
MOST_DOCUMENTS = 50_000
MOST_NODES = 20_000
MOST_REPEATED = 1_000
DEEPEST = 30

Report = Callable[[Finding], None]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DOCUMENT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class _StopError(Exception):
    """The rest of the document is not read."""


def documents(content: bytes | str, *, file: str, report: Report) -> Iterator[Node]:
    """Yield the documents of a file that hold anything, and report every error of the others."""
    text = _decoded(content, file, report)
    if text is None:
        return
    starts = [0, *(match.start() for match in _DOCUMENT.finditer(text))]
    if len(starts) > MOST_DOCUMENTS + 1:
        report(
            Finding(
                file,
                1,
                1,
                "",
                f"The file has {len(starts) - 1:,} documents; at most {MOST_DOCUMENTS:,} are read.",
                "Split it into several files.",
            )
        )
        return
    line = 1
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        if part.startswith("%") and not _is_preamble(part):
            problem = "Directives other than %YAML are not allowed."
            report(Finding(file, line, 1, "", problem, "Leave the line out."))
        elif not _is_preamble(part):
            yield from _Parser(part, file, line, report).documents()
        line += part.count("\n")


def _decoded(content: bytes | str, file: str, report: Report) -> str | None:
    """Return the text, or report why it is none."""

    def refuse(line: int, column: int, problem: str, mend: str) -> None:
        report(Finding(file, line, column, "", problem, mend))

    if len(content) > MOST_BYTES:
        refuse(
            1,
            1,
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.",
            "Split it into several files.",
        )
        return None
    if isinstance(content, bytes):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            refuse(
                before.count(b"\n") + 1,
                error.start - before.rfind(b"\n"),
                f"The byte 0x{content[error.start]:02x} is not valid UTF-8.",
                "Save the file with the encoding UTF-8.",
            )
            return None
    else:
        text = content.removeprefix("\ufeff")
    if match := _CONTROL.search(text):
        before_it = text[: match.start()]
        refuse(
            before_it.count("\n") + 1,
            match.start() - before_it.rfind("\n"),
            f"There is a control character (U+{ord(match[0]):04X}).",
            "Remove it: YAML allows none but tab and line break.",
        )
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_preamble(part: str) -> bool:
    """Return whether a part holds nothing but comments and the YAML directive."""
    return all(
        not line.strip() or line.lstrip().startswith("#") or line.startswith("%YAML")
        for line in part.split("\n")
    )


class _Parser:
    """Builds the nodes of one document from the events of the parser."""

    def __init__(self, part: str, file: str, first_line: int, report: Report) -> None:
        self._part, self._file, self._report = part, file, report
        self._offset = first_line
        self._anchors: dict[str, Node | None] = {}
        self._nodes, self._repeated = 0, 0

    def documents(self) -> Iterator[Node]:
        """Yield each document; usually there is one."""
        try:
            self._events = iter(yaml.parse(self._part, Loader=_LOADER))
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    self._anchors.clear()
                    node = self._node(next(self._events), 0)
                    if node.value is not None:
                        yield node
        except yaml.MarkedYAMLError as error:
            self._explain(error)
        except _StopError:
            return

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._repeat(event)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._stop(event, f"The document has more than {MOST_NODES:,} values.", "Split it.")
        if depth > DEEPEST:
            self._stop(
                event, f"The document is nested deeper than {DEEPEST} levels.", "Make it flatter."
            )
        if event.tag is not None and event.tag != "!":
            self._tell(
                event,
                f"Tags such as {short(event.tag)} are not allowed.",
                "Leave the tag out; quote a value that is to be a text.",
            )
        mark = event.start_mark
        node = Node(None, mark.line + self._offset, mark.column + 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node.text = event.value
            node.value = resolve(event.value) if event.implicit[0] else event.value
            if "\0" in event.value:
                self._tell(event, "The value contains a NUL character.", "Remove it.")
        elif isinstance(event, yaml.SequenceStartEvent):
            node.value = list(self._items(node, depth))
        else:
            node.value = self._pairs(node, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, node: Node, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            item = self._node(event, depth + 1)
            node.size += item.size
            yield item

    def _pairs(self, node: Node, depth: int) -> dict[str, Node]:
        pairs: dict[str, Node] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            node.size += key.size + value.size
            if isinstance(key.value, dict | list):
                self._tell(event, "A key cannot be a list or a mapping.", "Use a plain word.")
            elif key.text == "<<":
                self._tell(event, "Merge keys (<<) are not allowed.", "Write the fields out.")
            elif key.text in pairs:
                first = pairs[key.text].line
                self._tell(
                    event,
                    f"The key {short(key.text)} is there twice, first on line {first}.",
                    "Keep one of them.",
                )
            else:
                pairs[key.text] = value
        return pairs

    def _repeat(self, event: Any) -> Node:
        known = self._anchors.get(event.anchor)
        if known is None:
            within = event.anchor in self._anchors
            self._stop(
                event,
                f"The alias *{short(event.anchor)} "
                + ("stands within what it repeats." if within else "repeats nothing."),
                "Write the value out.",
            )
        self._repeated += known.size
        if self._repeated > MOST_REPEATED:
            self._stop(
                event,
                f"Aliases repeat more than {MOST_REPEATED:,} values.",
                "Write the values out; aliases of aliases grow without limit.",
            )
        return known

    # --- Errors ---------------------------------------------------------------------------------

    def _tell(self, event: Any, problem: str, mend: str) -> None:
        mark = event.start_mark
        self._report(
            Finding(self._file, mark.line + self._offset, mark.column + 1, "", problem, mend)
        )

    def _stop(self, event: Any, problem: str, mend: str) -> NoReturn:
        self._tell(event, problem, mend)
        raise _StopError

    def _explain(self, error: yaml.MarkedYAMLError) -> None:
        said = " ".join(filter(None, (error.context, error.problem)))
        mark = error.problem_mark or error.context_mark
        if "end of stream" in said or "document indicator" in said:
            # Where it began tells more than where the document ended.
            mark = error.context_mark or mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        lines = self._part.split("\n")
        here = lines[line][column : column + 1] if line < len(lines) else ""
        begun = (error.context_mark or mark).line + self._offset if mark else self._offset
        problem, mend = _explanation(said, here, begun)
        self._report(Finding(self._file, line + self._offset, column + 1, "", problem, mend))


_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "unknown escape",
        "Within double quotes a backslash begins an escape, and this is none.",
        "Use single quotes, or write \\\\.",
    ),
    (
        "quoted scalar",
        "The quote that begins on line {begun} is not closed.",
        "Close it, or leave both quotes out.",
    ),
    (
        "flow",
        "The bracket or brace of line {begun} is not closed here.",
        "Add the missing , or the closing one.",
    ),
    (
        "mapping values are not allowed",
        "There is a second colon where none can be.",
        "Quote a value that contains a colon and a space; else indent the line like its neighbours.",
    ),
    (
        "could not find expected ':'",
        "A key of line {begun} has no colon.",
        "Write key: value, with a space after the colon.",
    ),
    (
        "did not find expected key",
        "The line is not indented like the others of the block of line {begun}.",
        "Indent it like its neighbours, with spaces.",
    ),
    (
        "did not find expected '-' indicator",
        "The line is not an item of the list of line {begun}.",
        "Start items with a hyphen and a space, all indented alike.",
    ),
    (
        "block sequence entries are not allowed",
        "A list cannot begin here.",
        "Put its first hyphen on a line of its own, below the key.",
    ),
    ("tag", "Tags are not allowed.", "Leave the tag out."),
    (
        "document start",
        "Something stands where a document should begin.",
        "Separate documents by a line with ---.",
    ),
)


def _explanation(said: str, here: str, begun: int) -> tuple[str, str]:
    if here == "\t":
        return "A tab cannot indent YAML.", "Use spaces."
    if "cannot start any token" in said:
        return (
            f"A value cannot start with {here or 'this'}.",
            f"Quote it: '{here}...'." if here else "Quote it.",
        )
    for sign, problem, mend in _EXPLANATIONS:
        if sign in said:
            return problem.format(begun=begun), mend
    return f"This is not YAML: {said[:200]}.", "Look at this line and the one before it."
