"""What became of the files between two revisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.changes import Change, changes
from snippets.hunks import GAP, Room, around
from snippets.models import File

CODE = "".join(f"line {number}\n" for number in range(20))


def revision(**files: str) -> list[File]:
    return [
        File(position=position, name=name.replace("_", "."), language="text", code=code)
        for position, (name, code) in enumerate(files.items(), start=1)
    ]


def told(found: list[Change]) -> list[tuple[str, str | None, str | None]]:
    return [(each.kind, each.old and each.old.name, each.new and each.new.name) for each in found]


def test_files_of_the_same_name_are_the_same_wherever_they_stand():
    found = changes(revision(a_py="1\n", b_py="2\n"), revision(b_py="2\n", a_py="3\n"))

    assert told(found) == [("unchanged", "b.py", "b.py"), ("changed", "a.py", "a.py")]


def test_what_has_no_counterpart_was_added_or_deleted():
    found = changes(revision(a_py="1\n", b_py="2\n"), revision(a_py="1\n", c_py="3\n"))

    assert told(found) == [("unchanged", "a.py", "a.py"), ("added", None, "c.py"), ("deleted", "b.py", None)]


def test_the_same_content_under_another_name_was_renamed():
    found = changes(revision(a_py="1\n", b_py=CODE), revision(c_py=CODE, a_py="1\n"))

    assert told(found) == [("renamed", "b.py", "c.py"), ("unchanged", "a.py", "a.py")]


def test_most_of_the_content_under_another_name_was_renamed_too_and_less_was_not():
    rather, barely = CODE.replace("line 7\n", "seven\n"), "line 1\n" + CODE.upper()

    assert told(changes(revision(a="x\n", b_py=CODE), revision(a="x\n", c_py=rather)))[1:] == [
        ("renamed", "b.py", "c.py")
    ]
    assert {kind for kind, *_ in told(changes(revision(a="x\n", b_py=CODE), revision(a="x\n", c_py=barely)))} == {
        "unchanged",
        "added",
        "deleted",
    }


def test_the_likest_files_are_paired_first():
    near, nearer = CODE.replace("line 7\n", "").replace("line 9\n", ""), CODE.replace("line 7\n", "")

    found = changes(revision(x="x\n", old=CODE), revision(x="x\n", near=near, nearer=nearer))

    assert told(found)[1:] == [("added", None, "near"), ("renamed", "old", "nearer")]


def test_a_single_file_is_itself_whatever_became_of_it():
    assert told(changes(revision(a_py="1\n"), revision(b_rb="2\n"))) == [("renamed", "a.py", "b.rb")]


def test_files_of_one_name_are_paired_in_their_order():
    old, new = ([File(position=n, name="a", language="text", code=f"{n}\n") for n in (1, 2)] for _ in range(2))

    assert [each.kind for each in changes(old, new)] == ["unchanged", "unchanged"]


def test_many_large_files_are_not_searched_for_likeness():
    big = "".join(f"{number}\n" for number in range(4000))
    old = revision(**{f"a{n}": f"{n}\n{big}" for n in range(20)})
    new = revision(**{f"b{n}": f"{n}!\n{big}" for n in range(20)})

    assert {each.kind for each in changes(old, new)} == {"added", "deleted"}


def test_another_language_alone_is_a_change_without_lines():
    old, new = revision(a="1\n"), revision(a="1\n")
    new[0].language = "ruby"

    [found] = changes(old, new)

    assert (found.kind, found.difference.added) == ("changed", 0)


def test_three_lines_are_shown_around_a_change_and_the_others_are_counted():
    ops = [("equal", 0, 10, 0, 10), ("insert", 10, 10, 10, 11), ("equal", 10, 20, 11, 21)]

    assert list(around(ops)) == [
        (GAP, 0, 7, 0, 7),
        ("equal", 7, 10, 7, 10),
        ("insert", 10, 10, 10, 11),
        ("equal", 10, 13, 11, 14),
        (GAP, 13, 20, 14, 21),
    ]
    assert list(around(ops, None)) == ops


def test_no_gap_is_made_for_a_single_line():
    ops = [("delete", 0, 1, 0, 0), ("equal", 1, 8, 0, 7), ("insert", 8, 8, 7, 8)]

    assert list(around(ops)) == ops


@pytest.mark.parametrize(
    ("room", "taken"),
    [
        (0, []),
        (1, [("equal", 0, 1, 0, 1)]),
        (2, [("equal", 0, 2, 0, 2)]),
        (3, [("equal", 0, 2, 0, 2), ("replace", 2, 3, 2, 2)]),
        (5, [("equal", 0, 2, 0, 2), ("replace", 2, 4, 2, 3)]),
    ],
)
def test_a_page_holds_so_many_lines_and_says_when_it_is_full(room: int, taken: list):
    lines = ["x\n"] * 4
    ops = [("equal", 0, 2, 0, 2), ("replace", 2, 4, 2, 4)]

    assert Room(room).take(ops, lines, lines) == (taken, False)
    assert Room(6).take(ops, lines, lines) == (ops, True)


def test_a_long_line_takes_the_room_of_several():
    room = Room(10)

    assert room.take([("insert", 0, 0, 0, 1)], [], ["x" * 400]) == ([("insert", 0, 0, 0, 1)], True)
    assert room.left == 4
    assert room.take([("insert", 0, 0, 0, 1)], [], ["x" * 400]) == ([], False)
    assert room.take([("insert", 0, 0, 0, 1)], [], ["x"]) == ([], False)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12)), max_size=8))
def test_gaps_leave_nothing_out(parts: list):
    ops, at = [], 0
    for number, (_, length) in enumerate(parts):
        tag = "equal" if number % 2 else "replace"
        ops.append((tag, at, at + length, at, at + length))
        at += length

    shown = list(around(ops))

    assert [0, *(op[2] for op in shown)] == [*(op[1] for op in shown), at]
