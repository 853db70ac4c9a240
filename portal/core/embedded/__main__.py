"""The commands behind the Makefile: up, reset, run."""

import argparse
import sys
from pathlib import Path

from portal.core.embedded import launch
from portal.core.embedded.errors import EmbeddedError


def main() -> int:
    """Carry out one command and return the exit status."""
    try:
        return _carry_out(_parser().parse_args(), launch.main_folder())
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _carry_out(arguments: argparse.Namespace, var: Path) -> int:
    match arguments.command:
        case "up":
            return launch.up(var, port=arguments.port)
        case "run":
            return launch.run(var / arguments.folder, arguments.words)
        case "prepare":
            return launch.prepare(var, arguments.address)
        case _:
            return _reset(var, is_sure=arguments.yes)


def _reset(var: Path, *, is_sure: bool) -> int:
    if not is_sure:
        question = f"Remove the database, the queue and the keys in {var}? Type yes: "
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip() != "yes":
            sys.stdout.write("Nothing was removed.\n")
            return 1
    launch.reset(var)
    sys.stdout.write("Removed. `make up` starts afresh.\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal.core.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="bring the portal up until Ctrl-C")
    up.add_argument("--port", type=int, help="the port of the web server; 8000 or a free one")
    reset = commands.add_parser("reset", help="remove the data of the embedded servers")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    run = commands.add_parser("run", help="run a command with servers of its own")
    run.add_argument("folder", help="where their data is, below var/")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="command")
    prepare = commands.add_parser("prepare", help="what `up` does beside the web server")
    prepare.add_argument("address", help="where the web server will be")
    return parser


if __name__ == "__main__":
    sys.exit(main())
