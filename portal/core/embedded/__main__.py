"""The commands behind the Makefile: up, reset, run."""

import argparse
import sys

from portal.core.embedded import launch
from portal.core.embedded.errors import EmbeddedError


def main() -> int:
    """Carry out one command and return the exit status."""
    arguments = _parser().parse_args()
    var = launch.main_folder()
    try:
        match arguments.command:
            case "up":
                return launch.up(var, port=arguments.port)
            case "run":
                return launch.run(var / arguments.folder, arguments.words)
            case "announce":
                launch.announce(arguments.address, arguments.welcome)
            case "reset":
                return _reset(is_sure=arguments.yes)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _reset(*, is_sure: bool) -> int:
    var = launch.main_folder()
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
    announce = commands.add_parser("announce", help="wait until it is ready, then say so")
    announce.add_argument("address")
    announce.add_argument("welcome")
    return parser


if __name__ == "__main__":
    sys.exit(main())
