"""The pages on imports: who may ask, what is refused and told, watching, cancelling, repeating."""

import pytest

from portal.audit.models import Entry
from portal.core import jobs
from portal.integrations.models import HistoryImport, ImportState
from tests.factories import EnvironmentFactory

NEW = "/apps/checkout/import/"


@pytest.fixture
def sent(monkeypatch):
    """What would be sent to the workers."""
    messages = []
    monkeypatch.setattr(jobs, "_send", lambda name, kwargs: messages.append((name, kwargs)))
    return messages


@pytest.fixture
def source(repository, settings, mirrors, tmp_path):
    """A repository with the tags v1.9, v1.10 and v1.10-rc1 that the server may read."""
    settings.IMPORT_ALLOWED_SOURCES = [str(tmp_path)]
    repository.commit("a", hours=0)
    repository.commit("b", "a", hours=1)
    repository.tag("v1.9", "a")
    repository.tag("v1.10-rc1", "b")
    repository.tag("v1.10", "b")
    repository.tag("nightly", "b")
    repository.write()
    return str(repository.path)


@pytest.fixture
def asked(world, source):
    return {
        "source": source,
        "tags": "v*",
        "excludes": "*-rc*, *-beta*",
        "environment": world.production.pk,
        "branch": "",
        "paths": "",
    }


@pytest.fixture
def job(world, now, source):
    return HistoryImport.objects.create(
        application=world.checkout,
        environment=world.production,
        source=source,
        tags="v*",
        excludes=["*-rc*"],
        requested_by=world.bob.label,
        requested_at=now,
    )


# --- Asking -----------------------------------------------------------------------------------


def test_a_member_asks_for_an_import_and_a_worker_is_told(
    world, client, asked, sent, django_capture_on_commit_callbacks
):
    client.force_login(world.bob)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(NEW, asked)
    job = HistoryImport.objects.get()
    assert response.headers["Location"] == f"/imports/{job.pk}/"
    assert (job.state, job.requested_by) == (ImportState.QUEUED, "user:bob@example.com")
    assert (job.source, job.tags, job.excludes) == (asked["source"], "v*", ["*-rc*", "*-beta*"])
    assert sent == [("portal.integrations.tasks.run_import", {"import_id": job.pk})]
    assert Entry.objects.get().event == "integrations.import.requested"


@pytest.mark.parametrize("name", ["charlie", "eve", "audrey"])
def test_others_are_refused(world, client, asked, name):
    client.force_login(getattr(world, name))
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, asked).status_code == 403
    assert client.get(f"{NEW}tags/", asked).status_code == 403
    assert not HistoryImport.objects.exists()


def test_an_application_that_is_not_there_is_not_found(world, client):
    client.force_login(world.bob)
    assert client.get("/apps/nothing/import/").status_code == 404
    assert client.get("/apps/nothing/import/tags/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": ""}, "required"),
        ({"source": "/etc"}, "may not read from there"),
        ({"source": "ext::sh -c id"}, "ext::"),
        ({"source": "--upload-pack=id"}, "hyphen"),
        ({"source": "https://ada:hunter2@git.example.com/app"}, "Leave user and password out"),
        ({"tags": ""}, "required"),
        ({"excludes": "x" * 201}, "too long"),
        ({"environment": "0"}, "valid choice"),
    ],
)
def test_what_cannot_be_imported_is_explained(world, client, asked, changes, words):
    client.force_login(world.bob)
    response = client.post(NEW, asked | changes)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not HistoryImport.objects.exists()


def test_an_environment_of_another_application_is_no_choice(world, client, asked):
    other = EnvironmentFactory.create(application=world.loans)
    client.force_login(world.bob)
    assert b"valid choice" in client.post(NEW, asked | {"environment": other.pk}).content


def test_the_same_repository_is_imported_once_at_a_time(world, client, asked, job):
    client.force_login(world.bob)
    assert b"being imported already" in client.post(NEW, asked).content
    assert HistoryImport.objects.count() == 1


def test_an_empty_list_of_sources_says_what_operations_do(world, client, settings):
    settings.IMPORT_ALLOWED_SOURCES = []
    client.force_login(world.bob)
    page = client.get(NEW).content.decode()
    assert "IMPORT_ALLOWED_SOURCES" in page
    assert "manage.py import_git" in page


def test_the_form_can_start_from_an_earlier_import(world, client, job):
    client.force_login(world.bob)
    page = client.get(f"{NEW}?like={job.pk}").content.decode()
    assert f'value="{job.source}"' in page
    assert 'value="*-rc*"' in page
    assert client.get(f"{NEW}?like=none").status_code == 200


# --- Preview ----------------------------------------------------------------------------------


def test_the_preview_names_what_would_be_deployed_latest_first(world, client, asked):
    client.force_login(world.bob)
    page = client.get(f"{NEW}tags/", asked).content.decode()
    assert page.index("v1.10<") < page.index("v1.9<")
    assert "2</strong>" in page
    assert "1 left out" in page
    assert "1 other tag does not match" in page


def test_the_preview_of_no_match_says_so(world, client, asked):
    client.force_login(world.bob)
    page = client.get(f"{NEW}tags/", asked | {"tags": "release-*"}).content.decode()
    assert "No tag would be a deployment" in page


@pytest.mark.parametrize("source", ["", "/etc", "ext::x"])
def test_the_preview_asks_nothing_of_what_is_not_allowed(world, client, asked, source):
    client.force_login(world.bob)
    page = client.get(f"{NEW}tags/", asked | {"source": source}).content.decode()
    assert "its tags appear here" in page


def test_the_preview_tells_what_is_wrong(world, client, asked, tmp_path):
    (tmp_path / "empty").mkdir()
    client.force_login(world.bob)
    page = client.get(f"{NEW}tags/", asked | {"source": str(tmp_path / "empty")}).content.decode()
    assert "no git repository" in page


# --- Watching ---------------------------------------------------------------------------------


def test_a_running_import_is_polled_until_it_is_over(world, client, job):
    client.force_login(world.audrey)
    job.state, job.phase, job.percent = ImportState.RUNNING, "Reading commits", 57
    job.save()
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert 'value="57"' in page
    assert "Reading commits" in page
    part = client.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    job.state = ImportState.SUCCEEDED
    job.save()
    part = client.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part
    assert "/apps/checkout/" in part


def test_a_failed_import_says_why_and_offers_the_mend(world, client, job, now):
    client.force_login(world.bob)
    job.state, job.problem, job.finished_at = ImportState.FAILED, "No tag matches v*.", now
    job.save()
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert "No tag matches v*." in page
    assert "Nothing was written" in page
    assert f"{NEW}?like={job.pk}" in page


def test_readers_are_offered_no_buttons(world, client, job):
    client.force_login(world.eve)
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert "Cancel the import" not in page


@pytest.mark.parametrize("address", ["/imports/0/", "/imports/999999/"])
def test_an_import_that_is_not_there_is_not_found(world, client, address):
    client.force_login(world.bob)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}cancel/").status_code == 404
    assert client.post(f"{address}again/").status_code == 404


def test_the_pages_ask_few_queries(world, client, job, django_assert_max_num_queries):
    client.force_login(world.bob)
    with django_assert_max_num_queries(12):
        client.get(f"/imports/{job.pk}/")
    with django_assert_max_num_queries(12):
        client.get(NEW)


# --- Cancelling and repeating -----------------------------------------------------------------


def test_an_import_is_cancelled_once(world, client, job):
    client.force_login(world.bob)
    assert client.post(f"/imports/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == ImportState.CANCELLED
    assert Entry.objects.get().event == "integrations.import.cancelled"
    response = client.post(f"/imports/{job.pk}/cancel/", follow=True)
    assert b"has ended: cancelled" in response.content
    assert Entry.objects.count() == 1


def test_an_import_is_repeated_with_the_same_selection(world, client, job):
    client.force_login(world.bob)
    HistoryImport.objects.update(state=ImportState.SUCCEEDED)
    response = client.post(f"/imports/{job.pk}/again/")
    again = HistoryImport.objects.latest("pk")
    assert again.pk != job.pk
    assert response.headers["Location"] == f"/imports/{again.pk}/"
    assert (again.source, again.tags, again.excludes) == (job.source, "v*", ["*-rc*"])


def test_repeating_what_is_no_longer_allowed_is_refused(world, client, job, settings):
    client.force_login(world.bob)
    HistoryImport.objects.update(state=ImportState.SUCCEEDED)
    settings.IMPORT_ALLOWED_SOURCES = []
    response = client.post(f"/imports/{job.pk}/again/", follow=True)
    assert b"may not read from there" in response.content
    assert HistoryImport.objects.count() == 1


@pytest.mark.parametrize("action", ["cancel", "again"])
def test_others_neither_cancel_nor_repeat(world, client, job, action):
    client.force_login(world.charlie)
    assert client.post(f"/imports/{job.pk}/{action}/").status_code == 403
    assert client.get(f"/imports/{job.pk}/{action}/").status_code == 405
    job.refresh_from_db()
    assert job.state == ImportState.QUEUED
