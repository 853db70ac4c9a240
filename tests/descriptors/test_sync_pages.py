"""Pages of synchronisations: who sees and may what, and what they say."""

import pytest

from portal.descriptors.models import Description, DescriptorSync, SyncRun
from tests.descriptors.test_applying import COMPANY

CHECKOUT = COMPANY.split("---")[5]


@pytest.fixture
def olive(client, committed):
    client.force_login(committed.olive)
    return client


@pytest.fixture
def drifted(sync, files, look, committed):
    files.commit(a=CHECKOUT)
    look(sync)
    Description.objects.update(drift=["description: By hand., told as Takes money."])
    return sync


def test_an_empty_list_offers_the_first_step(olive):
    assert "Add the first one" in olive.get("/descriptors/").text


def test_one_is_set_up_shown_paused_and_run(olive, files):
    files.commit(a=CHECKOUT)
    form = {
        "name": "Company", "source": str(files.path), "branch": "", "mode": "REVIEW",
        "pattern": "**/catalog-info.yaml", "interval_minutes": "15",
    }  # fmt: skip
    bad = olive.post("/descriptors/new/", form | {"source": "/etc"})
    assert "The server may not read from there." in bad.text
    made = olive.post("/descriptors/new/", form)
    assert made["Location"] == "/descriptors/company/"
    again = olive.post("/descriptors/new/", form)
    assert "There is a synchronisation company already." in again.text
    asked = olive.post("/descriptors/company/run/")
    assert asked["Location"].startswith("/descriptors/company/runs/")
    assert "Waiting for a worker" in olive.get(asked["Location"]).text
    olive.post("/descriptors/company/pause/")
    assert DescriptorSync.objects.get().is_paused
    assert "Paused" in olive.get("/descriptors/").text
    olive.post("/descriptors/company/edit/", form | {"name": "Whole company"})
    assert "Whole company" in olive.get("/descriptors/company/").text


def test_drift_is_shown_and_taken_over_by_hand_and_given_back(olive, drifted):
    page = olive.get("/descriptors/payments/")
    assert "description: By hand., told as Takes money." in page.text
    described = Description.objects.get()
    olive.post(f"/descriptors/payments/kept/{described.pk}/")
    assert "Kept by hand" in olive.get("/descriptors/payments/").text
    olive.post(f"/descriptors/payments/kept/{described.pk}/", {"back": "1"})
    described.refresh_from_db()
    assert described.state == "DESCRIBED"


def test_a_difference_is_looked_at_and_applied(olive, sync, files, look, committed):
    DescriptorSync.objects.update(mode="REVIEW")
    sync.refresh_from_db()
    files.commit(a=CHECKOUT)
    found = look(sync)
    page = olive.get(found.get_absolute_url())
    assert "<ins>Takes money.</ins>" in page.text
    assert "A difference waits for a look." in olive.get("/descriptors/payments/").text
    olive.post(f"{found.get_absolute_url()}apply/")
    assert look(sync).state == "APPLIED"
    committed.checkout.refresh_from_db()
    assert committed.checkout.description == "Takes money."


def test_the_errors_of_a_run_are_shown_with_file_and_line(olive, sync, files, look):
    files.commit(a=CHECKOUT.replace("acquiring", "aquiring"))
    page = olive.get(look(sync).get_absolute_url())
    assert "There is no team aquiring." in page.text
    assert "of a/catalog-info.yaml" in page.text


def test_others_see_and_change_nothing(client, committed, drifted):
    run = SyncRun.objects.latest("id")
    client.force_login(committed.bob)
    page = client.get("/descriptors/payments/")
    assert page.status_code == 200
    assert "Look now" not in page.text
    described = Description.objects.get()
    for path in (
        "run/", "pause/", "edit/", f"kept/{described.pk}/",
    ):  # fmt: skip
        assert client.post(f"/descriptors/payments/{path}").status_code == 403
    assert client.get("/descriptors/nothing/").status_code == 404
    assert client.get(f"/descriptors/payments/runs/{run.pk + 9}/").status_code == 404
    client.force_login(committed.eve)
    assert client.get("/descriptors/new/").status_code == 403


def test_the_pages_need_few_queries(olive, drifted, django_assert_max_num_queries):
    for path in ("/descriptors/", "/descriptors/payments/", "/descriptors/new/"):
        with django_assert_max_num_queries(12):
            olive.get(path)


def test_an_application_says_where_it_is_described_and_what_drifted(olive, drifted):
    page = olive.get("/apps/checkout/")
    assert 'hx-get="/apps/checkout/as-code/"' in page.text
    told = olive.get("/apps/checkout/as-code/")
    assert "in a/catalog-info.yaml, line 2" in told.text
    assert "description: By hand., told as Takes money." in told.text
    assert "No repository describes it" in olive.get("/apps/loans/").text
