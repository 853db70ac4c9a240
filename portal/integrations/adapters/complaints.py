"""What git complains of, in words that say how to mend it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from portal.integrations.adapters.process import GitError
from portal.integrations.adapters.sources import SourceError


class _Explanation(NamedTuple):
    """What git says, one complaint a line, and what people are told."""

    complaints: str
    mend: str

    def fits(self, text: str) -> bool:
        return any(re.search(line.strip(), text) for line in self.complaints.strip().splitlines())


# The first that fits counts.
_EXPLANATIONS: Sequence[_Explanation] = [
    _Explanation(
        r"""
        not appear to be a git repository
        invalid gitfile format
        not a git repository
        does not look like a .* bundle
        unrecognized header
        """,
        "There is no git repository at that place. Name a repository or a .bundle file.",
    ),
    _Explanation(
        "lacks these prerequisite commits",
        "The bundle holds only a part of the history. Make it with: git bundle create FILE --all.",
    ),
    _Explanation(
        r"""
        early EOF
        index-pack (died|failed)
        pack-objects died
        pack is corrupted
        pack has bad object
        bad pack header
        premature end of pack
        inflate
        loose object
        bad (tree )?object
        unable to (read|parse)
        Could not read [0-9a-f]{40}
        revision walk setup failed
        did not send all necessary objects
        not our ref
        """,
        "The repository is incomplete or damaged. Check it with git fsck, or copy it again.",
    ),
    _Explanation(
        "transport '.*' not allowed",
        "The server may not use that protocol. Choose a path, https:// or ssh://.",
    ),
    _Explanation(
        r"""
        Could not resolve host
        Name or service not known
        """,
        "The host of the address is unknown. Check its spelling.",
    ),
    _Explanation(
        r"""
        Connection (refused|reset|timed out)
        Operation timed out
        Failed to connect
        No route to host
        Network is unreachable
        """,
        "The host of the address does not answer. Check the address and the firewall.",
    ),
    _Explanation(
        r"""
        could not read (Username|Password)
        Authentication failed
        terminal prompts
        Permission denied \(
        returned error: 40[13]
        Host key verification failed
        """,
        "The host does not let the server in. Give it a key for ssh://, or clone the repository"
        " on the server and import its path.",
    ),
    _Explanation(
        r"""
        [Rr]epository .*not found
        returned error: 404
        """,
        "There is no repository at that address. Check its spelling.",
    ),
    _Explanation(
        r"""
        unable to update url base from redirection
        returned error: 30[1278]
        """,
        "The address leads to another one. Use the one it leads to.",
    ),
    _Explanation(
        "certificate", "The certificate of the host is not trusted. Install its authority."
    ),
    _Explanation(
        "[Pp]ermission denied", "The server may not read that path. Give its user the right to."
    ),
    _Explanation("No space left|Disk quota", "The disk of the server is full. Make room."),
    _Explanation(
        "[Pp]athspec|outside repository",
        "The path filter is not valid. Use paths such as svc/** as git understands them.",
    ),
]


def explained(error: GitError) -> SourceError:
    """Return the error that people are shown for what git said."""
    for explanation in _EXPLANATIONS:
        if explanation.fits(error.text):
            return SourceError(explanation.mend)
    said = [line.strip() for line in error.text.splitlines() if line.strip()]
    worst = [line for line in said if line.startswith(("fatal:", "error:"))] or said
    return SourceError(f"git cannot read the repository. It says: {' '.join(worst[:1]) or '?'}")
