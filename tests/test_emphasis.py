"""What changed within a line, marked without touching text or nesting."""

import re

from hypothesis import given
from hypothesis import strategies as st

from snippets.emphasis import differing, mark
from snippets.markup import lines


def test_what_changed_within_a_line_is_marked_unless_it_is_another_line():
    assert differing("count = 1", "count = 12") == ((9, 9), (9, 10))
    assert differing("if a:", "if b:") == ((3, 4), (3, 4))
    assert differing("    return", "    x = 11") is None
    assert differing("x" * 2000, "x" * 2001) is None


@given(data=st.data(), text=st.text(alphabet="ab<& ", min_size=1, max_size=12))
def test_marking_keeps_the_text_and_the_nesting(data, text: str):
    cut = data.draw(st.integers(0, len(text)))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    html = re.sub("^<span[^>]*><a[^>]*></a>|</span>$", "", lines(text, [("k", cut), ("s", len(text) - cut)]))

    marked = mark(html, (start, end))

    assert marked.replace("<mark>", "").replace("</mark>", "") == html
    inside = "".join(re.findall(r"<mark>(.*?)</mark>", marked))
    assert "<" not in inside
    assert inside.replace("&lt;", "<").replace("&amp;", "&") == text[start:end]
