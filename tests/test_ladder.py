"""The ladder always ends, whatever the service does, with the text intact and in the time allowed."""

import html
import logging
import re
import time

import pytest

from snippets import markup
from snippets.notes import Note
from snippets.settings import Settings
from workers.highlight import highlight

from hostile import Hostile

CODE = "\n\ndef total(prices):\n    # a < b & c\n    return sum(prices) + 1\n\n"


@pytest.fixture(scope="module")
def hostile():
    with Hostile() as server:
        yield server


def text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def test_a_service_that_answers_well_colours_the_text(hostile):
    done = highlight(CODE, "python", hostile.settings("honest"))

    assert (done.engine, done.note) == ("http-pygments", None)
    assert '<span class="k">def</span> <span class="nf">total</span>' in markup.lines(CODE, done.runs)


@pytest.mark.drill
@pytest.mark.parametrize("name", [name for name in Hostile.names if name != "refuses"])
def test_whatever_the_service_does_the_text_is_whole_and_in_time(hostile, name):
    settings = hostile.settings(name)
    started = time.monotonic()

    done = highlight(CODE, "python", settings)

    assert time.monotonic() - started < settings.highlighter_deadline + 1.5
    assert text(markup.lines(CODE, done.runs)) == CODE
    expected = hostile.note(name)
    assert done.note == expected
    assert done.engine == ("pygments" if expected else f"http-{hostile.dialect(name)}")
    assert "/" + name in hostile.calls


def test_a_service_that_is_not_there_is_noted(hostile):
    done = highlight(CODE, "python", hostile.settings("refuses"))

    assert (done.engine, done.note) == ("pygments", "unreachable")


def test_a_redirect_is_not_followed(hostile):
    highlight(CODE, "python", hostile.settings("redirects"))
    highlight(CODE, "python", hostile.settings("redirects-with-a-gzip-bomb"))

    assert hostile.calls[-2:] == ["/redirects", "/redirects-with-a-gzip-bomb"]


def test_without_a_service_pygments_is_the_first_choice():
    done = highlight(CODE, "python", Settings())

    assert (done.engine, done.note) == ("pygments", None)


def test_plain_text_is_sent_nowhere(hostile):
    before = len(hostile.calls)

    done = highlight(CODE, "text", hostile.settings("honest"))

    assert (done.runs, done.engine, done.note) == ([("", len(CODE))], "plain", None)
    assert len(hostile.calls) == before


@pytest.mark.parametrize("code", ["", "\n", " \n\t\n", "\ufeff"])
def test_blank_text_comes_back_as_it_is(hostile, code):
    done = highlight(code, "python", hostile.settings("honest"))

    assert text(markup.lines(code, done.runs)) == code
    assert done.note is None


def test_a_private_snippet_stays_at_home(hostile):
    before = len(hostile.calls)

    done = highlight(CODE, "python", hostile.settings("honest"), private=True)

    assert (done.engine, done.note) == ("pygments", "private")
    assert len(hostile.calls) == before


def test_a_private_snippet_may_go_to_the_operators_own_service(hostile):
    done = highlight(CODE, "python", hostile.settings("honest", highlighter_private=True), private=True)

    assert (done.engine, done.note) == ("http-pygments", None)


def test_a_private_snippet_needs_no_note_where_there_is_no_service():
    assert highlight(CODE, "python", Settings(), private=True).note is None


def test_when_both_rungs_fail_the_text_is_plain_and_both_reasons_are_noted(hostile):
    done = highlight(CODE, "python", hostile.settings("answers-500", pygments_max_bytes=10))

    assert (done.runs, done.engine, done.note) == ([("", len(CODE))], "plain", "status,pygments-large")


def test_each_fall_is_logged_once_without_the_text(hostile, caplog):
    with caplog.at_level(logging.DEBUG, "workers"):
        highlight(CODE, "python", hostile.settings("alters-a-character"))

    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "python" in record.message
    assert Note.ALTERED.sentence in record.message
    assert "total" not in record.message


def test_the_time_taken_is_that_of_the_whole_ladder(hostile):
    done = highlight(CODE, "python", hostile.settings("honest-but-slow"))

    assert 200 <= done.took_ms < 1000
