"""Definitions from YAML: what is let in, and that everything wrong is told at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scorecards.rules.reading import LONGEST_TEXT, DefinitionError, read_definition

GOOD = """\
scorecard: readiness
title: Readiness
why: Nights are short.
applies_to: {tier: [1, 2], lifecycle: [production], data: [pci], tags: [java]}
levels: [bronze, silver]
rules:
  - id: owner
    level: bronze
    why: Somebody answers.
    check: has_owner
  - id: often
    level: silver
    title: Deploys often
    why: Small is safe.
    check: deployment_frequency
    with: {at_least: 2.5}
    fails: Deploy more often.
    mend: {text: How to, url: "https://wiki.example.com/{application}"}
    only: {tier: [1]}
"""


def problems(text):
    with pytest.raises(DefinitionError) as refused:
        read_definition(text)
    return refused.value.problems


def test_a_definition_is_read_whole():
    found = read_definition(GOOD)
    assert (found.slug, found.title, found.levels) == (
        "readiness", "Readiness", ["bronze", "silver"]
    )  # fmt: skip
    assert found.applies_to.words == "tier 1 or 2, in production, with pci data, tagged java"
    owner, often = found.rules
    assert (owner.level, owner.title, owner.mend.url) == (
        1, "Has an owner", "/apps/{application}/edit/"
    )  # fmt: skip
    assert (often.level, often.parameters) == (2, {"at_least": 2.5})
    assert often.wanted == "at least 2.5 deployments a week to production"
    assert often.mend.address(application="pay", owner="") == "https://wiki.example.com/pay"
    assert often.only.tiers == {1}


def test_everything_wrong_is_told_at_once_with_its_line():
    text = (
        GOOD.replace("title: Readiness", "titel: Readiness")
        .replace("check: has_owner", "check: has_ownr")
        .replace("at_least: 2.5", "at_least: many")
        .replace("level: silver\n", "level: sliver\n")
    )
    assert [(one.line, one.path, one.mend) for one in problems(text)] == [
        (1, "title", "Add “title: …”."),
        (2, "titel", "Did you mean title?"),
        (10, "rules[0].check", "Did you mean has_owner?"),
        (12, "rules[1].level", "Did you mean silver?"),
        (16, "rules[1].with.at_least", "Write a number above 0, such as 1.5."),
    ]


WRONG = {
    "two rules of one id": (("id: often", "id: owner"), 11, "rules[1].id"),
    "an id in capitals": (("id: owner", "id: Owner"), 7, "rules[0].id"),
    "a value the check does not take": (("at_least: 2.5", "at_leest: 2.5"), 16, "rules[1].with.at_leest"),
    "no value where one is needed": (("    with: {at_least: 2.5}\n", ""), 11, "rules[1].with"),
    "values for a check without any": (
        ("check: has_owner", "check: has_owner\n    with: {days: 1}"), 11, "rules[0].with"
    ),
    "an infinite number": (("at_least: 2.5", "at_least: .inf"), 16, "rules[1].with.at_least"),
    "a truth for a number": (("at_least: 2.5", "at_least: true"), 16, "rules[1].with.at_least"),
    "a script for an address": (
        ("https://wiki.example.com/{application}", "javascript:alert(1)"), 18, "rules[1].mend.url"
    ),
    "another host without a scheme": (
        ("https://wiki.example.com/{application}", "//evil.example.com"), 18, "rules[1].mend.url"
    ),
    "an unknown placeholder": (("{application}", "{password}"), 18, "rules[1].mend.url"),
    "a tier that is none": (("tier: [1, 2]", "tier: [1, 5]"), 4, "applies_to.tier[1]"),
    "a lifecycle that is none": (("[production]", "[producton]"), 4, "applies_to.lifecycle[0]"),
    "a level without rules": (
        ("[bronze, silver]", "[bronze, silver, gold]"), 5, "levels[2]"
    ),
    "a level twice": (("[bronze, silver]", "[bronze, silver, silver]"), 5, "levels[2]"),
    "a number for a title": (("title: Readiness", "title: 2026"), 2, "title"),
    "a key twice": (("title: Readiness", "title: A\ntitle: B"), 3, "title"),
    "a text for a list": (("levels: [bronze, silver]", "levels: bronze"), 5, "levels"),
    "a rule that is a text": (("  - id: owner", "  - owner\n  - id: owner"), 7, "rules[0]"),
    "an empty list of rules": ((GOOD[GOOD.index("rules:"):], "rules: []\n"), 6, "rules"),
    "a very long title": (("title: Readiness", "title: " + "a" * 81), 2, "title"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_line_and_path(name):
    (old, new), line, path = WRONG[name]
    text = GOOD.replace(old, new)
    assert text != GOOD
    assert (line, path) in [(one.line, one.path) for one in problems(text)]
    assert all(one.message and one.mend for one in problems(text))


HOSTILE = {
    "nothing": "",
    "a list": "- 1\n- 2",
    "broken YAML": "a: b: c",
    "a tab for indentation": "a:\n\tb: 1",
    "an alias": "a: &x 1\nb: *x",
    "billion laughs": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "a tag": "a: !!python/object:os.system x",
    "two documents": "---\na: 1\n---\nb: 1",
    "deep nesting": "[" * 5000,
    "a NUL byte": "a: \x00",
    "a lone surrogate": "a: \ud800",
    "too long": "# " + "a" * LONGEST_TEXT,
    "a merge key": "a: 1\n<<: {b: 1}",
    "a complex key": "? [a]\n: 1",
    "a huge number": GOOD.replace("2.5", "9" * 5000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused_with_a_line(name):
    assert all(one.line >= 1 and one.message and one.mend for one in problems(HOSTILE[name]))


@given(st.text() | st.text(alphabet="[]{}:-,&*!|>'\"# \nab1"))
def test_no_text_breaks_the_reader(text):
    with pytest.raises(DefinitionError):
        read_definition(text)
