"""Typed readers of the environment that fail loudly and also read `NAME_FILE` secrets."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.FileAwareEnv()


def required(name: str) -> str:
    """Return the variable or raise `ImproperlyConfigured` with the way to mend it."""
    value: str = env.str(name, default="")
    if not value:
        message = f"Set {name}, or {name}_FILE to the path of a file that holds it."
        raise ImproperlyConfigured(message)
    return value
