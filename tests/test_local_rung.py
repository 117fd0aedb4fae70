"""The local rung: Pygments, which may be slow, may fail, may alter text, and must not take the job down with it."""

import signal
import threading
import time
from contextlib import suppress

import pytest
from pygments.lexer import Lexer
from pygments.lexers import LEXERS
from pygments.token import Token
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from snippets.markup import CLASSES, lines
from snippets.notes import Note
from snippets.settings import Settings
from workers import alarm, local
from workers.failure import HighlighterError

NASTY = "\ufeff\n\n \t# é 😀 <&>\n\tif x:\x0b\x0c 'a\u2028\n$ ls\n>>> 1\n\n\n last"
ALTERS = "robotframework"  # its lexer expands tabs
ALIASES = sorted(aliases[0] for _, _, aliases, _, _ in LEXERS.values() if aliases and ALTERS not in aliases)
SLOW = " \n" * 20_000 + "x"


def refusal(code, language="python", **settings):
    with pytest.raises(HighlighterError) as caught:
        local.highlight(code, language, Settings(**settings))
    return caught.value.note


@pytest.fixture
def lexed_by(monkeypatch):
    """Make `fake` Python's lexer: a generator function of (kind, text)."""

    def replace(fake):
        class Fake(Lexer):
            def get_tokens(self, text, unfiltered=False):
                return fake(text)

        monkeypatch.setattr(local, "_lexer", lambda language: Fake())

    return replace


@pytest.mark.drill
@pytest.mark.parametrize("first", range(0, len(ALIASES), 50))
def test_every_language_keeps_the_text(first):
    for language in ALIASES[first : first + 50]:
        runs = local.highlight(NASTY, language, Settings())

        assert sum(length for _, length in runs) == len(NASTY), language
        assert {css for css, _ in runs} <= CLASSES | {""}, language


def test_the_one_language_whose_lexer_alters_text_is_left_plain():
    assert refusal(NASTY, ALTERS) == Note.LOCAL_FAILED
    assert local.highlight("*** Test Cases ***\nOne\n    Log    1\n", ALTERS, Settings())


def test_python_is_coloured():
    assert '<span class="k">if</span>' in lines("if x:\n", local.highlight("if x:\n", "python", Settings()))


def test_a_byte_order_mark_and_blank_lines_stay_where_they_are():
    code = "\ufeff\n\nif x: pass\n\n"

    assert local.highlight(code, "python", Settings())[:2] == [("", 3), ("k", 2)]


@pytest.mark.parametrize("language", ["console", "pycon", "rbcon", "doscon"])
def test_a_console_keeps_a_last_line_without_an_end(language):
    runs = local.highlight("$ ls\nlast", language, Settings())

    assert sum(length for _, length in runs) == 9


def test_plain_text_is_one_run():
    assert local.highlight("if x", "text", Settings()) == [("", 4)]


@pytest.mark.parametrize("language", ["no-such-language", "", "PYTHON", "../python"])
def test_a_language_that_pygments_lacks_is_a_failure(language):
    assert refusal("x", language) == Note.LOCAL_FAILED


def test_a_text_over_the_limit_is_not_tried():
    assert refusal("é" * 6, pygments_max_bytes=11) == Note.LOCAL_LARGE
    assert local.highlight("é" * 6, "python", Settings(pygments_max_bytes=12))


@pytest.mark.drill
@pytest.mark.parametrize(
    ("language", "code"),
    [("python", SLOW), ("c", "\n \n" * 8_000 + "x"), ("systemd", " " * 3_000 + "x"), ("zeek", "1" * 1_500 + "x")],
)
def test_a_text_that_pygments_chokes_on_ends_in_time(language, code):
    local.warm(language)
    started = time.monotonic()

    assert refusal(code, language, pygments_deadline=0.2) == Note.LOCAL_SLOW
    assert time.monotonic() - started < 1.2


def test_after_a_text_that_was_too_slow_the_lexer_still_works():
    refusal(SLOW, pygments_deadline=0.1)

    assert ("k", 2) in local.highlight("if x: pass", "python", Settings())


def test_a_lexer_that_raises_has_failed(lexed_by):
    def fails(text):
        yield Token, text[:1]
        raise RuntimeError(text)

    lexed_by(fails)

    assert refusal("if x") == Note.LOCAL_FAILED


@pytest.mark.parametrize(
    "alter", [str.upper, lambda text: text + "x", lambda text: text[1:], lambda text: text[:-2], lambda text: ""]
)
def test_a_lexer_that_alters_the_text_has_failed(lexed_by, alter):
    lexed_by(lambda text: iter([(Token, alter(text))]))

    assert refusal("if x") == Note.LOCAL_FAILED


def test_work_that_swallows_exceptions_does_not_swallow_the_end_of_its_time():
    def work():
        with suppress(Exception):
            time.sleep(5)

    with pytest.raises(alarm.Overtime):
        alarm.within(0.05, work)


def test_a_lexer_that_swallows_everything_is_interrupted_again(lexed_by, monkeypatch):
    monkeypatch.setattr(alarm, "AGAIN", 0.1)

    def swallows(text):
        try:
            time.sleep(5)
        except BaseException:  # noqa: BLE001
            time.sleep(5)
        yield Token, text

    lexed_by(swallows)
    started = time.monotonic()

    assert refusal("if x", pygments_deadline=0.1) == Note.LOCAL_SLOW
    assert time.monotonic() - started < 1


def test_the_end_of_the_job_is_not_taken_for_a_lexers_failure(lexed_by):
    def ends(text):
        raise JobTimeoutException
        yield

    lexed_by(ends)

    with pytest.raises(JobTimeoutException):
        local.highlight("if x", "python", Settings())


def test_away_from_the_main_thread_the_time_is_watched_between_tokens(lexed_by):
    def creeps(text):
        for character in text:
            time.sleep(0.02)
            yield Token, character

    lexed_by(creeps)
    notes = []
    thread = threading.Thread(target=lambda: notes.append(refusal("x" * 100, pygments_deadline=0.1)))
    thread.start()
    thread.join(1)

    assert notes == [Note.LOCAL_SLOW]


def test_a_kind_of_token_without_a_class_has_its_parents(lexed_by):
    lexed_by(lambda text: iter([(Token.Keyword.Reserved.Quite.New, text[:2]), (Token.New, text[2:])]))

    assert local.highlight("if x", "python", Settings()) == [("", 0), ("kr", 2), ("", 2), ("", 0)]


def doze():
    while True:
        time.sleep(0.01)


@pytest.mark.drill
def test_the_jobs_own_time_limit_still_holds_afterwards():
    started = time.monotonic()

    def job():
        assert refusal(SLOW, pygments_deadline=0.2) == Note.LOCAL_SLOW
        assert 0.5 < signal.getitimer(signal.ITIMER_REAL)[0] < 0.85
        doze()

    with pytest.raises(JobTimeoutException), UnixSignalDeathPenalty(1, JobTimeoutException):
        job()

    assert 0.9 < time.monotonic() - started < 1.3


def test_an_outer_alarm_that_is_due_first_rings_on_time():
    def ring(*_):
        raise JobTimeoutException

    def job():
        assert refusal(SLOW * 5, pygments_deadline=9) == Note.LOCAL_SLOW
        doze()

    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)

    with pytest.raises(JobTimeoutException):
        job()

    signal.signal(signal.SIGALRM, before)
    assert 0.15 < time.monotonic() - started < 0.5


def test_without_an_outer_alarm_none_is_left_behind():
    before = signal.getsignal(signal.SIGALRM)

    assert alarm.within(0.2, lambda: 7) == 7
    with pytest.raises(alarm.Overtime):
        alarm.within(0.05, doze)

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before
