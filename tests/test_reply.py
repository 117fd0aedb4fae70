"""The parser of HTML replies believes nothing: it keeps lengths and known classes, and refuses the rest."""

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.markup import CLASSES, lines
from snippets.notes import Note
from workers.failure import HighlighterError
from workers.reply import DEPTH_ALLOWED, SPANS_ALLOWED, parse


def known(value):
    return value if value in CLASSES else ""


def runs(reply, source, attribute="class"):
    return parse(reply, source, attribute, known)


def refusal(reply, source, attribute="class"):
    with pytest.raises(HighlighterError) as caught:
        runs(reply, source, attribute)
    return caught.value.note


def test_spans_become_runs_over_our_own_text():
    assert runs('<span class="k">if</span> x', "if x") == [("k", 2), ("", 2)]


def test_pygments_wrapper_is_taken_off():
    reply = '<div class="highlight"><pre><span></span><span class="k">if</span> x\n</pre></div>\n'

    assert runs(reply, "if x") == [("k", 2), ("", 2)]


def test_the_wrapper_may_be_code_within_pre():
    assert runs('<pre><code class="hljs language-python">  x</code></pre>', "  x") == [("", 3)]


def test_one_newline_more_at_the_end_is_let_pass_and_cut_off():
    assert runs("x\n", "x") == [("", 1)]
    assert refusal("x\n\n", "x") == Note.ALTERED
    assert refusal("x ", "x") == Note.ALTERED
    assert refusal("\nx", "x") == Note.ALTERED


def test_entities_are_the_characters_they_name():
    assert runs("&lt;&gt;&amp;&quot;&#39;&#x27;&#233;", "<>&\"''é") == [("", 1)] * 7


def test_a_no_break_space_is_good_only_where_the_text_has_one():
    assert runs("a&nbsp;b", "a\xa0b") == [("", 1)] * 3
    assert refusal("a&nbsp;b", "a b") == Note.ALTERED


def test_the_innermost_class_that_we_know_wins():
    reply = '<span class="s">a<span class="nothing">b<span class="si">c</span></span></span>d'

    assert runs(reply, "abcd") == [("s", 1), ("s", 1), ("si", 1), ("", 1)]


def test_a_class_of_the_sites_own_means_nothing():
    assert runs('<span class="button danger">x</span>', "x") == [("", 1)]


@pytest.mark.parametrize(
    "reply",
    [
        "<b>x</b>",
        "<script>alert(1)</script>x",
        "x<script>alert(1)</script>",
        "<!-- -->x",
        "<!doctype html>x",
        '<span onclick="alert(1)">x</span>',
        '<span class="k" onclick="alert(1)">x</span>',
        '<span id="L1">x</span>',
        '<span style="color: red">x</span>',
        "<span class='k'>x</span>",
        '<span class="k>x</span>',
        '<SPAN CLASS="k">x</SPAN>',
        '<a href="javascript:alert(1)">x</a>',
        "<span>x",
        "x</span>",
        "</span>x<span>",
        "<pre>x",
        "<pre>x</code>",
        "<div><pre>x</div></pre>",
        "<pre>x</pre>y",
        "x</pre>",
        "<span><pre>x</pre></span>",
        '<pre onclick="alert(1)">x</pre>',
        "<",
        "x<",
        "x&",
        "&copy;x",
        "&ltx",
        "&#;x",
        "&#x110000;x",
        "&#99999999;x",
        "<span/>x",
        "<![CDATA[x]]>",
        "<div>" * 7 + "x" + "</div>" * 7,
        "<span>" * (DEPTH_ALLOWED + 1) + "x" + "</span>" * (DEPTH_ALLOWED + 1),
    ],
)
def test_whatever_is_not_in_the_grammar_is_refused(reply):
    assert refusal(reply, "x") == Note.GARBLED


@pytest.mark.parametrize("reply", ["", "y", "xx", "x\u200b", "\ufeffx", "\u0445", "&#0;x", "&#xD800;x"])
def test_other_text_is_refused(reply):
    assert refusal(reply, "x") == Note.ALTERED


def test_a_flood_of_spans_is_refused():
    assert runs("<span></span>" * SPANS_ALLOWED + "x", "x") == [("", 1)]
    assert refusal("<span></span>" * (SPANS_ALLOWED + 3) + "x", "x") == Note.SPANS


@pytest.mark.parametrize(
    "start", ["&", "<", "&#", "&l", '<span class="', "<span>", "</span>", "<div>", " ", "\n", "&lt;", "<pre> ", "x"]
)
def test_no_reply_takes_more_than_linear_time(start):
    reply = start * (2_000_000 // len(start))
    started = time.process_time()

    refusal(reply, "x" * 100_000)

    assert time.process_time() - started < 0.5


@pytest.mark.drill
def test_four_times_the_reply_takes_four_times_as_long_and_not_sixteen():
    def took(count: int) -> float:
        line = '<span class="k">if</span> <span class="n">total</span> <span class="o">&lt;</span> prices:\n'
        started = time.process_time()
        runs(line * count, "if total < prices:\n" * count)
        return time.process_time() - started

    def least(count: int) -> float:  # the collector of garbage takes its time now and then
        return min(took(count) for _ in range(3))

    assert least(60_000) < 8 * least(15_000)


pieces = st.lists(st.tuples(st.sampled_from(["", "k", "s1", "nope"]), st.text()), max_size=20)


def written(spans):
    """Write the spans as an honest service would."""
    return "".join(
        f'<span class="{css}">{html.escape(text)}</span>' if css else html.escape(text) for css, text in spans
    )


@given(pieces)
def test_whatever_the_text_it_comes_back_with_its_classes(spans):
    source = "".join(text for _, text in spans)

    found = runs(f'<div class="highlight"><pre>{written(spans)}\n</pre></div>\n', source)

    coloured = [css for css, length in found for _ in range(length)]
    assert coloured == [known(css) for css, text in spans for _ in text]


tricky = st.one_of(
    st.text(max_size=5), st.sampled_from("< > & \" &lt; <span> </span> </pre> <b> <!-- 'k' \x00".split(" "))
)


@given(pieces, st.data())
def test_a_damaged_reply_gives_our_text_or_a_refusal(spans, data):
    source = "".join(text for _, text in spans)
    reply = f'<div class="highlight"><pre>{written(spans)}</pre></div>'
    start = data.draw(st.integers(0, len(reply)))
    end = data.draw(st.integers(start, min(len(reply), start + 10)))
    damaged = reply[:start] + data.draw(tricky) + reply[end:]

    try:
        found = runs(damaged, source)
    except HighlighterError:
        return

    assert sum(length for _, length in found) == len(source)
    lines(source, found)
