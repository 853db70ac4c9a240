"""The examples of docs/api.md run as they stand."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.api.tokens import personal_token
from tests.oncall.scene import rota

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCKS = re.findall(r"```console\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
COMMANDS = [
    command
    for block in BLOCKS
    for command in re.split(r"\n(?=curl)", block.strip())
    if command.startswith("curl")
]


@pytest.mark.django_db(transaction=True)
def test_every_command_does_what_it_says(world, now, live_server, time_machine):
    rota(world, name="Acquiring nights")
    issued = personal_token(world.alice, now=now)
    environment = {
        "PORTAL": live_server.url,
        "TOKEN": issued.secret.text,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    time_machine.move_to(now)
    assert len(COMMANDS) >= 7
    for command in COMMANDS:
        done = subprocess.run(
            ["bash", "-c", f"{command} --silent --show-error"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert done.stdout.startswith("{"), command
