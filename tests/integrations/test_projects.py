"""Whole histories, read and worked out, against plain questions to git."""

import pytest

from kpis.metrics.history import Patterns, deliveries
from portal.integrations.adapters.git import Selection, read
from portal.integrations.adapters.sources import parse
from tests.integrations.oracle import Expected, ExpectedChange, Oracle
from tests.integrations.project import Project


def delivered(git, repository, *, paths=()):
    """What the portal works out, in the words of the oracle."""
    selection = Selection("v*", ["*-rc*"], paths=paths)
    reading = read(git, parse(str(repository.path)), selection)
    found = deliveries(
        reading.commits,
        reading.releases,
        line=reading.line,
        bots=Patterns(["*[bot]"]),
        hotfixes=Patterns(["hotfix*"]),
    )
    return [
        Expected(
            delivery.release.name,
            delivery.release.sha,
            delivery.release.at,
            delivery.kind,
            delivery.remedies,
            {
                ExpectedChange(
                    change.commit.sha,
                    change.commit.authored_at,
                    change.merged_at,
                    change.is_bot,
                    change.commit.is_revert,
                    change.is_hotfix,
                )
                for change in delivery.changes
            },
        )
        for delivery in found
    ]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("paths", [(), ("svc/pay/**",)], ids=["whole", "one service"])
def test_a_history_is_delivered_as_git_says_it_is(repository, git, seed, paths):
    Project(repository, seed=seed).build()
    oracle = Oracle(repository, tags="v*", excludes=["*-rc*"], paths=paths)
    expected = oracle.deliveries()
    assert delivered(git, repository, paths=paths) == expected
    # The project holds what it promises to.
    assert {each.kind for each in expected} == {"PLANNED", "HOTFIX", "ROLLBACK"}
    parents = [len(facts[5].split()) for facts in oracle.facts.values()]
    assert len(parents) > 200
    assert {1, 2, 4} <= set(parents)
