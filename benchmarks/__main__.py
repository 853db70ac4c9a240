"""Run the benchmarks, all or those named, and print what was measured against what is promised.

The exit status is 1 when a limit is missed, 2 when a name is unknown.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import django
from django.utils import timezone

import benchmarks
from benchmarks.context import Context
from benchmarks.report import Result, table

Benchmark = Callable[[Context], Iterable[Result]]


def discovered() -> dict[str, Benchmark]:
    """Return every benchmark of this package by the name of its module."""
    modules = {
        info.name: import_module(f"benchmarks.{info.name}")
        for info in iter_modules(benchmarks.__path__)
        if info.name != "__main__"
    }
    return {
        name: cast("Benchmark", module.run)
        for name, module in modules.items()
        if hasattr(module, "run")
    }


def main() -> int:
    """Run what the command line asks for and return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    django.setup()
    known = discovered()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    names = parser.parse_args().names or list(known)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(known)}")
    context = Context(timezone.now().date())
    results: list[Result] = []
    for name in names:
        print(f"measuring {name} ...", flush=True)
        results += known[name](context)
    print(table(results))
    return 0 if all(result.kept for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
