"""What a release delivers: against sets of ancestors worked out plainly, and rule by rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.metrics.history import Commit, Patterns, Release, deliveries

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BOTS = Patterns(["*[bot]", "dependabot*"])
HOTFIXES = Patterns(["hotfix*", "[hotfix]*"])


def at(hours):
    return START + timedelta(hours=hours)


def commit(sha, parents="", hours=0, subject="", author="Ada", **more):
    return Commit(
        sha=sha,
        parents=tuple(parents.split()),
        authored_at=at(hours),
        committed_at=at(hours),
        author=author,
        email=more.pop("email", "ada@example.com"),
        subject=subject or f"Change {sha}",
        **more,
    )


def told(commits, *releases, line=None):
    return deliveries(
        commits,
        [Release(name, sha, at(hours)) for name, sha, hours in releases],
        line=line or commits[-1].sha,
        bots=BOTS,
        hotfixes=HOTFIXES,
    )


def contents(found):
    return {
        delivery.release.name: [change.commit.sha for change in delivery.changes]
        for delivery in found
    }


def kinds(found):
    return [(delivery.release.name, delivery.kind, delivery.remedies) for delivery in found]


def chain(*subjects, start=0):
    """One commit an hour, each the child of the one before: a, b, c, ..."""
    shas = [chr(ord("a") + place) for place in range(len(subjects))]
    return [
        commit(sha, shas[place - 1] if place else "", hours=start + place, subject=subject)
        for place, (sha, subject) in enumerate(zip(shas, subjects, strict=True))
    ]


# --- Against plain sets -----------------------------------------------------------------------


@st.composite
def histories(draw):
    """A random graph, parents before children, and releases of some of its commits."""
    size = draw(st.integers(1, 14))
    commits = []
    for place in range(size):
        count = draw(st.integers(0, min(3, place)))
        parents = draw(
            st.lists(st.integers(0, place - 1), min_size=count, max_size=count, unique=True)
            if place
            else st.just([])
        )
        commits.append(
            commit(
                f"c{place}",
                " ".join(f"c{parent}" for parent in parents),
                hours=draw(st.integers(0, 20)),
                subject=draw(st.sampled_from(["", "Merge branch 'hotfix/x' into main"])),
                touches=draw(st.booleans()),
            )
        )
    places = st.integers(0, size - 1)
    releases = [
        Release(f"v{number:02}", f"c{draw(places)}", at(draw(st.integers(0, 20))))
        for number in range(draw(st.integers(1, 6)))
    ]
    return commits, releases, f"c{draw(places)}"


def ancestors(commits):
    """Every commit with everything it contains, itself too."""
    known: dict[str, set[str]] = {}
    for each in commits:
        known[each.sha] = {each.sha}.union(*(known[parent] for parent in each.parents))
    return known


def height(commits, sha):
    """How many commits the longest way from the commit to a root passes."""
    parents = next(each.parents for each in commits if each.sha == sha)
    return 1 + max((height(commits, parent) for parent in parents), default=0)


def first_on_line(commits, contained, line, sha):
    """When the first commit on the first-parent line of `line` that contains `sha` was made."""
    by_sha = {each.sha: each for each in commits}
    chain = [by_sha[line]]
    while chain[-1].parents:
        chain.append(by_sha[chain[-1].parents[0]])
    containing = [each for each in chain if sha in contained[each.sha]]
    return containing[-1].committed_at if containing else None


def run(commits, releases, line):
    return deliveries(commits, releases, line=line, bots=BOTS, hotfixes=HOTFIXES)


@given(histories())
def test_a_change_is_live_with_the_first_release_that_contains_it(history):
    commits, releases, line = history
    contained = ancestors(commits)
    live: set[str] = set()
    expected = {}
    for release in sorted(
        releases, key=lambda each: (each.at, height(commits, each.sha), each.sha)
    ):
        changes = {each.sha for each in commits if each.touches and len(each.parents) < 2}
        expected[release.name] = (contained[release.sha] - live) & changes
        live |= contained[release.sha]
    found = run(commits, releases, line)
    assert {name: set(shas) for name, shas in contents(found).items()} == expected
    assert list(contents(found)) == list(expected)


@given(histories())
def test_a_change_is_merged_by_the_first_commit_of_the_line_that_contains_it(history):
    commits, releases, line = history
    contained = ancestors(commits)
    live: set[str] = set()
    for delivery in run(commits, releases, line):
        release = delivery.release
        for change in delivery.changes:
            expected = first_on_line(commits, contained, line, change.commit.sha)
            if expected is None or expected > release.at:
                expected = first_on_line(commits, contained, release.sha, change.commit.sha)
            assert change.merged_at == expected
        live |= contained[release.sha]


@given(histories())
def test_a_merged_hotfix_branch_marks_what_the_merge_brought(history):
    commits, releases, line = history
    contained = ancestors(commits)
    expected = set()
    for each in commits:
        if len(each.parents) > 1 and "hotfix" in each.subject:
            others = set().union(*(contained[parent] for parent in each.parents[1:]))
            expected |= others - contained[each.parents[0]]
    for delivery in run(commits, releases, line):
        for change in delivery.changes:
            assert change.is_hotfix == (change.commit.sha in expected)


@given(histories())
def test_going_back_is_to_release_what_the_release_before_contains_or_an_earlier_one_was(history):
    commits, releases, line = history
    contained = ancestors(commits)
    before: list[Release] = []
    for delivery in run(commits, releases, line):
        sha = delivery.release.sha
        back = bool(before) and sha != before[-1].sha
        back = back and (
            sha in contained[before[-1].sha] or sha in {earlier.sha for earlier in before}
        )
        assert (delivery.kind == "ROLLBACK") == back
        if back:
            assert delivery.remedies == before[-1].name
        before.append(delivery.release)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_git_tells_commits_and_tags_does_not_matter(history, random):
    commits, releases, line = history
    waiting, shuffled = list(commits), []
    while waiting:
        ready = [
            each for each in waiting if not any(parent.sha in each.parents for parent in waiting)
        ]
        shuffled.append(random.choice(ready))
        waiting.remove(shuffled[-1])
    once = list({(each.at, each.sha): each for each in releases}.values())
    expected = run(commits, once, line)
    found = run(shuffled, random.sample(once, len(once)), line)
    assert kinds(found) == kinds(expected)
    assert [set(each.changes) for each in found] == [set(each.changes) for each in expected]


# --- Rule by rule -----------------------------------------------------------------------------


def test_of_two_releases_at_one_instant_the_contained_one_is_first():
    found = told(chain("one", "two"), ("z", "a", 9), ("a", "b", 9))
    assert contents(found) == {"z": ["a"], "a": ["b"]}
    assert [delivery.kind for delivery in found] == ["PLANNED", "PLANNED"]


def test_of_two_tags_on_one_commit_the_one_given_first_brings_it():
    found = told(chain("one", "two"), ("z", "b", 9), ("a", "b", 9))
    assert contents(found) == {"z": ["a", "b"], "a": []}


def test_a_maintenance_release_does_not_credit_what_a_newer_line_already_brought():
    commits = [
        commit("a"),
        commit("b", "a", 1),
        commit("c", "b", 2),
        commit("m", "a", 3),
        commit("n", "m", 4),
    ]
    found = told(commits, ("1.0", "a", 0), ("2.0", "c", 2), ("1.0.1", "n", 4), line="c")
    assert contents(found) == {"1.0": ["a"], "2.0": ["b", "c"], "1.0.1": ["m", "n"]}
    assert {delivery.kind for delivery in found} == {"PLANNED"}


def test_a_maintenance_release_merged_back_later_was_merged_on_its_own_line():
    commits = [commit("a"), commit("m", "a", 3), commit("b", "a", 4), commit("x", "b m", 50)]
    found = told(commits, ("1.0", "a", 0), ("1.0.1", "m", 5))
    assert found[1].changes[0].merged_at == at(3)


def test_a_commit_was_merged_when_its_branch_was():
    commits = [commit("a"), commit("f", "a", 1), commit("b", "a", 2), commit("x", "b f", 7)]
    found = told(commits, ("1", "a", 0), ("2", "x", 8))
    assert {change.commit.sha: change.merged_at for change in found[1].changes} == {
        "f": at(7),
        "b": at(2),
    }


def test_releasing_what_is_live_again_is_no_rollback():
    found = told(chain("one", "two"), ("1", "b", 2), ("1-again", "b", 3))
    assert kinds(found)[1] == ("1-again", "PLANNED", "")


def test_releasing_an_older_commit_rolls_back_what_was_live():
    found = told(chain("one", "two", "three"), ("1", "b", 2), ("2", "c", 3), ("3", "a", 4))
    assert kinds(found)[2] == ("3", "ROLLBACK", "2")
    assert contents(found)["3"] == []


@pytest.mark.parametrize(
    "revert",
    [
        {"subject": "Take it back", "reverts": ("b",)},
        {"subject": 'Revert "Faster checkout"'},
        {"subject": 'Revert "Faster checkout" (#12)'},
        {"subject": 'Revert "Faster che…"'},
        {"subject": 'Revert "Faster che...'},
        {"subject": 'Revert "Faster chec'},
        {"subject": 'Revert "Faster checkout"', "reverts": ("0" * 40,)},
    ],
    ids=["by name", "by subject", "numbered", "shortened", "dots", "cut", "renamed by a rebase"],
)
def test_a_revert_of_what_was_live_is_a_hotfix_of_the_release_that_brought_it(revert):
    commits = [
        commit("a"),
        commit("b", "a", 1, "Faster checkout"),
        commit("c", "b", 2),
        commit("d", "c", 3, **revert),
    ]
    found = told(commits, ("1", "a", 0), ("2", "b", 1), ("3", "c", 2), ("4", "d", 3))
    assert kinds(found)[3] == ("4", "HOTFIX", "2")
    assert found[3].changes[0].commit.is_revert


def test_a_commit_may_be_reverted_by_a_unique_abbreviation_only():
    commits = [
        commit("abc1" + "0" * 36),
        commit("abc2" + "0" * 36, "abc1" + "0" * 36, 1),
        commit("dd", "abc2" + "0" * 36, 2, reverts=("abc",)),
        commit("ee", "dd", 3, reverts=("abc2",)),
    ]
    releases = [(str(place), each.sha, place) for place, each in enumerate(commits)]
    assert kinds(told(commits, *releases))[2:] == [("2", "PLANNED", ""), ("3", "HOTFIX", "1")]


def test_a_revert_within_one_release_remedies_nothing():
    commits = chain("one", "two", 'Revert "two"')
    found = told(commits, ("1", "a", 0), ("2", "c", 2))
    assert kinds(found)[1] == ("2", "PLANNED", "")
    assert found[1].changes[1].commit.is_revert


def test_a_revert_of_a_revert_remedies_the_release_of_the_revert():
    commits = chain("one", 'Revert "one"', 'Revert "Revert "one""')
    found = told(commits, ("1", "a", 0), ("2", "b", 1), ("3", "c", 2))
    assert kinds(found)[1:] == [("2", "HOTFIX", "1"), ("3", "HOTFIX", "2")]


def test_a_reverted_merge_counts_as_what_was_live():
    commits = [
        commit("a"),
        commit("f", "a", 1),
        commit("x", "a f", 2, "Merge pull request #7 from ada/faster"),
        commit("r", "x", 3, 'Revert "Merge pull request #7 from ada/faster"'),
    ]
    found = told(commits, ("1", "a", 0), ("2", "x", 2), ("3", "r", 3))
    assert kinds(found)[2] == ("3", "HOTFIX", "2")


def test_of_several_reverted_releases_the_latest_is_remedied():
    commits = chain("one", "two", "three", 'Revert "one"', 'Revert "two"')
    found = told(commits, ("1", "a", 0), ("2", "b", 1), ("3", "c", 2), ("4", "e", 4))
    assert kinds(found)[3] == ("4", "HOTFIX", "2")


@pytest.mark.parametrize("subject", ["Hotfix: rounding", "hotfix rounding", "[hotfix] rounding"])
def test_a_hotfix_by_subject_remedies_the_release_before(subject):
    found = told(chain("one", "two", subject), ("1", "a", 0), ("2", "b", 1), ("3", "c", 2))
    assert kinds(found)[2] == ("3", "HOTFIX", "2")


@pytest.mark.parametrize(
    "subject",
    [
        "Merge branch 'hotfix/rounding'",
        "Merge branch 'hotfix/rounding' into 'main'",
        "Merge remote-tracking branch 'origin/hotfix-rounding'",
        "Merge pull request #7 from ada/hotfix/rounding",
        "Merged in hotfix/rounding (pull request #7)",
    ],
)
def test_a_hotfix_by_branch_remedies_the_release_before(subject):
    commits = [commit("a"), commit("f", "a", 1, "Round"), commit("x", "a f", 2, subject)]
    found = told(commits, ("1", "a", 0), ("2", "x", 2))
    assert kinds(found)[1] == ("2", "HOTFIX", "1")
    assert found[1].changes[0].is_hotfix


@pytest.mark.parametrize(
    "subject", ["Merge branch 'main' into hotfix/rounding", "Merge branch 'docs-of-hotfix'"]
)
def test_merging_into_a_hotfix_branch_marks_nothing(subject):
    commits = [commit("a"), commit("f", "a", 1, "Round"), commit("x", "a f", 2, subject)]
    assert kinds(told(commits, ("1", "a", 0), ("2", "x", 2)))[1] == ("2", "PLANNED", "")


def test_a_hotfix_in_the_first_release_remedies_nothing():
    assert kinds(told(chain("hotfix"), ("1", "a", 0))) == [("1", "PLANNED", "")]


def test_commits_elsewhere_in_the_repository_are_not_changes_of_the_application():
    commits = [
        commit("a"),
        commit("b", "a", 1, touches=False),
        commit("c", "b", 2),
        commit("d", "c", 3, "hotfix", touches=False),
    ]
    found = told(commits, ("1", "a", 0), ("2", "d", 3))
    assert contents(found) == {"1": ["a"], "2": ["c"]}
    assert found[1].kind == "PLANNED"


def test_bots_are_known_by_name_or_address_and_brackets_are_letters():
    commits = [
        commit("a", author="Renovate[bot]"),
        commit("b", "a", 1, author="b"),
        commit("c", "b", 2, email="dependabot@example.com"),
    ]
    found = told(commits, ("1", "c", 3))
    assert [change.is_bot for change in found[0].changes] == [True, False, True]


def test_no_pattern_matches_nothing():
    assert not Patterns([]).match("")


def test_a_vanished_release_keeps_what_it_brought():
    commits = chain("one", "two", "three")
    releases = [
        Release("1", "a", at(0)),
        Release("2", "gone", at(1), brought=frozenset({"b", "also gone"})),
        Release("3", "c", at(2)),
    ]
    found = run(commits, releases, "c")
    assert contents(found) == {"1": ["a"], "3": ["c"]}


def test_the_boundary_of_a_shallow_clone_is_a_root():
    commits = [commit("b", "a", 1), commit("c", "b", 2)]
    assert contents(told(commits, ("1", "b", 1), ("2", "c", 2))) == {"1": ["b"], "2": ["c"]}
