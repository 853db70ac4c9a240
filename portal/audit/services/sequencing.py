"""One sequencer gives entries their leaves, and signs what the tree is then.

Entries are taken that have no leaf, never those above the last one: numbers become visible out of
order. The log is locked by an advisory lock, so of two sequencers one does nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from portal.audit.adapters.keys import KeyFolder
from portal.audit.adapters.storing import MissingNodeError, reader, write
from portal.audit.events import AuditEvent
from portal.audit.models import Alarm, Checkpoint, Log, LogKey
from portal.audit.services.recording import record
from portal.audit.tree import Checkpoint as Statement
from portal.audit.tree import Frontier, Signer, frontier, leaf_hash, root, signed

logger = structlog.get_logger(__name__)

LOCK = 4_714_962
BATCH = 20_000
# A number may be given out an instant before its transaction counts as begun.
MARGIN = timedelta(seconds=60)
PORTAL = "system:audit"


class BrokenLogError(RuntimeError):
    """The log is not what was signed; nothing is signed until a new log is begun."""


def sequence(*, now: datetime, keys: KeyFolder | None = None, limit: int = BATCH) -> int:
    """Give entries that have no leaf theirs, at most `limit`, and sign; return how many.

    The first run makes a key and begins a log. Does nothing while another one is at it.

    Raises:
        BrokenLogError: the log is not what was signed; an alarm stands.
        KeyFileError: the keys cannot be read.
    """
    keys = keys or key_folder()
    try:
        with transaction.atomic():
            if not _is_leader():
                return 0
            log = current_log() or _begin(keys, now)
            taken = _take(log, limit)
            statement = _append(log, taken, keys, now) if taken else None
            _sweep(log, now, is_done=len(taken) < limit)
    except BrokenLogError as error:
        raise_alarm(str(error), now=now)
        raise
    if statement:
        keys.remember(statement)
    return len(taken)


@transaction.atomic
def rotate_key(*, actor: str, now: datetime, keys: KeyFolder | None = None) -> LogKey:
    """Let a new key sign beside the old one; both sign until the old is retired."""
    keys = keys or key_folder()
    log = _locked_log()
    keys.add(now)
    newest = keys.signers(log.origin)[-1]
    key = LogKey.objects.create(text=str(newest.verifier), begins_at=now)
    record(
        AuditEvent.LOG_KEY_ROTATED,
        actor=actor,
        subject=f"log:{log.origin}",
        now=now,
        data={"key": key.text},
    )
    return key


@transaction.atomic
def retire_keys(*, actor: str, now: datetime, keys: KeyFolder | None = None) -> int:
    """End the overlap: only the newest key signs from now on; return how many were retired."""
    keys = keys or key_folder()
    log = _locked_log()
    retired = len(keys.retire_all_but_newest())
    newest = keys.signers(log.origin)[-1]
    LogKey.objects.filter(ends_at=None).exclude(text=str(newest.verifier)).update(ends_at=now)
    if retired:
        record(
            AuditEvent.LOG_KEYS_RETIRED,
            actor=actor,
            subject=f"log:{log.origin}",
            now=now,
            data={"number": retired, "key": str(newest.verifier)},
        )
    return retired


@transaction.atomic
def begin_new_log(*, reason: str, actor: str, now: datetime, keys: KeyFolder | None = None) -> Log:
    """Begin a new log under a new origin, of all entries that there are.

    For after a backup was restored, or something else broke the old log, which stays as it is.
    """
    keys = keys or key_folder()
    old = _locked_log()
    number = Log.objects.count() + 1
    Log.objects.filter(pk=old.pk).update(is_current=False, ended_at=now)
    Alarm.objects.filter(log=old, settled_at=None).update(settled_at=now)
    log = Log.objects.create(origin=f"{settings.AUDIT_ORIGIN}/{number}", begun_at=now)
    keys.forget()
    for signer in keys.signers(log.origin):
        LogKey.objects.get_or_create(text=str(signer.verifier), defaults={"begins_at": now})
    last = old.checkpoints.first()
    record(
        AuditEvent.LOG_BEGUN_ANEW,
        actor=actor,
        subject=f"log:{log.origin}",
        now=now,
        data={
            "old": old.origin,
            "size": last.size if last else 0,
            "root": bytes(last.root).hex() if last else "",
        },
        texts={"reason": reason} if reason else {},
    )
    return log


def key_folder() -> KeyFolder:
    """Return the folder of keys that the settings name."""
    return KeyFolder(settings.AUDIT_KEY_DIR)


def _locked_log() -> Log:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    log = current_log()
    if log is None:
        raise BrokenLogError("No log has begun yet. The sequencer begins one by itself.")
    return log


def _is_leader() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


def current_log() -> Log | None:
    """Return the log that is written to; None before the first entry was sequenced."""
    return Log.objects.filter(is_current=True).first()


def _begin(keys: KeyFolder, now: datetime) -> Log:
    """Begin the first log of this portal, with a key of its own."""
    log = Log.objects.create(origin=settings.AUDIT_ORIGIN, begun_at=now)
    if not keys.signers(log.origin):
        keys.add(now)
    for signer in keys.signers(log.origin):
        LogKey.objects.get_or_create(text=str(signer.verifier), defaults={"begins_at": now})
    return log


def consistent_tree(log: Log, keys: KeyFolder) -> Frontier:
    """Return the tree as it is stored, when it is the one that was signed last.

    Raises:
        BrokenLogError: it is not; the message says where.
    """
    last = log.checkpoints.first()
    highest = log.leaves.aggregate(highest=Max("index"))["highest"]
    size = 0 if highest is None else highest + 1
    signed_size = last.size if last else 0
    if size != signed_size:
        raise BrokenLogError(
            f"The log has {size} leaves, but {signed_size} were signed: leaves were"
            f" {'removed' if size < signed_size else 'added'} from number {min(size, signed_size)} on."
        )
    node = reader(log)
    try:
        tree = frontier(size, node)
    except MissingNodeError as error:
        raise BrokenLogError(str(error)) from error
    if last and tree.root != bytes(last.root):
        raise BrokenLogError(
            f"The nodes of the tree do not lead to the root that was signed at {size} leaves."
        )
    remembered = keys.last_signed()
    if remembered and remembered.origin == log.origin:
        if remembered.size > size:
            raise BrokenLogError(
                f"{remembered.size} leaves were signed once, and the database has {size}: it is an"
                " older one, such as a backup that was restored. Begin a new log:"
                " manage.py audit_log begin"
            )
        if root(remembered.size, node) != remembered.root:
            raise BrokenLogError(
                f"The first {remembered.size} leaves are not those that were signed once."
            )
    return tree


def _take(log: Log, limit: int) -> list[tuple[int, bytes]]:
    """Return number and bytes of entries that have no leaf, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT entry.id, entry.body FROM audit_entry entry
             WHERE entry.id > %s
               AND NOT EXISTS (SELECT FROM audit_leaf leaf
                                WHERE leaf.entry_id = entry.id AND leaf.log_id = %s)
             ORDER BY entry.id LIMIT %s
            """,
            [log.swept_id, log.pk, limit],
        )
        return [(number, bytes(body)) for number, body in cursor.fetchall()]


def _append(
    log: Log, taken: Iterable[tuple[int, bytes]], keys: KeyFolder, now: datetime
) -> Statement:
    """Let entries be the next leaves, and sign what the tree is then."""
    tree = consistent_tree(log, keys)
    leaves: list[tuple[int, int]] = []
    nodes: list[tuple[int, int, bytes]] = []
    for number, body in taken:
        leaves.append((tree.size, number))
        nodes += tree.append(leaf_hash(body))
    write(log, leaves, nodes)
    statement = Statement(log.origin, tree.size, tree.root)
    _sign(log, statement, keys.signers(log.origin), now)
    return statement


def _sign(log: Log, statement: Statement, signers: Iterable[Signer], now: datetime) -> None:
    note = signed(statement.text, [signer.sign(statement.text) for signer in signers])
    Checkpoint.objects.create(
        log=log, size=statement.size, root=statement.root, note=note, signed_at=now
    )


def _sweep(log: Log, now: datetime, *, is_done: bool) -> None:
    """Note up to which number no entry without a leaf can turn up any more."""
    if not is_done:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                   coalesce(max(id), 0)
              FROM audit_entry
            """
        )
        oldest, newest, last = cursor.fetchone() or (0, 0, 0)
    is_due = log.sweep_at is not None and now - log.sweep_at >= MARGIN
    if log.sweep_at is not None and not (is_due and oldest >= log.sweep_xid):
        return
    swept = log.sweep_id if is_due else log.swept_id
    Log.objects.filter(pk=log.pk).update(
        swept_id=swept, sweep_id=last, sweep_xid=newest, sweep_at=now
    )


def raise_alarm(words: str, *, now: datetime) -> None:
    """Let an alarm stand, once; the log says nothing until somebody looked."""
    logger.error("audit_log_broken", words=words)
    with transaction.atomic():
        log = current_log()
        if log and not Alarm.objects.filter(log=log, words=words, settled_at=None).exists():
            Alarm.objects.create(log=log, words=words, raised_at=now)
            record(
                AuditEvent.LOG_BROKEN,
                actor=PORTAL,
                subject=f"log:{log.origin}",
                now=now,
                data={"words": words[:500]},
            )
