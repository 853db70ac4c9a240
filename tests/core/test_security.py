"""What every answer carries and no page contains."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
INLINE = re.compile(
    r"""<script(?![^>]*\ssrc=)    # a script with its text in the page
      |<style\b
      |\sstyle=["']
      |\son\w+\s*=\s*["']         # onclick and its like
      |\shx-on
      |javascript:""",
    re.VERBOSE | re.IGNORECASE,
)


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        '<script type="module">x',
        "<p style='x'>",
        '<a onclick="x">',
        "<style>",
        '<a hx-on:click="x">',
        '<a href="javascript:x">',
    ],
)
def test_the_search_for_inline_code_finds_it(text):
    assert INLINE.search(text)


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix()
)
def test_no_template_has_code_or_style_in_it(path):
    assert not INLINE.findall(path.read_text())


def test_there_are_templates():
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/no/such/page/"])
def test_every_answer_carries_the_headers(world, client, path):
    client.force_login(world.alice)
    response = client.get(path)
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world, client):
    client.get("/accounts/login/")
    client.post(
        "/accounts/login/", {"login": "alice@example.com", "password": "correct horse battery"}
    )
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"


def test_a_form_without_its_token_is_refused_with_the_next_step(world, client):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(world.alice)
    response = strict.post("/profile/", {"name": "x"})
    assert response.status_code == 403
    assert "reload the page" in response.text


def test_a_missing_page_is_styled_for_people_and_strangers_alike(world, client):
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is nothing here" in response.text
    assert 'href="/accounts/login/"' in response.text
    client.force_login(world.alice)
    assert "Account of Alice" in client.get("/no/such/page/").text


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_the_pages_of_faults_need_no_context_and_no_database(name):
    html = render_to_string(name)
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert '<a class="btn" href="/">' in html


def test_a_fault_shows_the_page_of_faults(world, client, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr("portal.home.views.search.find", fail)
    client.force_login(world.alice)
    client.raise_request_exception = False
    response = client.get("/search/")
    assert response.status_code == 500
    assert "That is a fault of ours" in response.text
