"""The first lines of a file, as lists show them."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from snippets import excerpts, markup

CODE = "if a < b:\n    '''long\n    text'''\n\nx = 1\ny = 2\n"
RUNS = [("k", 2), ("", 8), ("", 4), ("s", 19), ("", len(CODE) - 33)]


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


def test_the_first_five_lines_are_shown_in_their_colours_without_numbers():
    shown = excerpts.excerpt(markup.lines(CODE, RUNS))

    assert shown.split("\n") == [
        '<span class="k">if</span> a &lt; b:',
        "    <span class=\"s\">'''long</span>",
        "<span class=\"s\">    text'''</span>",
        "",
        "x = 1",
    ]


def test_a_long_line_is_cut_inside_its_span_and_never_inside_an_entity():
    shown = excerpts.excerpt(markup.lines("<" * 1000 + "\nb", [("s", 1000), ("", 2)]))

    assert shown == f'<span class="s">{"&lt;" * excerpts.WIDTH}</span>\nb'


def test_a_file_too_long_for_numbers_is_shown_like_any_other():
    code = "a < b\n" * (markup.NUMBERED + 1)

    assert excerpts.excerpt(markup.lines(code, markup.plain(code))) == "\n".join(["a &lt; b"] * 5)


@given(st.lists(st.tuples(st.sampled_from(["", "k", "s1"]), st.text("<>&\"'\n ab", min_size=1)), max_size=20))
def test_whatever_the_code_and_its_colours_the_text_is_that_of_its_first_lines(pieces: list[tuple[str, str]]):
    code = "".join(text for _, text in pieces)
    lines = code.split("\n")[:5]
    expected = [line[: excerpts.WIDTH] for line in lines]

    coloured = excerpts.excerpt(markup.lines(code, [(css, len(text)) for css, text in pieces], "f2"))

    assert text_of(coloured).rstrip("\n") == "\n".join(expected).rstrip("\n")
    assert text_of(excerpts.plain(code)) == "\n".join(expected)
