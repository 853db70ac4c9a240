"""docs/events.md: its commands run as they stand, its tables are those of the code."""

import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.api.types import Scope
from portal.integrations.models import EventState, ReceivedEvent
from portal.integrations.tasks import process_events
from portal.integrations.types.kinds import KINDS
from portal.integrations.types.plain import FORMS
from tests.api.tokens import pipeline_token

TEXT = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
COMMANDS = re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.fixture
def surroundings(transactional_db, world, live_server):
    """Return the environment in which a command of the document runs."""
    now = datetime.fromtimestamp(time.time(), UTC)
    issued = pipeline_token(world.checkout, by=world.bob, now=now, scopes=[Scope.EVENTS_WRITE])
    return os.environ | {
        "QUARTERDECK_URL": live_server.url,
        "QUARTERDECK_TOKEN": issued.secret.text,
    }


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not on the PATH")
def test_every_command_is_accepted_and_becomes_what_it_says(surroundings):
    for command in COMMANDS:
        done = subprocess.run(
            ["bash", "-c", command], env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    process_events()
    told = set(ReceivedEvent.objects.values_list("type", "state", "reason"))
    kinds = ("deployment", "change", "incident", "dev.cdevents.service.deployed.0.3.0")
    assert told == {(kind, EventState.PROCESSED, "") for kind in kinds}
    assert ReceivedEvent.objects.count() == len(COMMANDS) == 7


def test_the_table_of_kinds_is_that_of_the_code():
    told = re.findall(r"^\| `([\w.]+)` \| (\w+) \| (.+) \|$", TEXT, flags=re.MULTILINE)
    assert [row for row in told if row[0] in KINDS] == [
        (kind.type, str(kind.becomes), kind.words) for kind in KINDS.values()
    ]


def test_every_field_of_a_plain_event_is_told_and_no_other():
    table = TEXT.partition("| field |")[2].partition("\n\n")[0]
    told = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
    }
    assert told == {name for form in FORMS.values() for name in form.fields}
