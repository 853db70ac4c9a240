"""JSON with one meaning: what is taken, and what is refused with where and how to mend it."""

from time import process_time

import pytest

from portal.core.strict_json import DEEPEST, JsonError, pointer, read_json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, "\xc3\xa9", null, true]}', {"a": [1, 2.5, "é", None, True]}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
        (b"0", 0),
    ],
)
def test_plain_json_is_read(body, value):
    found = read_json(body)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("body", "words", "place"),
    [
        (b"", "line 1, column 1", ""),
        (b"{", "not JSON, at line 1", ""),
        (b'{"a": 1}\n{', "line 2, column 1", ""),
        (b"{'a': 1}", "not JSON", ""),
        (b'{"a": 1, "a": 2}', 'name "a" is there twice', ""),
        (b'[{"b": {"a": 1, "a": 1}}]', "twice", ""),
        (b"\xff", "Byte 0 is not UTF-8", ""),
        (b'{"a": "\xc3\x28"}', "Byte 7 is not UTF-8", ""),
        (b'{"a": ["\\u0000"]}', "holds a NUL", "#/a/0"),
        (b'{"a\\u0000": 1}', "holds a NUL", "#"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair", "#/a"),
        (b'{"a/b": {"~": "\\ud800"}}', "surrogate", "#/a~1b/~0"),
        (b"NaN", "NaN is not JSON", ""),
        (b"[-Infinity]", "-Infinity is not JSON", ""),
        (b"1e999", "too large", ""),
        (b"9" * 5000, "too many digits", ""),
        (b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), "nested more than", "#/0"),
        (b"[" * 100_000, "nested more than", ""),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "nested more than", ""),
    ],
)
def test_what_has_no_single_meaning_is_refused(body, words, place):
    with pytest.raises(JsonError) as refused:
        read_json(body)
    assert words in str(refused.value)
    assert refused.value.pointer.startswith(place)
    assert refused.value.mend


def test_a_pointer_escapes_what_divides_it():
    assert pointer("a/b", 0, "~") == "#/a~1b/0/~0"


def test_a_name_that_is_there_twice_among_many_is_found_at_once():
    names = ",".join(f'"{number}":0' for number in range(60_000))
    begun = process_time()
    with pytest.raises(JsonError, match='"59999" is there twice'):
        read_json(f'{{{names},"59999":0}}'.encode())
    assert process_time() - begun < 2
