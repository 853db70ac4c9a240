"""Which sources are understood, refused and allowed."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.integrations.adapters.sources import Source, SourceError, is_allowed, parse
from tests.integrations.repository import Repository

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "protocol", "location"),
    [
        ("https://Git.Example.com/team/app.git", "https", "https://git.example.com/team/app.git"),
        (" https://git.example.com:8443/app ", "https", "https://git.example.com:8443/app"),
        ("ssh://git@git.example.com/app.git", "ssh", "ssh://git@git.example.com/app.git"),
        ("git@git.example.com:team/app.git", "ssh", "ssh://git@git.example.com/team/app.git"),
        ("git.example.com:/team/app.git", "ssh", "ssh://git.example.com/team/app.git"),
        ("git://[::1]/app", "git", "git://[::1]/app"),
        ("/srv/../srv/app.git", "file", "/srv/app.git"),
        ("file:///srv/app%20one.git", "file", "/srv/app one.git"),
        ("/srv/odd:name.git", "file", "/srv/odd:name.git"),
    ],
)
def test_a_source_is_understood(text, protocol, location):
    assert parse(text) == Source(protocol, location)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Say where"),
        ("   ", "Say where"),
        ("--upload-pack=touch /srv/x", "hyphen"),
        ("-oProxyCommand=x", "hyphen"),
        ("ext::sh -c touch% /srv/x", "ext::"),
        ("fd::7", "ext::"),
        ("https://git.example.com/a\nb", "control"),
        ("/srv/a\0b", "control"),
        ("http://git.example.com/app", "https://"),
        ("ftp://git.example.com/app", "https://"),
        (f"https://ada:{SECRET}@git.example.com/app", "Leave user and password out"),
        (f"https://{SECRET}@git.example.com/app", "Leave user and password out"),
        (f"ssh://git:{SECRET}@git.example.com/app", "Leave user and password out"),
        (f"https://git.example.com/app?token={SECRET}", "path of the repository"),
        ("https://git.example.com/team/../../other", "path of the repository"),
        ("https://git.example.com/team/%2e%2e/other", "path of the repository"),
        ("https://git.example.com/", "names a host"),
        ("https:///app.git", "host name"),
        ("ssh://-oProxyCommand=x/app", "host name"),
        ("ssh://-l@git.example.com/app", "user name"),
        ("https://git.example.com:port/app", "not a valid one"),
        ("https://[::1/app", "not a valid one"),
        ("file://elsewhere/srv/app", "three slashes"),
    ],
)
def test_a_source_is_refused_without_repeating_a_secret(text, reason):
    with pytest.raises(SourceError, match=reason) as error:
        parse(text)
    assert SECRET not in str(error.value)


def allows(text, allowed):
    """Whether a source is understood and allowed."""
    try:
        return is_allowed(parse(text), allowed)
    except SourceError:
        return False


def test_a_link_that_leads_in_a_circle_leads_nowhere(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert not allows(str(tmp_path / "a" / "app.git"), [str(tmp_path / "allowed")])


ADDRESSES = ["https://git.example.com/team", "ssh://git@git.example.com:2222/"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://git.example.com/team", True),
        ("https://git.example.com/team/app.git", True),
        ("https://GIT.example.com//team/app.git", True),
        ("https://git.example.com/team-two/app.git", False),
        ("https://git.example.com/other/team/app.git", False),
        ("https://git.example.com.evil.example/team/app.git", False),
        ("https://git.example.com:444/team/app.git", False),
        ("ssh://git.example.com/team/app.git", False),
        ("ssh://deploy@git.example.com:2222/any/app.git", True),
        ("git://git.example.com/team/app.git", False),
        ("/srv/app.git", False),
    ],
)
def test_an_address_is_allowed_by_scheme_host_port_and_whole_segments(text, expected):
    assert is_allowed(parse(text), ADDRESSES) == expected


def test_a_list_that_cannot_be_understood_is_named(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="ftp://x"):
        is_allowed(parse(str(tmp_path)), ["ftp://x"])


def test_nothing_is_allowed_when_nothing_is_listed(tmp_path):
    assert not is_allowed(parse(str(tmp_path)), [])


class TestFolders:
    """Local repositories must lie, with all that they borrow, in an allowed folder."""

    @pytest.fixture
    def inside(self, tmp_path):
        (tmp_path / "allowed").mkdir()
        return Repository(tmp_path / "allowed" / "app.git").path

    @pytest.fixture
    def outside(self, tmp_path):
        return Repository(tmp_path / "secret.git").path

    @pytest.fixture
    def allowed(self, tmp_path):
        return [str(tmp_path / "allowed")]

    def test_a_repository_inside_is_allowed_and_one_outside_is_not(self, inside, outside, allowed):
        assert is_allowed(parse(str(inside)), allowed)
        assert not is_allowed(parse(str(outside)), allowed)

    def test_a_bundle_inside_is_allowed(self, inside, allowed):
        bundle = inside.parent / "app.bundle"
        bundle.touch()
        assert is_allowed(parse(str(bundle)), allowed)

    def test_dots_do_not_lead_out(self, inside, outside, allowed):
        assert not is_allowed(parse(f"{inside.parent}/../{outside.name}"), allowed)

    def test_a_folder_of_a_similar_name_is_another_one(self, tmp_path, allowed):
        assert not is_allowed(parse(str(tmp_path / "allowed-too")), allowed)

    def test_a_link_does_not_lead_out(self, inside, outside, allowed):
        (inside.parent / "link.git").symlink_to(outside)
        assert not is_allowed(parse(str(inside.parent / "link.git")), allowed)

    def test_an_allowed_folder_may_itself_be_a_link(self, tmp_path, inside):
        (tmp_path / "door").symlink_to(inside.parent)
        assert is_allowed(parse(str(tmp_path / "door" / "app.git")), [str(tmp_path / "door")])

    @pytest.mark.parametrize("name", ["objects", "refs", "config", "packed-refs", "refs/tags"])
    def test_a_repository_whose_parts_are_links_out_is_refused(
        self, inside, outside, allowed, name
    ):
        part = inside / name
        if part.exists():
            part.rename(outside / "kept")
        part.symlink_to(outside / name)
        assert not is_allowed(parse(str(inside)), allowed)

    def test_a_pack_that_is_a_link_out_is_refused(self, inside, outside, allowed):
        (inside / "objects" / "pack" / "pack-1.pack").symlink_to(outside / "config")
        assert not is_allowed(parse(str(inside)), allowed)

    def test_borrowed_objects_must_be_inside_too(self, inside, outside, allowed):
        alternates = inside / "objects" / "info" / "alternates"
        alternates.write_text(f"{outside}/objects\n")
        assert not is_allowed(parse(str(inside)), allowed)
        alternates.write_text(f"# none\n{inside}/objects\n")
        assert is_allowed(parse(str(inside)), allowed)

    def test_a_work_tree_may_not_point_out(self, inside, outside, allowed):
        tree = inside.parent / "tree"
        tree.mkdir()
        (tree / ".git").write_text(f"gitdir: {outside}\n")
        assert not is_allowed(parse(str(tree)), allowed)
        (tree / ".git").write_text(f"gitdir: {inside}\n")
        assert is_allowed(parse(str(tree)), allowed)

    def test_a_linked_work_tree_may_not_share_a_repository_outside(self, inside, outside, allowed):
        (inside / "commondir").write_text(f"{outside}\n")
        assert not is_allowed(parse(str(inside)), allowed)
