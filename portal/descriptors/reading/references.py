"""References to entities: `[kind:][namespace/]name`."""

import re
from dataclasses import dataclass

DEFAULT_NAMESPACE = "default"

_FORM = re.compile(r"(?:([^:/\s]+):)?(?:([^:/\s]+)/)?([^:/\s]+)")


class ReferenceError(ValueError):  # noqa: A001
    """The text refers to nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is referred to, as it is written; two are the same whatever their case."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}".lower()


def parse(text: object, *, kind: str = "", namespace: str = DEFAULT_NAMESPACE) -> Reference:
    """Return what a text refers to; what it leaves out is as given.

    Raises:
        ReferenceError: when it is of another form, or tells no kind where none is given.
    """
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ReferenceError("A reference has the form [kind:][namespace/]name.")
    if not (match[1] or kind):
        raise ReferenceError("The reference tells no kind, such as component: before the name.")
    return Reference(match[1] or kind, match[2] or namespace, match[3])
