"""Where the source of something lies, from the annotation that Backstage has for it."""

import re
from urllib.parse import urlsplit

SOURCE_LOCATION = "backstage.io/source-location"

_VIEW = re.compile(r"/(?:-/)?(?:tree|blob|src|_git/[^/]+/.*|edit|raw)(?:/.*)?$")


def repository_of(location: str) -> str:
    """Return the address of the repository that a source location lies in, or nothing.

    `url:https://host/group/app/tree/main/folder/` lies in `https://host/group/app`.
    """
    address = location.removeprefix("url:")
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https", "ssh", "git"} or not parts.netloc:
        return ""
    path = _VIEW.sub("", parts.path).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}" if path else ""
