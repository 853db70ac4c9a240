"""Reading of descriptor files: every error at once, at its line, with its mend; never a crash."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.descriptors.reading.files import File, read
from portal.descriptors.reading.nodes import resolve
from portal.descriptors.reading.stream import MOST_BYTES

HEAD = "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
GOOD = (
    f"{HEAD}metadata:\n  name: checkout\nspec:\n  type: service\n"
    "  lifecycle: production\n  owner: acquiring\n"
)


def found(content):
    """Return the errors as (line, path, problem and mend)."""
    reading = read([File("catalog-info.yaml", content)])
    return [(error.line, error.path, f"{error.problem} {error.mend}") for error in reading.errors]


def names(content):
    return [entity.name for entity in read([File("catalog-info.yaml", content)]).sound]


def test_a_good_document_is_an_entity_with_its_place():
    (entity,) = read([File("a.yaml", f"# ours\n---\n{GOOD}---\n# nothing\n")]).entities
    assert (entity.kind, entity.name, entity.line) == ("Component", "checkout", 3)
    assert entity.text("spec", "owner") == "acquiring"


def test_all_errors_of_all_documents_are_told_at_once_at_their_lines():
    text = (
        f"{HEAD}metadata:\n"
        "  name: check out\n"
        "  tags: [Java, ok]\n"
        "  annotations:\n"
        "    quarterdeck.io/tier: 3\n"
        "spec:\n"
        "  type: service\n"
        "  lifecyle: production\n"
        "---\n"
        "kind: Componnt\n"
        "apiVersion: backstage.io/v1alpha1\n"
        "metadata: {name: two}\n"
        "---\n"
        "a: 'never closed\n"
        "---\n"
        f"{GOOD.replace('owner: acquiring', 'owner: 7')}"
    )
    told = found(text)
    assert [(line, path) for line, path, _ in told] == [
        (4, "/metadata/name"),
        (5, "/metadata/tags/0"),
        (7, "/metadata/annotations/quarterdeck.io~1tier"),
        (9, "/spec/lifecycle"),
        (9, "/spec/owner"),
        (12, "/kind"),
        (16, ""),
        (25, "/spec/owner"),
    ]
    words = " ".join(text for _, _, text in told)
    for part in (
        "such as java",
        'Quote it: quarterdeck.io/tier: "3".',
        "Did you mean lifecycle by lifecyle?",
        "Add owner: cards.",
        "Did you mean Component?",
        "The quote that begins on line 16 is not closed.",
        'Quote it: owner: "7".',
    ):
        assert part in words


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{here}: &{here} [{','.join([f'*{before}'] * 9)}]\n"
    for before, here in zip("abcdefgh", "bcdefghi", strict=True)
)
BAD = {
    "tab": ("metadata:\n\tname: x", 2, "A tab cannot indent YAML. Use spaces."),
    "tag": ("a: !!python/object/apply:os.system ['id']", 1, "Tags such as"),
    "local tag": ("a: !Ref b", 1, "Tags such as !Ref are not allowed."),
    "undefined tag handle": ("a: !x!y b", 1, "Tags are not allowed."),
    "billion laughs": (LAUGHS, 4, "Aliases repeat more than 1,000 values."),
    "recursion": ("a: &a [*a]", 1, "stands within what it repeats"),
    "unknown alias": ("a: *b", 1, "repeats nothing"),
    "merge key": ("b: &b {c: d}\na:\n  <<: *b", 3, "Merge keys (<<) are not allowed."),
    "deep flow": ("[" * 100_000, 1, "nested deeper than 30 levels"),
    "deep block": ("".join(" " * n + "a:\n" for n in range(60)), 31, "deeper than 30 levels"),
    "deep mappings": ("{a: " * 50_000, 1, "nested deeper than 30 levels"),
    "many values": ("[" + "a," * 30_000 + "]", 1, "more than 20,000 values"),
    "duplicate key": ("a: 1\nb: 2\na: 3", 3, "The key a is there twice, first on line 1."),
    "list as key": ("? [a, b]\n: c", 1, "A key cannot be a list"),
    "NUL": ("a: b\nc: \0", 2, "control character (U+0000)"),
    "NUL as escape": ('a: "\\0"', 1, "The value contains a NUL character."),
    "escape code": ("a: \x1b[31m", 1, "control character (U+001B)"),
    "surrogate": ("a: \ud800", 1, "control character (U+D800)"),
    "invalid UTF-8": (b"a: b\nc: caf\xe9", 2, "The byte 0xe9 is not valid UTF-8."),
    "UTF-16": ("a: b".encode("utf-16"), 1, "is not valid UTF-8"),
    "open quote": ("a: b\nc: 'd\ne: f", 2, "The quote that begins on line 2 is not closed."),
    "open bracket": ("a: [b, c\nd: e", 2, "of line 1 is not closed here"),
    "second colon": ("a: b: c", 1, "There is a second colon where none can be."),
    "no colon": ("a: b\nword\nc: d", 3, "has no colon"),
    "indentation": ("a:\n    b: 1\n  c: 2", 3, "not indented like the others"),
    "at sign": ("a: @b", 1, "A value cannot start with @. Quote it"),
    "escape": ('a: "\\q"', 1, "a backslash begins an escape"),
    "percent": ("%TAG ! tag:example.com:\n---\na: b", 1, "Directives other than %YAML"),
    "a word": ("hello", 1, "The document is no entity."),
    "a list": ("- a\n- b", 1, "The document is no entity."),
    "huge": ("#" * (MOST_BYTES + 1), 1, "The file is larger than 16 MB."),
    "many documents": ("---\n" * 60_000, 1, "at most 50,000 are read"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_a_descriptor_is_refused_in_words_and_soon(name):
    content, line, words = BAD[name]
    began = perf_counter()
    told = found(content)
    assert perf_counter() - began < 5
    assert any(at == line and words in text for at, _, text in told), told


# What makes a whole file unreadable: its bytes, its size, how it begins.
WHOLE = {
    "NUL",
    "escape code",
    "surrogate",
    "invalid UTF-8",
    "UTF-16",
    "huge",
    "many documents",
    "percent",
}


@pytest.mark.parametrize("name", sorted(BAD.keys() - WHOLE))
def test_what_is_wrong_in_one_document_hides_no_other(name):
    content, _, _ = BAD[name]
    assert names(f"{GOOD}---\n{content}\n---\n{GOOD.replace('checkout', 'pay')}") == [
        "checkout",
        "pay",
    ]


def test_aliases_may_repeat_a_little():
    text = GOOD.replace("name: checkout", "name: &n checkout\n  title: *n")
    (entity,) = read([File("a.yaml", text)]).entities
    assert entity.text("metadata", "title") == "checkout"


def test_a_byte_order_mark_a_directive_and_windows_line_ends_are_no_matter():
    text = f"%YAML 1.2\n---\n{GOOD}".replace("\n", "\r\n")
    assert names(b"\xef\xbb\xbf" + text.encode()) == ["checkout"]


def test_an_entity_told_twice_is_told_of_with_both_places():
    (error,) = found(f"{GOOD}---\n{GOOD.replace('checkout', 'Checkout')}")
    assert error[:2] == (13, "/metadata/name")
    assert "first in catalog-info.yaml on line 1" in error[2]


def test_a_slip_in_a_field_that_may_be_left_out_is_a_note():
    reading = read([File("a.yaml", GOOD + "  dependson: [component:pay]\n")])
    assert [note.mend for note in reading.findings] == ["Did you mean dependsOn?"]
    assert not reading.errors


@pytest.mark.parametrize(
    ("written", "value"),
    {
        "no": "no",
        "on": "on",
        "2026-01-01": "2026-01-01",
        "12:30": "12:30",
        "true": True,
        "~": None,
        "0x1f": 31,
        "0o17": 15,
        "017": 17,
        "1e3": 1000.0,
        "9" * 400: "9" * 400,
        "1e999999": "1e999999",
    }.items(),
)
def test_plain_values_mean_what_yaml_1_2_says(written, value):
    assert resolve(written) == value


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_nothing_that_anybody_sends_breaks_the_reader(content):
    read([File("a.yaml", content)])


@given(
    st.lists(
        st.sampled_from(
            [
                *GOOD.splitlines(keepends=True),
                "---\n",
                "  - a\n",
                "{",
                "x: [",
                "\t",
                "&a ",
                "*a\n",
                "'",
            ]
        )
    )
)
def test_no_mixture_of_pieces_breaks_the_reader(pieces):
    for finding in read([File("a.yaml", "".join(pieces))]).findings:
        assert finding.line >= 1
        assert finding.problem.endswith(".")
