"""Folders, secrets, ports and left-over processes of this machine."""

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psutil

LOOPBACK = "127.0.0.1"
NEARBY = 20


def private_folder(path: Path) -> Path:
    """Return the folder, made when missing, closed to everybody but its owner."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port(preferred: int) -> int:
    """Return the preferred port, else one of the next few, else one the system picks.

    0 leaves it to the system at once.
    """
    if preferred:
        for port in range(preferred, preferred + NEARBY):
            if is_free(port):
                return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        picked: int = probe.getsockname()[1]
    return picked


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait until the block has ended.

    An interrupt in the middle of starting a program would leave one that nobody knows of. Held
    by a handler and not by the mask of signals, which the program would inherit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    former = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in former.items():
            signal.signal(name, handler)
    if arrived:
        signal.raise_signal(arrived[0])


def running_in(folder: Path, pid_file: Path) -> psutil.Process | None:
    """Return the server that a pid file names if it really is one at work in this folder.

    After a power cut the number may by now belong to some other program: such a pid file is
    removed, since a server would refuse to start over it.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if Path(process.cwd()) == folder.resolve():
            return process
    except (OSError, IndexError, ValueError, psutil.Error):
        pass
    pid_file.unlink(missing_ok=True)
    return None


def end(process: psutil.Process, *, seconds: float) -> None:
    """Ask a process to stop and end it by force when it has not after some seconds."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(seconds)
