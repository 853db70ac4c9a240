"""Strict JSON: bytes to a value and back, refusing what readers understand in different ways."""

import json
from typing import NoReturn

from portal.integrations.types.faults import Fault, FaultyError
from portal.integrations.types.shapes import Json

MOST_DEPTH = 32


class _DuplicateKeyError(ValueError):
    """An object has a key twice."""


def read_json(raw: bytes) -> Json:
    """Return the value that the bytes write.

    Raises:
        FaultyError: they are not UTF-8 or not JSON, or an object has a key twice.
    """
    try:
        written = raw.decode()
    except UnicodeDecodeError as error:
        raise FaultyError(
            Fault("", f"Byte {error.start + 1} is not UTF-8.", "Send JSON in UTF-8.")
        ) from error
    try:
        value: Json = _DECODER.decode(written)
    except _DuplicateKeyError as error:
        raise FaultyError(
            Fault("", f"The key “{error}” is twice in one object.", "Send every key once.")
        ) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise FaultyError(
            Fault("", f"This is not JSON: {error.msg} at {where}.", "Mend the JSON there.")
        ) from error
    except RecursionError as error:
        raise FaultyError(_TOO_DEEP) from error
    except ValueError as error:  # NaN and its like, and integers of thousands of digits
        raise FaultyError(
            Fault(
                "", "A number in it cannot be used.", "Send numbers as JSON has them (RFC 8259)."
            )
        ) from error
    return value


def canonical(value: Json) -> bytes:
    """Return the bytes that write a value: the same for the same, whatever the order of keys.

    Raises:
        FaultyError: it is nested too deeply, or has text or a number that cannot be stored.
    """
    try:
        body = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
        ).encode()
    except UnicodeEncodeError as error:
        raise FaultyError(
            Fault("", "A text has half a surrogate pair.", "Send whole characters.")
        ) from error
    except ValueError as error:
        raise FaultyError(
            Fault("", "A number is too large.", "Send it as a text, or leave it out.")
        ) from error
    except RecursionError as error:
        raise FaultyError(_TOO_DEEP) from error
    # Both are bounds that cost nothing; only what comes near them is looked at closely.
    if b"\\u0000" in body and _has_nul(value):
        raise FaultyError(Fault("", "A text has a NUL character.", "Send texts without it."))
    if body.count(b"{") + body.count(b"[") > MOST_DEPTH and _depth(value) > MOST_DEPTH:
        raise FaultyError(_TOO_DEEP)
    return body


_TOO_DEEP = Fault(
    "", "It is nested too deeply.", f"Send at most {MOST_DEPTH} levels of objects and lists."
)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key[:100])
            seen.add(key)
    return found


def _constant(written: str) -> NoReturn:
    raise ValueError(written)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)


def _has_nul(value: Json) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)


def _depth(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(item) for item in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(item) for item in value), default=0)
    return 0
