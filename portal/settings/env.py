"""Typed readers of the environment that fail loudly and also read `NAME_FILE` secrets."""

import contextlib
import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.FileAwareEnv()

VAR_DIR = Path(env.str("QUARTERDECK_VAR", default=str(BASE_DIR / "var")))
# Where `make up` writes the addresses of its servers, so that `manage.py` finds them too.
LOCAL_ENVIRONMENT = VAR_DIR / "env"
if (
    os.environ.get("DJANGO_SETTINGS_MODULE") == "portal.settings.dev"
    and LOCAL_ENVIRONMENT.exists()
):
    env.read_env(LOCAL_ENVIRONMENT)


def required(name: str) -> str:
    """Return the variable or raise `ImproperlyConfigured` with the way to mend it."""
    value: str = env.str(name, default="")
    if not value:
        message = f"Set {name}, or {name}_FILE to the path of a file that holds it."
        raise ImproperlyConfigured(message)
    return value


def kept_secret(name: str, var: Path = VAR_DIR) -> str:
    """Return a secret of this checkout: made up once, in a file that only its owner may read."""
    folder = var / "secrets"
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        draft = folder / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):  # another process was quicker
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()
