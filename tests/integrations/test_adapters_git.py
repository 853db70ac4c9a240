"""What is read of real repositories, and what is said of those that cannot be read."""

import shutil
import socket
import time

import pytest

from kpis.metrics.history import Release
from portal.integrations.adapters import process
from portal.integrations.adapters.git import Selection, read, survey
from portal.integrations.adapters.process import Git, GitError
from portal.integrations.adapters.sources import Source, SourceError, parse
from tests.integrations.repository import at


@pytest.fixture
def filled(repository):
    """Three commits in a row and a branch of its own, tagged 1.0, 1.1-rc1, 1.1 and 2.0."""
    repository.commit("a", hours=0, path="svc/pay/a")
    repository.commit("b", "a", hours=1, authored=0.5, path="web/b")
    repository.commit("f", "a", hours=2, branch="fix/login", author="Bo[bot] <b@x>")
    repository.commit("c", "b", "f", hours=3, subject="Merge branch 'fix/login'")
    repository.tag("1.0", "a")
    repository.tag("1.1-rc1", "b")
    repository.tag("1.1", "b", hours=4)
    repository.tag("2.0", "c", hours=5)
    repository.write()
    return repository


def source_of(repository):
    repository.write()
    return parse(str(repository.path))


def names(repository, reading):
    known = {repository.sha(name): name for name in repository._marks}
    return [known[commit.sha] for commit in reading.commits]


EVERYTHING = Selection()


# --- What is read -----------------------------------------------------------------------------


def test_tags_have_the_tagger_s_time_or_the_commit_s(filled, git):
    reading = read(git, source_of(filled), Selection(excludes=["*-rc*"]))
    assert sorted(reading.releases) == [
        Release("1.0", filled.sha("a"), at(0)),
        Release("1.1", filled.sha("b"), at(4)),
        Release("2.0", filled.sha("c"), at(5)),
    ]
    assert reading.excluded == ["1.1-rc1"]
    assert reading.tags == ["1.0", "1.1", "1.1-rc1", "2.0"]
    assert reading.unusable == []
    assert not reading.is_shallow


def test_commits_come_parents_first_with_both_times(filled, git):
    reading = read(git, source_of(filled), Selection())
    order = names(filled, reading)
    assert sorted(order) == ["a", "b", "c", "f"]
    assert order[0] == "a"
    assert order[-1] == "c"
    b = next(commit for commit in reading.commits if commit.sha == filled.sha("b"))
    assert (b.authored_at, b.committed_at) == (at(0.5), at(1))
    assert b.parents == (filled.sha("a"),)
    f = next(commit for commit in reading.commits if commit.sha == filled.sha("f"))
    assert (f.author, f.email) == ("Bo[bot]", "b@x")


def test_messages_are_read_whatever_is_in_them(repository, git):
    repository.commit("a", hours=0)
    sha = repository.sha("a")
    repository.commit("b", "a", hours=1, subject="Ünïcode 🚀", body=f"This reverts commit {sha}.")
    repository.commit("c", "b", hours=2, subject="one\ntwo", body="\x1f\x1e\n\nlines\r\n")
    repository.tag("1", "c")
    commits = read(git, source_of(repository), Selection()).commits
    assert [commit.subject for commit in commits] == ["Change a", "Ünïcode 🚀", "one two"]
    assert [commit.reverts for commit in commits] == [(), (sha,), ()]


def test_a_commit_in_another_encoding_is_read(repository, git):
    repository.commit("a", hours=0)
    repository.write()
    tree = repository.git("rev-parse", f"{repository.sha('a')}^{{tree}}")
    body = (
        f"tree {tree}\nauthor J\xfcrgen <j@x> 1736154000 +0000\n"
        "committer J\xfcrgen <j@x> 1736154000 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n"
    ).encode("latin-1")
    sha = repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=body)
    repository.git("update-ref", "refs/tags/odd", sha)
    commits = read(git, source_of(repository), Selection(tags="odd")).commits
    assert ("Jürgen", "Grüße") in {(commit.author, commit.subject) for commit in commits}


def test_an_impossible_date_does_not_stop_the_import(repository, git):
    repository.commit("a", hours=0)
    tree = repository.git("rev-parse", f"{repository.sha('a')}^{{tree}}")
    body = (
        f"tree {tree}\nauthor A <a@x> 99999999999999999 +0000\n"
        f"committer A <a@x> {int(at(1).timestamp())} +0000\n\nFuture\n"
    ).encode()
    sha = repository.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=body)
    repository.git("update-ref", "refs/tags/odd", sha)
    commits = read(git, source_of(repository), Selection(tags="odd")).commits
    odd = next(commit for commit in commits if commit.sha == sha)
    assert odd.authored_at == odd.committed_at == at(1)


def test_only_what_the_wanted_tags_and_the_branch_contain_is_read(filled, git):
    filled.commit("z", "a", hours=9, branch="experiment")
    filled.commit("y", "c", hours=9)
    reading = read(git, source_of(filled), Selection(tags="1.*"))
    assert sorted(names(filled, reading)) == ["a", "b", "c", "f", "y"]
    assert reading.line == filled.sha("y")


def test_a_branch_may_be_chosen(filled, git):
    reading = read(git, source_of(filled), Selection(branch="fix/login"))
    assert reading.line == filled.sha("f")


def test_commits_that_touch_the_paths_are_told_from_others(filled, git):
    reading = read(git, source_of(filled), Selection(paths=["svc/**"]))
    touching = {commit.sha for commit in reading.commits if commit.touches}
    assert touching == {filled.sha("a")}
    assert len(reading.commits) == 4


def test_a_tag_of_a_tag_leads_to_its_commit(filled, git):
    filled.git("tag", "-a", "-m", "again", "outer", "refs/tags/2.0")
    reading = read(git, source_of(filled), Selection(tags="outer"))
    assert [release.sha for release in reading.releases] == [filled.sha("c")]


def test_a_tag_that_points_at_no_commit_is_named_and_left_out(filled, git):
    blob = filled.git("hash-object", "-w", "--stdin", stdin=b"key")
    filled.git("update-ref", "refs/tags/1.1-key", blob)
    reading = read(git, source_of(filled), Selection(tags="1.1*"))
    assert reading.unusable == ["1.1-key"]
    assert {release.name for release in reading.releases} == {"1.1", "1.1-rc1"}


def test_a_bundle_is_read_like_the_repository_it_is_of(filled, git, tmp_path):
    bundle = tmp_path / "app.bundle"
    filled.git("bundle", "create", str(bundle), "--all")
    expected = read(git, source_of(filled), Selection())
    found = read(git, parse(str(bundle)), Selection())
    assert sorted(found.releases) == sorted(expected.releases)
    assert set(found.commits) == set(expected.commits)
    assert found.line == expected.line


def test_a_working_copy_is_read_like_a_bare_repository(filled, git, tmp_path):
    filled.git("clone", "--quiet", str(filled.path), str(tmp_path / "copy"), inside=False)
    reading = read(git, parse(str(tmp_path / "copy")), Selection())
    assert len(reading.commits) == 4


def test_a_repository_without_a_branch_checked_out_is_read_at_its_head(filled, git):
    filled.git("update-ref", "--no-deref", "HEAD", filled.sha("b"))
    assert read(git, source_of(filled), Selection()).line == filled.sha("b")


def test_a_shallow_copy_is_told(filled, git, tmp_path):
    address = f"file://{filled.path}"
    filled.git(
        "clone", "--quiet", "--bare", "--depth=1", address, str(tmp_path / "s"), inside=False
    )
    reading = read(git, parse(str(tmp_path / "s")), Selection())
    assert reading.is_shallow
    assert len(reading.commits) == 1


def test_progress_is_told_step_by_step(filled, git):
    told = []
    read(git, source_of(filled), Selection(), progress=lambda *step: told.append(step))
    assert told[0] == ("Asking the repository for its tags", 0)
    assert 100 in [percent for _, percent in told]
    assert told[-1] == ("Reading commits", 0)


# --- The mirror -------------------------------------------------------------------------------


def test_a_second_reading_sees_new_moved_and_vanished_tags(filled, git):
    read(git, source_of(filled), Selection())
    filled.commit("d", "c", hours=6)
    filled.tag("2.1", "d")
    filled.tag("1.1", "d", hours=7)
    filled.untag("1.0")
    reading = read(git, source_of(filled), Selection(excludes=["*rc*"]))
    assert sorted(reading.releases) == [
        Release("1.1", filled.sha("d"), at(7)),
        Release("2.0", filled.sha("c"), at(5)),
        Release("2.1", filled.sha("d"), at(6)),
    ]


def test_commits_of_a_vanished_tag_are_read_as_long_as_anybody_knows_them(filled, git):
    filled.commit("x", "a", hours=6, branch="gone")
    filled.tag("0.9", "x")
    sha = filled.sha("x")
    read(git, source_of(filled), Selection())
    filled.untag("0.9")
    filled.git("update-ref", "-d", "refs/heads/gone")
    filled.git("gc", "--quiet", "--prune=now")
    without = read(git, source_of(filled), Selection())
    assert sha not in {commit.sha for commit in without.commits}
    known = read(git, source_of(filled), Selection(), known=[sha, "0" * 40])
    assert sha in {commit.sha for commit in known.commits}


def test_a_mirror_that_was_left_broken_is_made_anew(filled, git):
    expected = read(git, source_of(filled), Selection())
    mirror = next(git.home.glob("*.git"))
    (mirror / "HEAD").write_text("rubbish")
    shutil.rmtree(mirror / "objects")
    assert read(git, source_of(filled), Selection()) == expected
    assert not list(git.home.glob("*.new"))


def test_a_lock_left_behind_by_a_killed_git_is_no_obstacle(filled, git):
    expected = read(git, source_of(filled), Selection())
    mirror = next(git.home.glob("*.git"))
    (mirror / "packed-refs.lock").touch()
    (mirror / "refs" / "tags" / "2.1.lock").touch()
    filled.tag("2.1", "c")
    filled.untag("1.0")
    names = {release.name for release in read(git, source_of(filled), Selection()).releases}
    assert names == {each.name for each in expected.releases} - {"1.0"} | {"2.1"}


def test_a_failing_fetch_leaves_the_good_mirror_alone(filled, git, tmp_path):
    bundle = tmp_path / "app.bundle"
    filled.git("bundle", "create", str(bundle), "--all")
    whole = bundle.read_bytes()
    expected = read(git, parse(str(bundle)), Selection())
    filled.commit("d", "c", hours=6)
    filled.tag("2.1", "d")
    filled.git("bundle", "create", str(bundle), "--all")
    bundle.write_bytes(bundle.read_bytes()[:-150])
    with pytest.raises(SourceError, match="incomplete or damaged"):
        read(git, parse(str(bundle)), Selection())
    bundle.write_bytes(whole)
    assert read(git, parse(str(bundle)), Selection()) == expected


def test_the_configuration_of_the_repository_is_not_obeyed(filled, git, tmp_path):
    trace = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trace}\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "uploadpack.packObjectsHook", "core.pager"):
        filled.git("config", name, str(program))
    filled.git("config", "log.showSignature", "true")
    read(git, source_of(filled), Selection(paths=["svc/**"]))
    assert not trace.exists()


def test_variables_of_git_are_not_inherited(filled, git, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "none")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert len(read(git, source_of(filled), Selection()).commits) == 4
    assert not (tmp_path / "trace").exists()


# --- What cannot be read ----------------------------------------------------------------------


def refused(git, source, selection=EVERYTHING, **more):
    with pytest.raises(SourceError) as error:
        read(git, source, selection, **more)
    assert not list(git.home.glob("*.new"))
    return str(error.value)


def test_nothing_at_the_path(git, tmp_path):
    assert "nothing at that path" in refused(git, parse(str(tmp_path / "typo.git")))


def test_a_folder_that_is_no_repository(git, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no git repository" in refused(git, parse(str(tmp_path / "empty")))


@pytest.mark.parametrize("content", [b"hello\n", b"", b"# v2 git bundle\nrubbish\n"])
def test_a_file_that_is_no_bundle(git, tmp_path, content):
    (tmp_path / "some.bundle").write_bytes(content)
    message = refused(git, parse(str(tmp_path / "some.bundle")))
    assert "no git repository" in message or "cut off" in message


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_bundle_that_is_cut_off(filled, git, tmp_path, share):
    bundle = tmp_path / "app.bundle"
    filled.git("bundle", "create", str(bundle), "--all")
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[: int(len(whole) * share)])
    message = refused(git, parse(str(bundle)))
    assert "incomplete or damaged" in message or "cut off" in message
    assert not list(git.home.glob("*.git"))


def test_a_bundle_of_the_latest_commits_only(filled, git, tmp_path):
    bundle = tmp_path / "app.bundle"
    filled.git("bundle", "create", str(bundle), f"{filled.sha('b')}..main", "refs/tags/2.0")
    assert "git bundle create FILE --all" in refused(git, parse(str(bundle)))


def test_a_repository_with_a_missing_object(filled, git):
    filled.git("repack", "-adq")
    for pack in (filled.path / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o644)
        content = bytearray(pack.read_bytes())
        content[len(content) // 2] ^= 0xFF
        pack.write_bytes(content)
    assert "incomplete or damaged" in refused(git, source_of(filled))


def test_a_repository_without_commits(repository, git):
    assert "no commits yet" in refused(git, source_of(repository))


def test_a_repository_without_tags(repository, git):
    repository.commit("a", hours=0)
    assert "has no tags" in refused(git, source_of(repository))


def test_no_tag_that_matches_names_some_that_exist(filled, git):
    message = refused(git, source_of(filled), Selection(tags="v*"))
    assert message == "No tag matches v*. There is 1.0, 1.1, 1.1-rc1, 2.0."


def test_only_excluded_tags_names_them_and_the_excludes(filled, git):
    selection = Selection(tags="1.1*", excludes=["*-beta*", "1.*"])
    message = refused(git, source_of(filled), selection)
    assert message == "All tags that match 1.1* are excluded by 1.*: 1.1, 1.1-rc1."


def test_only_tags_of_files(filled, git):
    blob = filled.git("hash-object", "-w", "--stdin", stdin=b"key")
    filled.git("update-ref", "refs/tags/key", blob)
    assert "points at a commit" in refused(git, source_of(filled), Selection(tags="key"))


def test_a_branch_that_is_not_there_names_those_that_are(filled, git):
    message = refused(git, source_of(filled), Selection(branch="develop"))
    assert message == "There is no branch develop. There is fix/login, main."


def test_a_head_that_leads_nowhere_asks_for_a_branch(filled, git):
    filled.git("update-ref", "-d", "refs/heads/main")
    filled.git("update-ref", "-d", "refs/heads/fix/login")
    assert "Name one" in refused(git, source_of(filled))


def test_paths_that_nothing_touches(filled, git):
    message = refused(git, source_of(filled), Selection(paths=["services/**", "-x"]))
    assert "No commit touches services/**, -x." in message


def test_paths_that_git_does_not_understand(filled, git):
    message = refused(git, source_of(filled), Selection(paths=[":(nonsense)x"]))
    assert "path filter is not valid" in message


def test_git_that_is_absent(filled, git, monkeypatch, tmp_path):
    source = source_of(filled)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in refused(git, source)


def test_a_host_that_refuses(git):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert "does not answer" in refused(git, Source("https", f"https://127.0.0.1:{port}/x"))


def test_a_protocol_that_is_switched_off(filled, tmp_path):
    git = Git(tmp_path / "mirrors", 10, protocols=["https"])
    assert "may not use that protocol" in refused(git, source_of(filled))


def test_a_host_that_never_answers_is_given_up_and_leaves_no_process(tmp_path):
    git = Git(tmp_path / "mirrors", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"git://127.0.0.1:{silent.getsockname()[1]}/app"
        started = time.monotonic()
        assert "took longer than" in refused(git, Source("git", address))
    assert time.monotonic() - started < 5


def test_another_import_of_the_same_repository_is_waited_for_but_not_for_ever(filled, tmp_path):
    git = Git(tmp_path / "mirrors", 0.3)
    source = source_of(filled)
    patient = Git(tmp_path / "mirrors", 30)

    def meanwhile(step, _percent):
        if step == "Reading commits":
            assert "Another import is still reading" in refused(git, source)

    read(patient, source, Selection(), progress=meanwhile)


def test_an_interruption_ends_git(filled, git, monkeypatch):
    ended = []
    end = process._end

    def ending(each):
        ended.append(each)
        end(each)

    monkeypatch.setattr(process, "_end", ending)

    def interrupt(step, _percent):
        if step != "Asking the repository for its tags":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(git, source_of(filled), Selection(), progress=interrupt)
    assert ended
    assert all(each.poll() is not None for each in ended)


def test_an_unforeseen_complaint_is_passed_on(git):
    with pytest.raises(GitError, match="not a git command"):
        git.run("nonsense")


def test_a_survey_names_tags_and_branches(filled, git):
    found = survey(git, source_of(filled))
    assert found.tags == ["1.0", "1.1", "1.1-rc1", "2.0"]
    assert found.branches == ["fix/login", "main"]
    assert found.default == "main"
