"""What is wrong or worth knowing about a file: where, what, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_QUOTE = 80


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that was found, at a line and column from 1 and a path such as `/spec/owner`.

    `rule` names what we refuse though others accept it. What is not an error is a note.
    """

    file: str
    line: int
    column: int
    path: str
    problem: str
    mend: str = ""
    is_error: bool = True
    rule: str = ""

    @property
    def place(self) -> str:
        """The file and line, as compilers write them."""
        return f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        path = f" {self.path}" if self.path else ""
        word = "" if self.is_error else " note:"
        return f"{self.place}{path}:{word} {self.problem} {self.mend}".rstrip()


def did_you_mean(text: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return a question that offers the nearest known words, or nothing when none is near."""
    words = {word.lower(): word for word in known}
    close = get_close_matches(text.lower(), words, n=3, cutoff=cutoff)
    return f"Did you mean {' or '.join(words[one] for one in close)}?" if close else ""


def short(text: str) -> str:
    """Return a text of the file as it is quoted in a sentence."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"
