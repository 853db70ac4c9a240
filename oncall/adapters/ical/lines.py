"""Lines of a calendar, and the components that they make."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

LARGEST = 1024 * 1024  # bytes
BREAKS = re.compile(rb"\r\n|\n|\r")
# How a property begins. A line that does not belongs to the one before: its folding is broken.
BEGINNING = re.compile(rb"[A-Za-z][A-Za-z0-9-]*[;:]")
LINE = re.compile(
    r'(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<parameters>(?:;(?:[^":;]|"[^"]*")*)*):(?P<value>.*)',
    re.DOTALL,
)
# Names of zones by Outlook have colons without quotes: what is after the last colon is the time.
TIMED = re.compile(
    r"(?P<name>DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)(?P<parameters>;.*)?:(?P<value>[^:]*)",
    re.IGNORECASE,
)
ESCAPED = re.compile(r"\\([nN,;:\\\"])")


class Trouble(NamedTuple):
    """What was not understood: the line of the file, and words that say what and what became of it."""

    line: int
    words: str


class Property(NamedTuple):
    """A line in its parts; the name in capitals, the value as written."""

    line: int
    name: str
    parameters: str
    value: str

    def parameter(self, name: str) -> str:
        """Return a parameter without its quotes, or nothing."""
        found = re.search(rf';{name}=("[^"]*"|[^;]*)', self.parameters, re.IGNORECASE)
        return found[1].strip('"').strip() if found else ""

    @property
    def text(self) -> str:
        """The value as people read it."""
        return ESCAPED.sub(
            lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), self.value
        )


@dataclass(slots=True)
class Component:
    """What is between a BEGIN and its END."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)
    is_closed: bool = False

    def all(self, name: str) -> list[Property]:
        """Return the properties of a name."""
        return self.properties.get(name, [])

    def first(self, name: str) -> Property | None:
        """Return the first property of a name."""
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        """Return the text of a property, or nothing."""
        found = self.first(name)
        return found.text.strip() if found else ""


def components(data: bytes, troubles: list[Trouble]) -> Component:
    """Return all components of a file below one, and add what is wrong with its lines."""
    root = Component("", 1)
    open_ = [root]
    for line in properties(data, troubles):
        name = line.value.strip().upper()
        if line.name == "BEGIN":
            open_.append(Component(name, line.line))
            open_[-2].parts.append(open_[-1])
        elif line.name == "END":
            _close(open_, name, line, troubles)
        else:
            open_[-1].properties.setdefault(line.name, []).append(line)
    troubles += [
        Trouble(
            one.line, f"{one.name} is not closed: the file seems to be cut off. It was left out."
        )
        for one in open_[1:]
        if one.name != "VCALENDAR"
    ]
    return root


def _close(open_: list[Component], name: str, line: Property, troubles: list[Trouble]) -> None:
    if name not in [component.name for component in open_[1:]]:
        troubles.append(Trouble(line.line, f"END:{name} closes nothing that is open."))
        return
    while open_[-1].name != name:
        lost = open_.pop()
        troubles.append(Trouble(lost.line, f"{lost.name} is not closed. It was left out."))
    open_.pop().is_closed = True


def properties(data: bytes, troubles: list[Trouble]) -> Iterator[Property]:
    """Yield the lines of a file in their parts, and add those that are none."""
    for number, raw in _unfolded(BREAKS.split(data.removeprefix(b"\xef\xbb\xbf"))):
        line = _decoded(raw)
        found = TIMED.fullmatch(line) or LINE.fullmatch(line)
        if found is None:
            troubles.append(Trouble(number, f"“{line[:60]}” is no property. It was left out."))
            continue
        yield Property(number, found["name"].upper(), found["parameters"] or "", found["value"])


def _unfolded(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield lines with those that continue them, and the number of the first.

    On bytes, since some programs fold within a letter.
    """
    began, parts = 0, list[bytes]()
    for number, line in enumerate(lines, 1):
        if line[:1] in {b" ", b"\t"}:
            parts.append(line[1:])
        elif line.strip() and began and not BEGINNING.match(line):
            parts.append(line)
        elif line.strip():
            if began:
                yield began, b"".join(parts)
            began, parts = number, [line]
    if began:
        yield began, b"".join(parts)


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
