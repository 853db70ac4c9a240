"""Who answers for what, of everything at once: what PostgreSQL reads and writes itself.

Ten thousand applications and a thousand rotas take it a fraction of what it takes to fetch them.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from oncall.models import DutyRole

ANSWERING = """
    SELECT rota.slug, json_agg(application.slug ORDER BY application.slug)::text
    FROM catalogue_application AS application
    LEFT JOIN oncall_cover AS cover
        ON cover.application_id = application.id
        AND cover.since <= %(at)s AND (cover.until IS NULL OR cover.until > %(at)s)
    LEFT JOIN oncall_rota AS rota
        ON rota.id = coalesce(cover.rota_id, (SELECT id FROM oncall_rota WHERE is_central))
    WHERE application.retired_at IS NULL
    GROUP BY rota.slug
    ORDER BY rota.slug
"""
# For each rota one look into its index, instead of all shifts of the days to come in order.
SUCCESSORS = """
    SELECT rota.id, next.person_id, person.name, person.email, next.starts_at, next.ends_at
    FROM oncall_rota AS rota
    LEFT JOIN LATERAL (
        SELECT person_id FROM oncall_shift
        WHERE rota_id = rota.id AND role = %(role)s AND (frozen_at IS NULL OR %(past)s)
            AND starts_at <= %(at)s AND ends_at > %(at)s
        ORDER BY starts_at LIMIT 1
    ) AS current ON true
    JOIN LATERAL (
        SELECT person_id, starts_at, ends_at FROM oncall_shift
        WHERE rota_id = rota.id AND role = %(role)s AND (frozen_at IS NULL OR %(past)s)
            AND starts_at > %(at)s AND starts_at < %(until)s
            AND person_id IS DISTINCT FROM current.person_id
        ORDER BY starts_at, id LIMIT 1
    ) AS next ON true
    JOIN accounts_user AS person ON person.id = next.person_id
    WHERE rota.retired_at IS NULL
"""


def answering(at: datetime) -> tuple[str, str]:
    """Return as JSON the slugs of applications by the slug of the rota that answers, and the rest."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERING, {"at": at})
        found = dict(cursor.fetchall())
    rest = found.pop(None, "[]")
    by_rota = ",".join(f'"{rota}":{slugs}' for rota, slugs in found.items())
    return f"{{{by_rota}}}", rest


class Successor(NamedTuple):
    """Who is primary of a rota next, and from when until when."""

    rota: int
    person_id: int
    name: str
    email: str
    starts_at: datetime
    until: datetime


def successors(at: datetime, *, within: timedelta, is_past: bool) -> list[Successor]:
    """Return who is primary next of each rota within some time, somebody else than now."""
    role = DutyRole.PRIMARY.value
    with connection.cursor() as cursor:
        cursor.execute(SUCCESSORS, {"at": at, "until": at + within, "role": role, "past": is_past})
        return [Successor(*row) for row in cursor.fetchall()]
