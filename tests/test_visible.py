"""Names that cannot be seen, or pass for others, are spelt out; and what the walk over all pages would find."""

import pytest
from walk import SCRIPT, Page, fields

from snippets.visible import visible, visible_name


def test_a_script_that_is_let_through_is_found():
    assert Page(f"<p>{SCRIPT}</p>").wrong != []
    assert Page("<a href=' JavaScript:alert(1)'>x</a><img onerror=x>").wrong != []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("main.py", "main.py"),
        ("größe.py", "größe.py"),
        ("exe.\u202egpj", "exe.‹U+202E›gpj"),
        ("a\u200bb.py", "a‹U+200B›b.py"),
        ("a.\u0440y", "a.‹U+0440›y"),
        ("README.md\u2028", "README.md‹U+2028›"),
        ("\u2066main.py\u2069", "‹U+2066›main.py‹U+2069›"),
        ("me\ufeff.txt", "me‹U+FEFF›.txt"),
        ("a\u200d.py", "a‹U+200D›.py"),
        ("👨\u200d👩\u200d👧.txt", "👨\u200d👩\u200d👧.txt"),
        ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
        ("資料.txt", "資料.txt"),
    ],
)
def test_a_name_is_shown_as_what_it_is(name: str, shown: str):
    assert visible_name(name) == shown


def test_a_title_keeps_its_words_whatever_they_are_written_in():
    assert visible("Глава 1.Начало") == "Глава 1.Начало"
    assert visible("a\u202eb") == "a‹U+202E›b"


def test_the_walk_knows_the_fields_of_queries_and_forms():
    assert {"q", "before", "code", "name", "title", "tags", "reason", "address", "note", "way", "maxwidth"} <= {
        *fields()
    }
