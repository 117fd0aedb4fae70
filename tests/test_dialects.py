"""Each dialect asks as its service wants to be asked, and reads what it really answers."""

import json
from contextlib import suppress
from itertools import pairwise
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.styles import STYLE_MAP
from pygments.token import STANDARD_TYPES

from snippets.markup import CLASSES, lines, plain
from snippets.notes import Note
from snippets.settings import DIALECTS as NAMES
from snippets.settings import Settings
from workers import hljs, styles, tokens
from workers.dialects import DIALECTS
from workers.failure import HighlighterError

CODE = "def f(x):\n    return 'é' < x & 1  # ünï\n"


def asked(dialect, code, language="python", **settings):
    body = DIALECTS[dialect].request(code, language, Settings(**settings)).decode()
    if DIALECTS[dialect].content_type == "application/json":
        return json.loads(body)
    return {name: value for name, (value,) in parse_qs(body, keep_blank_values=True).items()}


def runs(dialect, reply, code, **settings):
    return DIALECTS[dialect].runs(reply, code, Settings(**settings))


def coloured(code, found):
    """List what has a class, as (class, text)."""
    at, seen = 0, []
    for css, length in found:
        if css and not code[at : at + length].isspace():
            seen.append((css, code[at : at + length]))
        at += length
    return seen


def test_there_is_an_adapter_for_each_dialect_that_can_be_set():
    assert set(DIALECTS) == set(NAMES)


def test_our_classes_are_those_of_pygments():
    assert {css for css in STANDARD_TYPES.values() if css} == CLASSES


def test_pygments_is_asked_by_form():
    assert asked("pygments", CODE) == {"lang": "python", "code": CODE}


def test_pygments_own_answer_is_understood():
    reply = highlight(CODE, PythonLexer(), HtmlFormatter())

    found = coloured(CODE, runs("pygments", reply, CODE))

    assert found[:3] == [("k", "def"), ("nf", "f"), ("p", "(")]
    assert found[-1] == ("c1", "# ünï")


def test_hilite_is_asked_to_keep_the_text_and_not_to_number_it():
    question = asked("hilite", CODE, highlighter_style="monokai")

    assert question["options"] == "stripnl=False,ensurenl=False"
    assert (question["code"], question["lexer"], question["style"]) == (CODE, "python", "monokai")
    assert question["divstyles"] == ""
    assert "linenos" not in question


@pytest.mark.parametrize("style", ["colorful", "monokai", "native", "default"])
def test_hilites_colours_become_classes_again(style):
    formatter = HtmlFormatter(style=style, noclasses=True, cssclass="", prestyles="margin: 0")
    reply = "<!-- HTML generated using hilite.me -->" + highlight(CODE, PythonLexer(), formatter)

    found = coloured(CODE, runs("hilite", reply, CODE, highlighter_style=style))

    assert ("k", "def") in found
    assert ("nf", "f") in found
    assert any(css in {"c", "ch"} for css, text in found if text == "# ünï")


def test_a_style_is_recognised_however_it_is_written():
    keyword = styles.class_of("colorful")

    assert keyword("color: #080; font-weight: bold") == "k"
    assert keyword("FONT-WEIGHT:bold;COLOR :  #008800 ;") == "k"
    assert keyword("color: #123456") == ""
    assert keyword("") == ""


@pytest.mark.parametrize("style", sorted(STYLE_MAP))
def test_every_style_names_only_classes_that_we_have(style):
    formatter = HtmlFormatter(style=style, noclasses=True)

    named = {styles.class_of(style)(css) for css, *_ in formatter.class2style.values()}

    assert named <= CLASSES | {""}


def test_a_style_that_pygments_lacks_is_a_failure_like_any_other():
    with pytest.raises(HighlighterError):
        runs("hilite", "x", "x", highlighter_style="no-such-style")


def test_hljs_is_asked_by_json_with_the_fields_that_are_set():
    assert asked("hljs", CODE) == {"lang": "python", "content": CODE}
    assert asked("hljs", CODE, highlighter_fields="language, source") == {"language": "python", "source": CODE}


def test_hljs_is_asked_in_its_own_names_of_languages():
    assert asked("hljs", "x", "objective-c")["lang"] == "objectivec"
    assert asked("hljs", "x", "batch")["lang"] == "dos"


HLJS = (
    '<span class="hljs-keyword">class</span> <span class="hljs-title class_">A</span> {'
    ' <span class="hljs-title function_">f</span>() { <span class="hljs-variable language_">this</span>.x ='
    ' <span class="hljs-string">`a<span class="hljs-subst">${b}</span>&#x27;`</span> } }'
)
JAVASCRIPT = "class A { f() { this.x = `a${b}'` } }"


@pytest.mark.parametrize(
    "reply",
    [
        HLJS,
        f'<pre><code class="hljs language-js">{HLJS}</code></pre>',
        json.dumps(HLJS),
        json.dumps({"html": HLJS}),
        json.dumps({"language": "js", "relevance": 9, "value": HLJS, "code": JAVASCRIPT}),
        json.dumps({"code": HLJS}),
        json.dumps({"result": HLJS}),
    ],
)
def test_hljs_answers_in_html_or_in_json_around_it(reply):
    found = coloured(JAVASCRIPT, runs("hljs", reply, JAVASCRIPT))

    assert found[:4] == [("k", "class"), ("nc", "A"), ("nf", "f"), ("bp", "this")]
    assert found[4:] == [("s", "`a"), ("n", "${b}"), ("s", "'"), ("s", "`")]


@pytest.mark.parametrize("code", ["1", "null", "[1]", "{}", '{"a": 1}'])
def test_html_that_happens_to_be_json_is_html(code):
    assert runs("hljs", code, code) == plain(code)


def test_the_scopes_of_hljs_are_classes_of_ours():
    assert set(hljs.SCOPES.values()) <= CLASSES | {""}


@pytest.mark.parametrize(
    ("value", "css"),
    [
        ("hljs-title class_ inherited__", "nc"),
        ("hljs-title function_ invoke__", "nf"),
        ("hljs-title something_", "nf"),
        ("hljs-char escape_", "se"),
        ("hljs-selector-pseudo", "nd"),
        ("hljs-nothing", ""),
        ("language-xml", ""),
        ("", ""),
    ],
)
def test_a_scope_with_its_sub_scopes_is_one_class(value, css):
    assert hljs.class_of(value) == css


@pytest.mark.parametrize("value", ["keyword", "k", "button danger", "hljs"])
def test_a_class_that_is_not_of_hljs_is_refused(value):
    with pytest.raises(HighlighterError):
        hljs.class_of(value)


def test_tokens_are_asked_by_json():
    assert asked("tokens", CODE) == {"lang": "python", "code": CODE}


def answer(flat, classes=("k", "nf"), **more):
    return json.dumps({"classes": classes, "tokens": flat, **more})


def test_tokens_are_offsets_and_gaps_have_no_class():
    assert tokens.parse(answer([0, 3, 0, 4, 5, 1], unit="utf-16"), "def f()") == [("k", 3), ("", 1), ("nf", 1), ("", 2)]


def test_tokens_count_utf_16_units():
    assert tokens.parse(answer([2, 4, 0, 4, 5, 1]), "😀😀f") == [("", 1), ("k", 1), ("nf", 1)]


def test_tokens_may_count_code_points():
    assert tokens.parse(answer([1, 2, 0], unit="code-point"), "😀f") == [("", 1), ("k", 1)]


@pytest.mark.parametrize("flat", [[0, 1, 0], [1, 2, 0], [1, 3, 0], [2, 4, 0], [3, 4, 0], [0, 6, 0]])
def test_tokens_do_not_split_a_character_or_leave_the_text(flat):
    with pytest.raises(HighlighterError) as caught:
        tokens.parse(answer(flat), "😀f😀")

    assert caught.value.note == Note.GARBLED


def test_tokens_of_a_kind_beyond_pygments_standard_ones_have_no_class():
    assert tokens.parse(answer([0, 1, 0], ["n-Foo"]), "x") == [("", 1)]
    assert runs("pygments", '<span class="n-Foo">x</span>', "x") == [("", 1)]
    assert runs("pygments", '<span class="n-Foo k">x</span>', "x") == [("k", 1)]


@pytest.mark.parametrize("name", ["danger", "K", "\u043a", "k k"])
def test_tokens_of_a_class_that_is_not_pygments_are_refused(name):
    with pytest.raises(HighlighterError):
        tokens.parse(answer([0, 1, 0], [name]), "x")


numbers = st.one_of(st.integers(-2, 12), st.booleans(), st.none(), st.floats(), st.text(max_size=2))
json_values = st.recursive(numbers, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=9)


@pytest.mark.drill
@given(st.text(max_size=10), st.lists(st.integers(-1, 12) | numbers, max_size=9), json_values, json_values)
def test_any_json_gives_runs_over_the_text_or_a_refusal(code, flat, classes, unit):
    for reply in (answer(flat), answer(flat, classes), answer(flat, unit=unit), json.dumps(classes), answer(classes)):
        try:
            found = tokens.parse(reply, code)
        except HighlighterError:
            continue
        lines(code, found)  # raises ValueError for runs that are not ours


@given(st.text())
def test_text_that_is_no_json_is_a_refusal(reply):
    for dialect in ("tokens", "hljs", "pygments", "hilite"):
        with suppress(HighlighterError):
            lines("abc", runs(dialect, reply, "abc"))


@given(st.lists(st.sampled_from(["a", "é", "\n", "😀", "\u2028"]), min_size=1), st.data())
def test_offsets_in_utf_16_mean_the_same_characters(characters, data):
    code = "".join(characters)
    ends = sorted({data.draw(st.integers(0, len(code))) for _ in range(6)})
    flat = [number for start, end in pairwise(ends) for number in (start, end, 0)]
    units = [len(code[:end].encode("utf-16-le")) // 2 for end in range(len(code) + 1)]
    in_units = [units[number] if index % 3 < 2 else number for index, number in enumerate(flat)]

    assert tokens.parse(answer(in_units), code) == tokens.parse(answer(flat, unit="code-point"), code)
