"""The portal in a process of its own, signed in, that answers one address per line.

`python -m benchmarks.answering EMAIL` reads addresses from its standard input and writes a line
of JSON for each: the status, the seconds that the whole stack of middleware, view, template and
database took, the number of queries and the bytes of the answer.
"""

import json
import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import django
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client


class Counter:
    """Counts queries as they pass, called as Django calls execute wrappers."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        """Let a query pass."""
        self.queries += 1
        return execute(*args)


def main(email: str) -> None:
    """Answer until the input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
    django.setup()
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(email=email))
    counter = Counter()
    for line in sys.stdin:
        counter.queries = 0
        began = perf_counter()
        with connection.execute_wrapper(counter):
            response = client.get(line.strip())
        seconds = perf_counter() - began
        answer = {
            "status": response.status_code,
            "seconds": seconds,
            "queries": counter.queries,
            "size": len(response.content),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
