"""What may be typed into the search box."""

import pytest

from snippets.query import Query, parse
from snippets.refused import Refused


@pytest.mark.parametrize(
    ("text", "terms", "labels"),
    [
        ("Parse ARGS parse", ("parse", "args"), ()),
        ('"def Main(" x', ("def main(", "x"), ()),
        ('print("hello") a"b"c', ('print("hello")', 'a"b"c'), ()),
        ('"say "hi"to" "a b"', ('say "hi"to', "a b"), ()),
        ('"open', ('"open',), ()),
        ("STRASSE straße", ("strasse",), ()),
        ("Language:Python3 tag:Web", (), ("language:python", "tag:web")),
        ('language:"Common Lisp"', (), ("language:common-lisp",)),
        ("language: foo:bar", ("language:", "foo:bar"), ()),
        ("one\x00two\nthree", ("one", "two", "three"), ()),
        ("AND NEAR(a* -b", ("and", "near(a*", "-b"), ()),
        ("ab abc", ("ab", "abc"), ()),
        ("日本語", ("日本語",), ()),
    ],
)
def test_all_that_was_typed_is_looked_for(text: str, terms: tuple[str, ...], labels: tuple[str, ...]):
    assert parse(text) == Query(terms, labels)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ab", "at least 3 characters"),
        ("a b c d", "at least 3 characters"),
        ('""', "at least 3 characters"),
        ("\x00", "at least 3 characters"),
        ("x" * 201, "at most 200"),
        ("one two three four five six seven eight nine", "at most 8"),
        ("language:nonesuch", "“nonesuch” is not a language known here"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_with_what_to_type_instead(text: str, reason: str):
    with pytest.raises(Refused, match=reason):
        parse(text)
