"""Markup holds our text and our tags, whatever the text and the runs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets import markup
from snippets.markup import CLASSES, apart, lines, plain

classes = st.sampled_from(["", *sorted(CLASSES)])
characters = st.characters(exclude_categories=["Cs"])
texts = st.text(st.one_of(characters, st.sampled_from("\n\n\n <>&\"'\u2028\x85\t\f")))


@st.composite
def coloured(draw):
    """Any text, cut anywhere into runs of any class."""
    code = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(code)))))
    return code, [(draw(classes), end - start) for start, end in zip([0, *cuts], [*cuts, len(code)], strict=True)]


LINE = re.compile(
    r'<span id="(?:f2)?L(\d+)"><a href=#(?:f2)?L\1 aria-label=\1 tabindex=-1></a>'
    r'((?:[^<]|<span class="[a-z0-9]{1,3}">[^<\n]+</span>)*)</span>'
)


def unescaped(text):
    """Undo the escaping of just three characters: html.unescape reads more references than were written."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(coloured())
def test_the_text_is_kept_character_for_character(sample):
    code, runs = sample

    assert unescaped(re.sub(r"<[^>]*>", "", lines(code, runs))) == code


@given(coloured())
def test_only_our_own_tags_come_out_each_line_whole_in_itself(sample):
    code, runs = sample
    markup = lines(code, runs)

    found = list(LINE.finditer(markup))
    assert "".join(match[0] for match in found) == markup
    assert [int(match[1]) for match in found] == list(range(1, len(found) + 1))
    assert all(match[2].find("\n") in (-1, len(match[2]) - 1) for match in found)


@given(coloured())
def test_each_character_has_the_class_of_its_run_unless_it_is_blank(sample):
    code, runs = sample
    wanted = [css for css, length in runs for _ in range(length)]

    inside = "".join(match[2] for match in LINE.finditer(lines(code, runs)))
    pieces = re.findall(r'(?:<span class="([^"]*)">)?([^<]+)(?:</span>)?', inside)
    got = [css for css, text in pieces for _ in unescaped(text)]

    for character, css, wish in zip(code, got, wanted, strict=True):
        assert css == wish or (css == "" and character.isspace())


def test_a_line_is_as_long_as_the_text_between_two_newlines():
    assert lines("a\n\nb", plain("a\n\nb")).count('<span id="L') == 3
    assert lines("a\n", plain("a\n")).count('<span id="L') == 1
    assert lines("", []) == ""


def test_a_run_over_several_lines_is_closed_and_reopened():
    markup = lines("a\nb\n", [("c", 4)])

    assert '<span class="c">a</span>\n</span>' in markup
    assert '<span class="c">b</span>\n</span>' in markup


@pytest.mark.parametrize(
    "runs",
    [
        [("", 2)],
        [("", 4)],
        [],
        [("", -1), ("", 4)],
        [("k", 4), ("k", -1)],
        [("nope", 3)],
        [('k"><script>', 3)],
        [("K", 3)],
        [("k kd", 3)],
    ],
)
def test_runs_that_are_not_ours_are_refused(runs):
    with pytest.raises(ValueError, match="run"):
        lines("abc", runs)


def test_a_long_file_is_cut_into_sheets_that_keep_the_text():
    code = "".join(f"{number}\n" for number in range(501))

    html = lines(code, plain(code))

    assert html.count('<span class="sheet">') == 6
    assert re.sub(r"<[^>]+>", "", html) == code
    assert '<span class="sheet">' not in lines("x\n" * 500, plain("x\n" * 500))


@given(coloured(), st.sampled_from([(1, 1), (2, 3), (100, 500)]))
def test_what_was_put_together_comes_apart_again_line_by_line(sample, limits):
    code, runs = sample
    count = code.count("\n") + (not code.endswith("\n") and code != "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "SHEET", limits[0])
        patch.setattr(markup, "NUMBERED", limits[1])
        html = lines(code, runs, "f2")

    found = apart(html, range(count))

    assert [unescaped(re.sub(r"<[^>]*>", "", found[at])) for at in range(count)] == code.split("\n")[:count]
    for line in found.values():
        assert re.fullmatch(r'(?:[^<\n]|<span class="[a-z0-9]{1,3}">[^<\n]+</span>)*', line)
