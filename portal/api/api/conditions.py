"""Conditional requests (RFC 9110): an ETag on what is read, and no update of what has changed.

An ETag is the digest of an object's shape, so it needs no column and covers whatever is shown.
An update locks the object first, compares, and changes it in the same transaction (ADR 0008).
"""

from hashlib import sha256
from typing import Any

from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.problems import ProblemError


def etag_of(shape: dict[str, Any]) -> str:
    """Return the strong ETag of an object in the shape in which it is answered."""
    return f'"{sha256(JSONRenderer().render(shape)).hexdigest()[:32]}"'


def answer(request: Request, shape: dict[str, Any], code: int = status.HTTP_200_OK) -> Response:
    """Return an object with its ETag; 304 when the reader has this version of it already."""
    etag = etag_of(shape)
    known = request.headers.get("If-None-Match")
    if request.method == "GET" and known is not None and _fits(etag, known):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
    return Response(shape, status=code, headers={"ETag": etag})


def require_match(request: Request, shape: dict[str, Any]) -> None:
    """Do nothing when the request is about the locked object as it is now.

    Raises:
        ProblemError: it names no version (428), or another one (412).
    """
    named = request.headers.get("If-Match")
    if named is None:
        raise ProblemError(
            428,
            "Say which version you change: read the object, and send its ETag as If-Match. "
            "`If-Match: *` changes whatever is there.",
        )
    etag = etag_of(shape)
    if not _fits(etag, named):
        raise ProblemError(
            412,
            "It has changed since you read it. Read it again, and send your change with its new "
            "ETag as If-Match.",
            headers={"ETag": etag},
        )


def _fits(etag: str, named: str) -> bool:
    # A proxy that compresses makes a tag weak; ours names the state of the object all the same.
    tags = {tag.strip().removeprefix("W/") for tag in named.split(",")}
    return "*" in tags or etag in tags
