"""What became of a text, line by line: right for any two, and soon."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets import diffing
from snippets.diffing import Difference, difference, split

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "}\n", "x\n", "y\n", "end"]), max_size=40)


def applied(found: Difference, a: list[str], b: list[str]) -> list[str]:
    """Make b of a by the opcodes: what is equal is taken from a."""
    return [line for tag, i1, i2, j1, j2 in found.ops for line in (a[i1:i2] if tag == "equal" else b[j1:j2])]


def tiles(found: Difference, a: list[str], b: list[str]) -> bool:
    ends = [(0, 0), *((i2, j2) for _, _, i2, _, j2 in found.ops)]
    starts = [*((i1, j1) for _, i1, _, j1, _ in found.ops), (len(a), len(b))]
    return ends == starts


@given(TEXTS, TEXTS)
def test_the_opcodes_make_one_text_of_the_other(a: list[str], b: list[str]):
    found = difference(a, b)

    assert applied(found, a, b) == b
    assert tiles(found, a, b)
    assert found.exact
    assert all(tag == "equal" or i1 < i2 or j1 < j2 for tag, i1, i2, j1, j2 in found.ops)
    assert not any(one[0] == other[0] == "equal" for one, other in zip(found.ops, found.ops[1:], strict=False))


@given(TEXTS, TEXTS)
def test_past_the_limits_they_still_do(a: list[str], b: list[str]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diffing, "PIECE", 4)
        patch.setattr(diffing, "PIECES", 8)
        patch.setattr(diffing, "MOST_LINES", 30)
        found = difference(a, b)

    assert applied(found, a, b) == b
    assert tiles(found, a, b)


@given(st.text(alphabet="ab\n\r\x0c\u2028", max_size=30))
def test_lines_end_at_line_feeds_alone_and_nothing_is_lost(text: str):
    assert "".join(split(text)) == text
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in split(text)[:-1])


def test_a_changed_line_is_found_among_those_that_stay():
    found = difference(split("a\nb\nc\n"), split("a\nB\nc\nd\n"))

    assert found.ops == [("equal", 0, 1, 0, 1), ("replace", 1, 2, 1, 2), ("equal", 2, 3, 2, 3), ("insert", 3, 3, 3, 4)]
    assert (found.added, found.removed) == (2, 1)


def test_unique_lines_hold_a_function_together_where_blank_lines_and_brackets_would_tear_it_apart():
    a = split("int f()\n{\n    one();\n}\n\nint h()\n{\n    three();\n}\n// old\n")
    b = split("int h()\n{\n    three();\n}\n\nint g()\n{\n    two();\n}\n// new\n")

    found = difference(a, b)

    assert [(a[i1:i2]) for tag, i1, i2, _, _ in found.ops if tag == "equal"] == [a[5:9]]


SHUFFLED = [f"line {number}\n" for number in range(30_000)]
FEW = [f"{number}\n" for number in random.Random(1).choices(range(40), k=60_000)]
HOSTILE = {
    "nothing in common": ([f"a{n:>33}\n" for n in range(30_000)], [f"b{n:>33}\n" for n in range(30_000)]),
    "blank lines": (["\n"] * 30_000, ["\n"] * 20_000),
    "blank lines within others": (["a\n", *["\n"] * 30_000, "b\n"], ["c\n", *["\n"] * 20_000, "d\n"]),
    "shuffled": (SHUFFLED, random.Random(1).sample(SHUFFLED, len(SHUFFLED))),
    "reversed": (SHUFFLED, SHUFFLED[::-1]),
    "few lines, again and again": (FEW[:30_000], FEW[30_000:]),
    "a megabyte of line ends": (["\n"] * 2**20, ["a\n", *["\n"] * (2**20 - 2)]),
    "every other line": (SHUFFLED, [line for n, line in enumerate(SHUFFLED) for line in ([line] if n % 2 else ["\n"])]),
    "pieces at the limit": (
        [line for n in range(4) for line in (f"anchor {n}\n", *FEW[n * 8000 : n * 8000 + 8000])],
        [line for n in range(4) for line in (f"anchor {n}\n", *FEW[n * 7000 + 20_000 : n * 7000 + 28_000])],
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_two_texts_take_long(name: str):
    a, b = HOSTILE[name]

    start = time.process_time()
    found = difference(a, b)
    took = time.process_time() - start

    print(f"{name}: {1000 * took:.0f} ms, exact={found.exact}, {len(found.ops)} opcodes")
    assert applied(found, a, b) == b
    assert took < 1.5  # some 0.15 s on an idle machine


def test_what_is_too_different_is_replaced_as_a_whole_and_said_to_be():
    a, b = HOSTILE["few lines, again and again"]

    found = difference(["first\n", *a], ["first\n", *b])

    assert not found.exact
    assert found.ops == [("equal", 0, 1, 0, 1), ("replace", 1, 30_001, 1, 30_001)]
