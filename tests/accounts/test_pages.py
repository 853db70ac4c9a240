"""Sign-in, sign-out, passwords and the profile, as pages."""

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def alice(world, client):
    client.force_login(world.alice)
    return world.alice


def test_every_page_asks_for_sign_in_and_comes_back(world, client):
    response = client.get("/profile/")
    assert response.headers["Location"] == "/accounts/login/?next=/profile/"
    response = client.post(
        response.headers["Location"], {"login": "alice@example.com", "password": PASSWORD}
    )
    assert response.headers["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/profile/", "/search/", "/accounts/password/"])
def test_the_pages_of_a_person_render(alice, client, path):
    assert client.get(path).status_code == 200


def test_the_profile_changes(alice, client):
    response = client.post(
        "/profile/", {"name": "Alice L.", "zone": "asia/kolkata", "theme": "DARK"}
    )
    assert response.headers["Location"] == "/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.zone, alice.theme) == ("Alice L.", "Asia/Kolkata", "DARK")
    assert b'data-theme="dark"' in client.get("/profile/").content
