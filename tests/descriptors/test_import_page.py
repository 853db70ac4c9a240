"""The page on which descriptors are pasted, mended, compared and applied; and their export."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.audit.models import Entry
from portal.catalogue.models import Application
from tests.descriptors.test_applying import COMPANY

PATH = "/apps/import/"
GOOD = COMPANY.split("---")[5]
BROKEN = GOOD.replace("acquiring", "aquiring").replace("tags: [java]", "tags: [Java]")


@pytest.fixture
def bob(client, world):
    client.force_login(world.bob)
    return client


def fingerprint(response):
    (found,) = set(re.findall(r'name="fingerprint" value="([0-9a-f]{64})"', response.text))
    return found


def test_all_errors_are_shown_beside_their_lines(bob):
    page = bob.post(PATH, {"text": BROKEN})
    assert page.status_code == 200
    assert "2 errors to mend" in page.text
    assert "such as java" in page.text
    assert "There is no team aquiring." in page.text
    assert "Did you mean acquiring?" in page.text
    assert page.text.count('class="is-culprit"') == 2
    assert not Entry.objects.exists()


def test_the_difference_is_shown_and_applied_only_then(bob, world):
    page = bob.post(PATH, {"text": GOOD})
    assert "1 changed" in page.text
    assert "<ins>Takes money.</ins>" in page.text
    world.checkout.refresh_from_db()
    assert world.checkout.description == ""
    done = bob.post(PATH, {"text": GOOD, "fingerprint": fingerprint(page), "apply": "1"})
    assert done.status_code == 302
    world.checkout.refresh_from_db()
    assert (world.checkout.description, world.checkout.managed_by) == ("Takes money.", "")


def test_what_changed_meanwhile_is_shown_again(bob, world):
    page = bob.post(PATH, {"text": GOOD})
    Application.objects.filter(slug="checkout").update(description="By hand.")
    again = bob.post(PATH, {"text": GOOD, "fingerprint": fingerprint(page), "apply": "1"})
    assert "has changed since this was shown" in again.text
    assert "<del>By hand.</del>" in again.text
    done = bob.post(PATH, {"text": GOOD, "fingerprint": fingerprint(again), "apply": "1"})
    assert done.status_code == 302


def test_a_file_is_taken_too_and_comes_back_as_text(bob):
    upload = SimpleUploadedFile("catalog-info.yaml", GOOD.encode())
    page = bob.post(PATH, {"upload": upload, "text": ""})
    assert "<ins>Takes money.</ins>" in page.text
    assert "name: checkout" in page.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: \xff", "is not valid UTF-8"),
        (b"a: &a [*a]", "stands within what it repeats"),
        (b"a: !!python/object:os.system x", "Tags such as"),
        (b"a: b\0", "control character"),
        (b"[" * 5000, "nested deeper"),
        (b"#" * 2_000_001, "A page takes up to 2 MB"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(bob, content, words):
    page = bob.post(PATH, {"upload": SimpleUploadedFile("x.yaml", content)})
    assert page.status_code == 200
    assert words in page.text


def test_nothing_pasted_is_asked_for(bob):
    assert "Paste a descriptor, or choose a file." in bob.post(PATH, {"text": " "}).text


def test_what_somebody_may_not_do_is_told_before_it_is_tried(client, world):
    client.force_login(world.charlie)
    page = client.post(PATH, {"text": GOOD})
    assert "Only people of acquiring, which owns it" in page.text
    assert "Apply these changes" not in page.text


def test_readers_import_nothing(client, world):
    client.force_login(world.eve)
    assert client.get(PATH).status_code == 403


@pytest.mark.parametrize(
    ("path", "things"),
    {
        "/apps/checkout/catalog-info.yaml": {"checkout"},
        "/teams/acquiring/catalog-info.yaml": {"acquiring", "checkout", "alice-example-com", "bob-example-com"},
        "/apps/catalog-info.yaml": {
            "payments", "cards", "acquiring", "lending", "checkout", "loans",
            "alice-example-com", "bob-example-com", "charlie-example-com",
        },
    }.items(),
)  # fmt: skip
def test_what_is_exported_and_imported_again_changes_nothing(client, world, path, things):
    client.force_login(world.olive)
    export = client.get(path)
    assert export["Content-Type"] == "application/yaml; charset=utf-8"
    assert set(re.findall(r"^  name: (\S+)$", export.text, re.MULTILINE)) == things
    assert "Nothing changes" in client.post(PATH, {"text": export.text}).text
    assert Entry.objects.get().event == "descriptors.exported"


def test_what_has_no_owner_is_named_and_left_out(client, world):
    world.checkout.owner = None
    world.checkout.save()
    client.force_login(world.olive)
    export = client.get("/apps/checkout/catalog-info.yaml")
    assert export.text == "# checkout has no owner, which a descriptor needs.\n"
    assert client.get("/apps/nothing/catalog-info.yaml").status_code == 404


def test_the_page_needs_few_queries(bob, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        bob.get(PATH)
