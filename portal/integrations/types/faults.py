"""What is wrong with something that was sent: where, what, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `pointer` is a JSON pointer (RFC 6901), empty for the whole, or the name of a header.
    """

    pointer: str
    detail: str
    mend: str

    def under(self, prefix: str) -> "Fault":
        """Return the same fault of a part, as seen from the whole."""
        return Fault(prefix + self.pointer, self.detail, self.mend)

    @property
    def header(self) -> str:
        """The header that it is about, for what was not in the body."""
        return self.pointer if self.pointer[:1] not in {"", "/"} else ""


class FaultyError(ValueError):
    """What was sent cannot be accepted; `faults` says why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(fault.detail for fault in faults))
        self.faults = faults


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer along these steps."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def sentence(faults: Iterable[Fault]) -> str:
    """Return the faults in words, for a person."""
    return " ".join(
        f"{fault.pointer + ': ' if fault.pointer else ''}{fault.detail} {fault.mend}"
        for fault in faults
    )
