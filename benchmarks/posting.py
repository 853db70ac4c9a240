"""Posting as fast as a server answers: several processes, several connections each, in turns."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from uuid import uuid4

PROCESSES, CONNECTIONS = 2, 4
ACCEPTED = b"202"
# What stands in a body for a name that no other has.
PLACE = b"$" * 32


@dataclass(frozen=True, slots=True)
class Load:
    """What is posted where: the bodies differ only in the names put in place of `PLACE`."""

    port: int
    path: str
    headers: str
    body: bytes


def answered(load: Load, seconds: float) -> float:
    """Return how many requests per second were accepted.

    Raises:
        RuntimeError: when an answer is not 202.
    """
    until = time.monotonic() + seconds
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(abs, range(PROCESSES)))  # both are there before the clock starts
        began = time.monotonic()
        until = began + seconds
        done = sum(pool.map(_process, [(load, until)] * PROCESSES))
        return done / (time.monotonic() - began)


def _process(task: tuple[Load, float]) -> int:
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        return sum(threads.map(_connection, [task] * CONNECTIONS))


def _connection(task: tuple[Load, float]) -> int:
    load, until = task
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{load.headers}Content-Length: {len(load.body)}\r\n\r\n"
    ).encode()
    parts = load.body.split(PLACE)
    own, numbers = uuid4().hex[:20], count()
    with socket.create_connection(("127.0.0.1", load.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        done = 0
        while time.monotonic() < until:
            connection.sendall(head + _named(parts, own, numbers))
            status = _answer(connection)
            if status != ACCEPTED:
                raise RuntimeError(f"{load.path} answered {status.decode()}.")
            done += 1
        return done


def _named(parts: Sequence[bytes], own: str, numbers: Iterator[int]) -> bytes:
    found = [parts[0]]
    for part in parts[1:]:
        found += [f"{own}{next(numbers):012}".encode(), part]
    return b"".join(found)


def _answer(connection: socket.socket) -> bytes:
    """Read one answer whole and return its status."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    left = length - len(body)
    while left > 0:
        left -= len(_more(connection))
    return head[9:12]


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65536)
    if not got:
        raise RuntimeError("The server hung up.")
    return got


def in_turns(
    loads: Sequence[Load], *, rounds: int, seconds: float, measure: Callable[[Load, float], float]
) -> list[list[float]]:
    """Return what was measured of each load in each round; who goes first changes."""
    found: list[list[float]] = [[] for _ in loads]
    for turn in range(rounds):
        for place in sorted(range(len(loads)), reverse=turn % 2 == 1):
            found[place].append(measure(loads[place], seconds))
    return found
