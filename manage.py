#!/usr/bin/env python
"""Command-line entry point for administrative tasks."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run a management command with the development settings unless told otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    # A person reads the terminal: a command says what it did, the log speaks of trouble only.
    os.environ.setdefault("LOG_TERMINAL_LEVEL", "WARNING")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
