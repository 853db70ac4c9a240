"""Both servers as one: what is not given from outside is started, in one folder."""

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from portal.core.embedded.account import SHARED_HOME, Account, unprivileged
from portal.core.embedded.machine import private_folder
from portal.core.embedded.postgresql import PostgreSQL
from portal.core.embedded.redis import Redis

POSTGRESQL_PORT = 15432
REDIS_PORT = 16379
PARTS = ("servers", "secrets", "audit-keys", "log", "run", "mirrors", "staticfiles")


@contextlib.contextmanager
def running(
    var: Path, environment: Mapping[str, str], *, is_throwaway: bool = False
) -> Iterator[dict[str, str]]:
    """Start the servers whose addresses the environment lacks; stop them at the end.

    Yields `DATABASE_URL` and `REDIS_URL` of those that were started. Throwaway servers are for
    tests: any free port, nothing forced to disk.
    """
    wanted: dict[str, Callable[..., PostgreSQL | Redis]] = {
        "DATABASE_URL": postgresql_in,
        "REDIS_URL": redis_in,
    }
    options = {"preferred_port": 0, "is_throwaway": True} if is_throwaway else {}
    started: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for name, server_in in wanted.items():
            if not environment.get(name):
                server = server_in(var, **options)
                stack.callback(server.stop)
                server.start()
                started[name] = server.url
        yield started


def postgresql_in(
    var: Path, *, preferred_port: int = POSTGRESQL_PORT, is_throwaway: bool = False
) -> PostgreSQL:
    """Return the PostgreSQL of a `var` folder, not yet started."""
    account = unprivileged()
    return PostgreSQL(
        folder=_folder(var, "postgresql", account),
        var=var,
        log=private_folder(var / "log") / "postgresql.log",
        account=account,
        preferred_port=preferred_port,
        is_throwaway=is_throwaway,
    )


def redis_in(var: Path, *, preferred_port: int = REDIS_PORT, is_throwaway: bool = False) -> Redis:
    """Return the Redis of a `var` folder, not yet started."""
    account = unprivileged()
    return Redis(
        folder=_folder(var, "redis", account),
        var=var,
        log=private_folder(var / "log") / "redis.log",
        account=account,
        preferred_port=preferred_port,
        is_throwaway=is_throwaway,
    )


def _folder(var: Path, service: str, account: Account) -> Path:
    folder = private_folder(data_folder(var, account) / service)
    account.own(folder)
    return folder


def data_folder(var: Path, account: Account) -> Path:
    """Return the folder of the servers' data: below `var`, or behind a link in it.

    The user that root's servers run as cannot get into a checkout below a closed home. The data
    is then in a folder of the machine's own, and `var/servers` is a link to it.
    """
    folder = var / "servers"
    if folder.is_symlink() and not folder.exists():  # somebody removed what it points to
        folder.unlink()
    if not folder.exists():
        var.mkdir(parents=True, exist_ok=True)
        if account.may_enter(var.resolve()):
            folder.mkdir()
        else:
            home = SHARED_HOME / "data" / secrets.token_hex(4)
            home.mkdir(parents=True)
            for shared in (SHARED_HOME, home.parent):
                shared.chmod(0o755)
            folder.symlink_to(home)
    private_folder(folder)
    account.own(folder)
    return folder.resolve()


def remove(var: Path) -> None:
    """Remove what stopped servers and the portal left in a folder, behind a link too."""
    servers = var / "servers"
    if servers.is_symlink():
        shutil.rmtree(servers.resolve(), ignore_errors=True)
        servers.unlink()
    for part in PARTS:
        shutil.rmtree(var / part, ignore_errors=True)
    (var / "env").unlink(missing_ok=True)
