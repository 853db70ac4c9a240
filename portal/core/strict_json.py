"""JSON as machines should send it: one meaning, and only what PostgreSQL can keep.

Python's own reader takes the last of two equal names, NaN, infinity, NUL and lone surrogates. Each
of these is refused here, with where it is and how to mend it.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

DEEPEST = 40


class JsonError(ValueError):
    """The bytes are not JSON that may be taken.

    `pointer` is the place as a JSON pointer in a fragment (`#/links/0/url`), empty when it is not
    known; `mend` says what to do.
    """

    def __init__(self, detail: str, *, mend: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.mend = mend
        self.pointer = pointer


def read_json(body: bytes) -> Any:
    """Return the value that the bytes hold.

    Raises:
        JsonError: they are not UTF-8 or JSON, or hold what has no single meaning.
    """
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_not_a_number,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        raise JsonError(
            f"Byte {error.start} is not UTF-8.", mend="Encode the body as UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise JsonError(
            f"This is not JSON, at line {error.lineno}, column {error.colno}: {error.msg}.",
            mend="Correct the syntax there.",
        ) from error
    except RecursionError as error:
        raise _too_deep("") from error
    except JsonError:
        raise
    except ValueError as error:  # an integer with more digits than Python converts
        raise JsonError("A number has too many digits.", mend="Write it as text.") from error
    for place, text in _texts(value):
        _check_text(place, text)
    return value


def pointer(*path: str | int) -> str:
    """Return a place in a document as a JSON pointer in a fragment (RFC 6901)."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, number in counts.items() if number > 1)
        raise JsonError(
            f"The name {json.dumps(twice)} is there twice in one object.", mend="Keep one of them."
        )
    return found


def _not_a_number(word: str) -> NoReturn:
    raise JsonError(f"{word} is not JSON.", mend="Use null where there is no number.")


def _number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonError("A number is too large.", mend="Write it as text.")
    return number


def _too_deep(place: str) -> JsonError:
    return JsonError(
        f"Objects and lists are nested more than {DEEPEST} deep.",
        mend="Send a flatter document.",
        pointer=place,
    )


def _texts(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every name and text with its path, without recursion; fail on what is too deep."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while todo:
        path, one = todo.pop()
        if len(path) > DEEPEST:
            raise _too_deep(pointer(*path[:DEEPEST]))
        match one:
            case str():
                yield path, one
            case dict():
                yield from ((path, name) for name in one)
                todo.extend(((*path, name), inner) for name, inner in one.items())
            case list():
                todo.extend(((*path, number), inner) for number, inner in enumerate(one))


def _check_text(path: tuple[str | int, ...], text: str) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text:
        raise JsonError("A text holds a NUL.", mend="Leave it out.", pointer=_safe(path))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise JsonError(
            "A text holds half of a surrogate pair.",
            mend="Send the whole character, or leave it out.",
            pointer=_safe(path),
        ) from error


def _safe(path: tuple[str | int, ...]) -> str:
    return pointer(*path).replace("\0", "\\0").encode(errors="replace").decode()
