"""Who is on call: everywhere at once, and for one application, beside years of shifts."""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from benchmarks.asking import Portal, ask_in_turn
from benchmarks.context import Context
from benchmarks.report import Result
from oncall.models import Cover, Rota, RotaVersion
from oncall.selectors.who import who_is_on_call
from portal.accounts.models import User
from portal.catalogue.models import Application, Team

APPLICATIONS, ROTAS, TEAMS, PEOPLE = 10_000, 1_000, 200, 2_000
DAYS_BEHIND, DAYS_AHEAD = 730, 120
MOST_MILLISECONDS, MOST_IN_DATABASE = 100, 1
ASKED, TIMES = 200, 20
EMAIL = "person-0@example.com"

# Reads are measured: what only keeps writes right takes long to fill.
UNCONSTRAINED = """
    DO $$ DECLARE one text; BEGIN
        FOR one IN SELECT conname FROM pg_constraint
            WHERE conrelid = 'oncall_shift'::regclass AND contype = 'x'
        LOOP EXECUTE 'ALTER TABLE oncall_shift DROP CONSTRAINT ' || one; END LOOP;
    END $$
"""
# A day each, from nine to nine; the secondary of a week is the primary of the next.
SHIFTS = """
    INSERT INTO oncall_shift
        (rota_id, role, person_id, starts_at, ends_at, is_exclusive, frozen_at, sequence)
    SELECT rota.id, role.name, person.id, day.at, day.at + interval '1 day', true,
        CASE WHEN day.at + interval '2 days' <= %(now)s THEN %(now)s END, 0
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM oncall_rota) AS rota
    CROSS JOIN generate_series(
        date_trunc('day', %(now)s::timestamptz) - %(behind)s * interval '1 day',
        date_trunc('day', %(now)s::timestamptz) + %(ahead)s * interval '1 day',
        interval '1 day'
    ) AS day(at)
    CROSS JOIN (VALUES ('primary', 0), ('secondary', 1)) AS role(name, ahead)
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_user) AS person
        ON person.place = (
            rota.place * 8
            + (extract(epoch FROM day.at)::bigint / 604800 + role.ahead) %% 8
        ) %% %(people)s
"""


def run(context: Context) -> Iterator[Result]:
    """Measure page and API everywhere, and what one application takes in the database."""
    with context.on(context.empty):
        fill()
        in_database = [milliseconds(slug) for slug in some_slugs()]
    addresses = {
        "who is on call everywhere, API": [
            f"{reverse('api-on-call')}?{urlencode({'at': at.isoformat()})}" for at in instants()
        ],
        "who is on call everywhere, page": [
            reverse("oncall"),
            *(f"{reverse('oncall')}?q=Rota {number}" for number in range(TIMES)),
        ],
    }
    with Portal(context.empty, EMAIL) as portal:
        for name, asked in addresses.items():
            (answers,) = ask_in_turn((portal,), asked)
            yield Result(
                f"{name}: server time, p95",
                answers.p95,
                MOST_MILLISECONDS,
                "ms",
                f"p50 {answers.p50:.1f} ms, at most {answers.queries} queries,"
                f" {answers.size / 1000:.0f} kB, {APPLICATIONS:,} applications, {ROTAS:,} rotas",
            )
    yield Result(
        "who is on call for one application: in the database, p95",
        quantiles(in_database, n=20, method="inclusive")[-1],
        MOST_IN_DATABASE,
        "ms",
        f"p50 {median(in_database):.2f} ms over {ASKED} applications, all of its queries together",
    )


def fill() -> None:
    """Write the company: applications, half of them with a rota of their own, and the shifts."""
    now = timezone.now()
    people = User.objects.bulk_create(
        User(email=f"person-{number}@example.com", name=f"Person {number}")
        for number in range(PEOPLE)
    )
    teams = Team.objects.bulk_create(
        Team(slug=f"team-{number}", name=f"Team {number}", workdays=[1, 2, 3, 4, 5])
        for number in range(TEAMS)
    )
    for team in teams:
        team.lineage = [team.pk]
    Team.objects.bulk_update(teams, ["lineage"])
    applications = Application.objects.bulk_create(
        Application(
            slug=f"application-{number}",
            name=f"Application {number}",
            owner=teams[number % TEAMS],
            tier=1 + number % 4,
            registered_at=now,
        )
        for number in range(APPLICATIONS)
    )
    rotas = Rota.objects.bulk_create(
        Rota(
            slug=f"rota-{number}",
            name=f"Rota {number}",
            team=teams[number % TEAMS],
            zone="Europe/London",
            is_central=number == 0,
            created_by=people[0],
            created_at=now,
            computed_until=now + timedelta(days=DAYS_AHEAD),
        )
        for number in range(ROTAS)
    )
    since = now - timedelta(days=DAYS_BEHIND)
    RotaVersion.objects.bulk_create(
        RotaVersion(rota=rota, number=1, starts_at=since, created_by=people[0], created_at=now)
        for rota in rotas
    )
    Cover.objects.bulk_create(
        Cover(application=one, rota=rotas[place % ROTAS], since=since)
        for place, one in enumerate(applications[::2])
    )
    with connection.cursor() as cursor:
        cursor.execute(UNCONSTRAINED)
        cursor.execute(
            SHIFTS,
            {"now": now, "behind": DAYS_BEHIND, "ahead": DAYS_AHEAD, "people": PEOPLE},
        )
        cursor.execute("VACUUM ANALYZE")


def instants() -> list[datetime]:
    """Return instants from now on, each an address of its own."""
    now = timezone.now()
    return [now + timedelta(hours=1, minutes=number) for number in range(TIMES)]


def some_slugs() -> list[str]:
    """Return some applications at random, the same each time."""
    slugs = sorted(Application.objects.values_list("slug", flat=True))
    return random.Random(4).sample(slugs, ASKED)


def milliseconds(slug: str) -> float:
    """Return what PostgreSQL itself takes to say who answers for an application."""
    application = Application.objects.select_related("owner").get(slug=slug)
    now = timezone.now()
    with CaptureQueriesContext(connection) as captured:
        who_is_on_call(application, now, now)
    taken = 0.0
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
            (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            taken += plan[0]["Execution Time"]
    return taken
