"""The embedded servers, really started: who gets in, whose they are, what they survive."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from portal.core.embedded import programs
from portal.core.embedded.account import Account, unprivileged
from portal.core.embedded.errors import EmbeddedError
from portal.core.embedded.machine import choose_port, is_free, running_in
from portal.core.embedded.servers import (
    data_folder,
    postgresql_in,
    redis_in,
    remove,
    running,
)

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def var(tmp_path):
    yield tmp_path / "var"
    remove(tmp_path / "var")


@pytest.fixture
def postgresql(var):
    server = postgresql_in(var, preferred_port=0, is_throwaway=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_kept(var):
    server = redis_in(var, preferred_port=0)
    server.start()
    yield server
    server.stop()


def process_of(server):
    assert server._process
    return server._process


def query(url, sql):
    with psycopg.connect(url) as connection:
        return next(connection.execute(sql))[0]


def test_only_what_is_not_given_is_started(var):
    given = {"DATABASE_URL": "postgres://elsewhere/x", "REDIS_URL": ""}
    with running(var, given, is_throwaway=True) as started:
        assert started.keys() == {"REDIS_URL"}
        assert redis.Redis.from_url(started["REDIS_URL"]).ping()
    assert not (var / "servers" / "postgresql").exists()


def test_it_is_postgresql_18_in_utf_8_owned_by_a_role_that_may_not_do_everything(postgresql):
    assert query(postgresql.url, "SHOW server_version_num").startswith("18")
    assert query(postgresql.url, "SHOW server_encoding") == "UTF8"
    superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    assert query(postgresql.url, superuser) is False


@pytest.mark.parametrize("who", ["quarterdeck", "postgres"])
def test_without_the_password_nobody_gets_into_the_database(postgresql, who):
    for password in ("", ":wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgres://{who}{password}@127.0.0.1:{postgresql.port}/postgres")


def test_passwords_are_stored_as_scram(postgresql):
    assert query(postgresql.url, "SHOW password_encryption") == "scram-sha-256"
    rules = (postgresql.data / "pg_hba.conf").read_text().splitlines()
    methods = {line.split()[-1] for line in rules if line and not line.startswith("#")}
    assert methods == {"scram-sha-256"}


def test_without_the_password_nobody_gets_into_redis(redis_kept):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host="127.0.0.1", port=redis_kept.port).ping()


def test_both_listen_on_the_loopback_address_alone(postgresql, redis_kept):
    ports = {postgresql.port, redis_kept.port}
    listening = [
        tuple(connection.laddr)
        for connection in psutil.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    heard = {(host, port) for host, port in listening if port in ports}
    assert heard == {("127.0.0.1", port) for port in ports}


def test_data_and_secrets_are_closed_to_others(postgresql, redis_kept, var):
    for folder in (var / "secrets", var / "log", postgresql.folder, redis_kept.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    for secret in (var / "secrets").iterdir():
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600, secret


def test_no_password_is_in_an_argument(postgresql, redis_kept, var):
    secrets = [path.read_text() for path in (var / "secrets").iterdir()]
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        assert not any(secret in words for secret in secrets)


@pytest.mark.skipif(not IS_ROOT, reason="only root switches users")
def test_root_gets_servers_of_an_unprivileged_user(postgresql, redis_kept):
    for server in (postgresql, redis_kept):
        assert psutil.Process(process_of(server).pid).uids().real == unprivileged().uid != 0


def test_data_are_there_after_a_clean_stop(var):
    server = postgresql_in(var, preferred_port=0)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert not (server.data / "postmaster.pid").exists()

    again = postgresql_in(var, preferred_port=0)
    again.start()
    assert query(again.url, "SELECT answer FROM kept") == 42
    assert query(again.url, "SHOW fsync") == "on"
    again.stop()


def test_the_queue_is_there_after_redis_was_killed(redis_kept):
    redis.Redis.from_url(redis_kept.url).lpush("celery", "message")
    time.sleep(1.2)  # Redis forces its log to disk each second
    process_of(redis_kept).kill()
    process_of(redis_kept).wait()
    redis_kept.start()
    assert redis.Redis.from_url(redis_kept.url).lrange("celery", 0, -1) == [b"message"]


def test_a_postgresql_that_was_killed_starts_again_with_all_that_was_committed(var):
    server = postgresql_in(var, preferred_port=0)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    process_of(server).kill()
    process_of(server).wait()
    assert (server.data / "postmaster.pid").exists()
    server.start()
    assert query(server.url, "SELECT answer FROM kept") == 42
    server.stop()


def test_a_pid_file_that_names_somebody_else_is_survived(postgresql):
    postgresql.stop()
    stale = postgresql.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{postgresql.data}\n0\n5432\n\n127.0.0.1\n0 0\nready\n")
    postgresql.start()
    assert query(postgresql.url, "SELECT 1") == 1


def test_servers_that_a_killed_run_left_at_work_are_taken_over(postgresql, var):
    left_over = process_of(postgresql)
    again = postgresql_in(var, preferred_port=0, is_throwaway=True)
    again.start()
    assert left_over.wait(10) is not None
    assert query(again.url, "SELECT 1") == 1
    again.stop()


def test_a_creation_that_was_interrupted_is_begun_anew(var):
    server = postgresql_in(var, preferred_port=0, is_throwaway=True)
    half = server.folder / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    server.account.own(half)
    server.start()
    assert query(server.url, "SELECT 1") == 1
    server.stop()


def test_data_of_another_version_are_left_alone(postgresql):
    postgresql.stop()
    (postgresql.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"written by PostgreSQL 17[\s\S]*make reset"):
        postgresql.start()


def test_a_port_that_is_taken_is_passed_over_for_one_nearby(redis_kept):
    assert not is_free(redis_kept.port)
    assert redis_kept.port < choose_port(redis_kept.port) < redis_kept.port + 20
    assert choose_port(0) != redis_kept.port


def test_a_pid_file_counts_only_for_a_process_at_work_in_that_folder(tmp_path):
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(os.getpid()))
    assert running_in(Path.cwd(), pid_file) == psutil.Process()
    assert running_in(tmp_path, pid_file) is None
    assert not pid_file.exists()


def test_the_word_for_a_machine_without_programs_says_what_to_install(monkeypatch):
    monkeypatch.setattr(programs, "POSTGRESQL", "no_such_package")
    monkeypatch.setattr(programs, "REDIS_WHEELS", {})
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EmbeddedError, match=r"brew install postgresql@18[\s\S]*DATABASE_URL"):
        programs.postgresql(unprivileged())
    with pytest.raises(EmbeddedError, match=r"brew install redis[\s\S]*REDIS_URL"):
        programs.redis(unprivileged())


@pytest.mark.skipif(not IS_ROOT, reason="only root switches users")
def test_below_a_closed_home_data_and_programs_are_put_where_their_user_gets_in(
    tmp_path, monkeypatch
):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    nobody = Account(65534, 65534, is_other=True)
    folder = data_folder(home / "var", nobody)
    assert (home / "var" / "servers").is_symlink()
    assert nobody.may_enter(folder.parent)
    assert folder.stat().st_uid == 65534
    remove(home / "var")
    assert not folder.exists()


@pytest.mark.skipif(not IS_ROOT, reason="only root switches users")
def test_programs_that_their_user_cannot_reach_are_copied_once_and_work(tmp_path, monkeypatch):
    account = unprivileged()
    open_folder = Path("/var/lib/quarterdeck")
    monkeypatch.setattr(Account, "may_run", lambda _self, _program: False)
    copied = programs.postgresql(account)
    assert copied.is_relative_to(open_folder)
    monkeypatch.undo()
    assert account.may_run(copied / "postgres")
    assert "PostgreSQL) 18" in account.run([copied / "psql", "--version"])


def test_a_program_that_fails_says_so_in_its_own_words():
    with pytest.raises(EmbeddedError, match="cannot access"):
        unprivileged().run(["/bin/ls", "/no/such/folder"])


class Impatient(Account):
    """Somebody presses Ctrl-C while a program is being started."""

    def start(self, *given, **options):
        process = Account.start(self, *given, **options)
        signal.raise_signal(signal.SIGINT)
        started.append(process)
        return process


started: list[subprocess.Popen[bytes]] = []


@pytest.mark.parametrize("server_in", [postgresql_in, redis_in])
def test_an_interrupt_while_a_server_is_started_leaves_none(var, server_in):
    server = server_in(var, preferred_port=0, is_throwaway=True)
    server.account = Impatient(server.account.uid, server.account.gid, server.account.is_other)
    with pytest.raises(KeyboardInterrupt):
        server.start()
    assert started.pop() is process_of(server)
    server.stop()
    assert server._process is None


def test_a_stop_ends_every_process_of_the_server(postgresql):
    family = [
        psutil.Process(process_of(postgresql).pid),
        *psutil.Process(process_of(postgresql).pid).children(recursive=True),
    ]
    assert len(family) > 3
    postgresql.stop()
    assert not any(process.is_running() for process in family)
