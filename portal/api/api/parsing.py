"""Reading of bodies: JSON with one meaning, and not too much of it."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from portal.core.problems import Fault, ProblemError
from portal.core.strict_json import JsonError, read_json

LARGEST_BODY = 1024 * 1024


class StrictJsonParser(BaseParser):
    """Reads JSON by `portal.core.strict_json`; what it refuses is a 400 that says where."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise ProblemError(
                413, f"The body has more than {LARGEST_BODY:,} bytes. Send less at once."
            )
        return parsed(body)


def parsed(body: bytes) -> Any:
    """Return the value of a JSON body, for any view.

    Raises:
        ProblemError: it cannot be taken (400); `errors` say where and how to mend it.
    """
    try:
        return read_json(body)
    except JsonError as error:
        fault = Fault(str(error), error.mend, pointer=error.pointer)
        raise ProblemError(400, f"{error} {error.mend}", errors=[fault]) from error
