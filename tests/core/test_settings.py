"""The settings of production: they refuse to start half configured, and Django finds no fault."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
COMPLETE = {
    "SECRET_KEY": "k9v2Qx7Lr4Zt8Wm3Yb6Nc1Hd5Jf0Gs9Pa2Eu7Oi4Tk8Rw3Xz6Lq5Vn",
    "ENCRYPTION_KEYS": "q7Lr4Zt8Wm3Yb6Nc1Hd5Jf0Gs9Pa2Eu7Oi4Tk8Rw3Xz6Lq5Vnk9v2Qx",
    "ALLOWED_HOSTS": "portal.example.com, portal.internal",
    "DATABASE_URL": "postgres://portal:secret@db.example.com:5432/portal?sslmode=require",
}


def manage(*arguments, **environment):
    inherited = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings.prod"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def evaluate(expression, **environment):
    code = f"from django.conf import settings; print({expression})"
    done = manage("shell", "--no-imports", "--command", code, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_django_finds_nothing_to_warn_of():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **COMPLETE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_secret_is_no_start_and_the_message_says_which(name):
    done = manage("check", **{key: value for key, value in COMPLETE.items() if key != name})
    assert done.returncode != 0
    assert f"Set {name}, or {name}_FILE" in done.stderr


def test_a_secret_may_be_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from a file")
    rest = {key: value for key, value in COMPLETE.items() if key != "SECRET_KEY"}
    key = evaluate("settings.SECRET_KEY", SECRET_KEY_FILE=str(tmp_path / "key"), **rest)
    assert key == "from a file"


def test_lists_may_have_spaces_and_the_address_keeps_its_own_options():
    hosts = evaluate("settings.ALLOWED_HOSTS", **COMPLETE)
    assert hosts == "['portal.example.com', 'portal.internal']"
    options = evaluate("settings.DATABASES['default']['OPTIONS']['sslmode']", **COMPLETE)
    assert options == "require"


def test_the_files_of_every_page_can_be_collected(tmp_path):
    done = manage("collectstatic", "--no-input", QUARTERDECK_VAR=str(tmp_path), **COMPLETE)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "staticfiles" / "staticfiles.json").exists()
