"""The statements on which the outbox rests: one each, so that nothing can come between.

Rows are found with `SKIP LOCKED`: any number of workers look at once and none waits for another
or gets what another has. All deliveries of one way go to one worker, which so can count them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from portal.notifications.models import NoticeOutcome
from portal.notifications.models.notices import AHEAD
from portal.notifications.rules import FLOOD_WINDOW, LEASE
from portal.notifications.types import Urgency


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that is about to be written: to whom, what becomes of it and why."""

    user: int
    outcome: NoticeOutcome
    why: str


def insert_notices(
    told: Sequence[Told],
    *,
    kind: str,
    key: str,
    title: str,
    text: str,
    url: str,
    urgency: Urgency,
    now: datetime,
) -> dict[int, int]:
    """Write one notice for each person who has none with the key; return its id by person."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_notice
                (user_id, outcome, why, kind, key, title, text, url, urgency,
                 created_at, placed_at)
            SELECT person, outcome, why, %s, %s, %s, %s, %s, %s, %s, %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told (person, outcome, why)
            ON CONFLICT (user_id, key) DO NOTHING
            RETURNING user_id, id
            """,
            [
                *(kind, key, title, text, url, urgency.value, now, now + AHEAD),
                [one.user for one in told],
                [one.outcome.value for one in told],
                [one.why for one in told],
            ],
        )
        return dict(cursor.fetchall())


def claim_due(claim: UUID, *, now: datetime, most: int) -> list[int]:
    """Claim deliveries that are due, the urgent and then the oldest first; return their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT way_id FROM notifications_delivery
                WHERE state = 'WAITING' AND due_at <= %(now)s
                ORDER BY is_urgent DESC, due_at, id LIMIT %(most)s
            ),
            ways AS MATERIALIZED (
                SELECT id FROM notifications_contactway WHERE id IN (SELECT way_id FROM due)
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            ),
            mine AS MATERIALIZED (
                SELECT id FROM notifications_delivery
                WHERE state = 'WAITING' AND due_at <= %(now)s AND way_id IN (SELECT id FROM ways)
                ORDER BY is_urgent DESC, due_at, id LIMIT %(most)s
                FOR UPDATE SKIP LOCKED
            )
            UPDATE notifications_delivery AS delivery
            SET state = 'SENDING', claim = %(claim)s, claimed_at = %(now)s
            FROM mine WHERE delivery.id = mine.id
            RETURNING delivery.id
            """,
            {"now": now, "most": most, "claim": claim},
        )
        return [id_ for (id_,) in cursor.fetchall()]


def lost_claims(*, now: datetime, most: int) -> list[int]:
    """Lock deliveries whose worker has been silent for longer than the lease; return their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM notifications_delivery
            WHERE state = 'SENDING' AND claimed_at < %s
            ORDER BY claimed_at LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [now - LEASE, most],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def renew(claim: UUID, *, now: datetime) -> None:
    """Give a sign of life for all that a claim still holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_delivery SET claimed_at = %s"
            " WHERE state = 'SENDING' AND claim = %s",
            [now, claim],
        )


def messages_sent_lately(ways: Sequence[int], *, now: datetime) -> dict[int, tuple[int, datetime]]:
    """Return how many messages went by each way within the last minute, and when the first did."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT way_id, count(DISTINCT message), min(ended_at) FROM notifications_delivery
            WHERE state = 'SENT' AND way_id = ANY(%s) AND ended_at > %s AND purpose <> 'TEST'
            GROUP BY way_id
            """,
            [list(ways), now - FLOOD_WINDOW],
        )
        return {way: (count, first) for way, count, first in cursor.fetchall()}


def hold(ids: Sequence[int], claim: UUID, *, until: datetime) -> None:
    """Let deliveries that a claim holds wait until an instant."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_delivery
            SET state = 'WAITING', claim = NULL, claimed_at = NULL, due_at = %s
            WHERE id = ANY(%s) AND state = 'SENDING' AND claim = %s
            """,
            [until, list(ids), claim],
        )


def sent(
    messages: Mapping[int, UUID], claim: UUID, *, now: datetime, is_flood: bool = False
) -> int:
    """Store which deliveries were sent in which message; return how many the claim still held.

    One statement, as it stands between the server's word and ours: the notices are delivered,
    and the way works again. In a flood nobody waits for the disk: should the database server
    itself go down within the second, what it forgets is sent again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if is_flood:
            cursor.execute("SET LOCAL synchronous_commit TO off")
        cursor.execute(
            """
            WITH told AS (
                SELECT * FROM unnest(%(ids)s::bigint[], %(messages)s::uuid[]) AS told (id, message)
            ),
            done AS (
                UPDATE notifications_delivery AS delivery
                SET state = 'SENT', claim = NULL, claimed_at = NULL, message = told.message,
                    ended_at = %(now)s, attempts = attempts + 1, error = ''
                FROM told
                WHERE delivery.id = told.id AND state = 'SENDING' AND claim = %(claim)s
                RETURNING notice_id, way_id
            ),
            delivered AS (
                UPDATE notifications_notice SET outcome = 'DELIVERED'
                WHERE id IN (SELECT notice_id FROM done) AND outcome <> 'DELIVERED'
            ),
            working AS (
                UPDATE notifications_contactway SET last_failed_at = NULL, last_failure = ''
                WHERE id IN (SELECT way_id FROM done) AND last_failed_at IS NOT NULL
            )
            SELECT count(*) FROM done
            """,
            {
                "ids": list(messages),
                "messages": list(messages.values()),
                "claim": claim,
                "now": now,
            },
        )
        (count,) = cursor.fetchone()
        return int(count)
