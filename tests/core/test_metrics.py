"""The metrics: who may read them, and that Prometheus understands them."""

import shutil
import subprocess
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from kpis.models import Mark, ScopeRevision
from portal.core import heartbeat, jobs
from portal.integrations.models import HistoryImport

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def gauges(client):
    text = client.get(reverse("metrics")).content.decode()
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("quarterdeck_")
    }


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine_may_read_them(client, db, address):
    assert client.get(reverse("metrics"), REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "request_of",
    [
        ELSEWHERE,
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        ELSEWHERE | {"HTTP_AUTHORIZATION": "Bearer wrong"},
        ELSEWHERE | {"HTTP_AUTHORIZATION": "Bearer "},
    ],
)
@pytest.mark.parametrize("token", ["", "right"])
def test_anybody_else_may_not(client, db, settings, request_of, token):
    settings.METRICS_TOKEN = token
    assert client.get(reverse("metrics"), **request_of).status_code == 403


def test_the_token_opens_them_from_anywhere(client, db, settings):
    settings.METRICS_TOKEN = "right"
    response = client.get(reverse("metrics"), HTTP_AUTHORIZATION="Bearer right", **ELSEWHERE)
    assert response.status_code == 200


def test_they_tell_which_parts_are_at_work(client, redis_server):
    before = gauges(client)
    redis_server.stop()
    after = gauges(client)
    assert (before["quarterdeck_redis_up"], after["quarterdeck_redis_up"]) == (1, 0)
    assert after["quarterdeck_database_up"] == 1


def test_they_tell_how_long_the_worker_has_been_silent(client, db, now, time_machine):
    heartbeat.record(now=now)
    time_machine.move_to(now.replace(minute=5), tick=False)
    assert gauges(client)["quarterdeck_worker_heartbeat_age_seconds"] == 300
    cache.delete(heartbeat.KEY)


def test_they_tell_how_much_work_waits(client, world, now, queued, time_machine):
    time_machine.move_to(now, tick=False)
    before = gauges(client)
    assert before["quarterdeck_kpi_marks_pending"] == before["quarterdeck_queue_messages"] == 0
    assert before["quarterdeck_imports_oldest_age_seconds"] == 0
    assert "quarterdeck_kpi_computed_age_seconds" not in before

    day = now.date()
    for scope in (1, 2):
        Mark.objects.create(
            scope_kind=1, scope_id=scope, from_on=day, until_on=day + timedelta(days=1)
        )
    ScopeRevision.objects.create(scope_kind=1, scope_id=1, computed_at=now - timedelta(seconds=30))
    HistoryImport.objects.create(
        application=world.checkout,
        environment=world.production,
        source="/srv/git/checkout",
        requested_by="user:alice@example.com",
        requested_at=now - timedelta(minutes=2),
    )
    jobs.enqueue("portal.core.tasks.beat")
    after = gauges(client)
    assert after["quarterdeck_kpi_marks_pending"] == 2
    assert after["quarterdeck_kpi_computed_age_seconds"] == 30
    assert after["quarterdeck_imports_unfinished"] == 1
    assert after["quarterdeck_imports_oldest_age_seconds"] == 120
    assert after["quarterdeck_queue_messages"] == 1


def test_they_are_told_without_the_database_too(client, transactional_db, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    told = gauges(client)
    monkeypatch.undo()
    assert told["quarterdeck_database_up"] == 0


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_prometheus_finds_no_fault_with_them(client, db):
    text = client.get(reverse("metrics")).content
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr  # 3: style, of the libraries' own names
    assert b"quarterdeck_" not in done.stderr
