"""Calls of the services of the audit trail."""

import tempfile
from pathlib import Path

from portal.audit.adapters.keys import KeyFolder
from portal.audit.services.sequencing import rotate_key, sequence
from tests.audit.scene import told
from tests.conftest import NOW


def log():
    keys = KeyFolder(Path(tempfile.mkdtemp()) / "keys")
    told(1)
    sequence(now=NOW, keys=keys)
    return {"keys": keys, "actor": "command:test"}


def overlapping():
    arguments = log()
    rotate_key(now=NOW, **arguments)
    return arguments


CALLS = {
    "portal.audit.services.recording.record_export": lambda world: {
        "rows": 3,
        "filters": "subject=checkout",
        "actor": world.audrey,
    },
    "portal.audit.services.sequencing.rotate_key": lambda _world: log(),
    "portal.audit.services.sequencing.retire_keys": lambda _world: overlapping(),
    "portal.audit.services.sequencing.begin_new_log": lambda _world: log() | {"reason": "A test."},
}
