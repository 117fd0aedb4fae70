"""Sizes, ages and the heartbeat, as they are said to people."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import exc
from sqlalchemy.orm import Session

from app import create_app
from snippets.heartbeat import Colouring, Heartbeat, sentence
from snippets.human import age, ordinal, plural, size, span
from snippets.notes import Note
from snippets.settings import Settings

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (1024, "1 KiB"),
        (4200, "4.1 KiB"),
        (2**20, "1 MiB"),
        (2**31, "2 GiB"),
    ],
)
def test_a_size_is_said_in_its_unit(count: int, said: str):
    assert size(count) == said


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]
)
def test_a_place_is_said_as_an_ordinal(number: int, said: str):
    assert ordinal(number) == said


def test_counts_and_times_are_said_in_plain_words():
    assert [plural(1, "line"), plural(30_000, "line")] == ["1 line", "30,000 lines"]
    assert [span(timedelta(seconds=5)), span(timedelta(hours=49))] == ["a moment", "2 days"]
    assert [age(NOON, NOON), age(NOON, NOON + timedelta(minutes=3))] == ["just now", "3 minutes ago"]


def coloured(milliseconds: int, note: str | None = None) -> Colouring:
    return Colouring(NOON, NOON + timedelta(milliseconds=milliseconds), note)


def test_the_heartbeat_is_the_median_of_the_newest_colours():
    assert sentence([coloured(30), coloured(40), coloured(9000)], NOON) == "colours land in ~40 ms"
    assert sentence([coloured(2500)], NOON) == "colours land in ~2.5 s"


def test_the_heartbeat_says_that_the_highlighter_is_down_when_the_newest_fell_back():
    newest = [coloured(40, Note.UNREACHABLE), coloured(40, f"{Note.SLOW},{Note.LOCAL_SLOW}"), coloured(40, Note.SLOW)]

    assert sentence([*newest, coloured(40)], NOON) == "the highlighter is down, Pygments is filling in"
    assert sentence([coloured(40), *newest], NOON) == "colours land in ~40 ms"


@pytest.mark.parametrize("note", [Note.UNREACHABLE, Note.SLOW, Note.DOWN])
def test_the_highlighter_is_down_only_after_three_files_in_a_row(note: Note):
    assert sentence([coloured(40, note)] * 2, NOON) == "colours land in ~40 ms"
    assert sentence([coloured(40, note)] * 2 + [coloured(40)] * 3, NOON) == "colours land in ~40 ms"
    assert "is down" in sentence([coloured(40, note)] * 3, NOON)


@pytest.mark.parametrize("note", [note for note in Note if note not in {Note.UNREACHABLE, Note.SLOW, Note.DOWN}])
def test_what_one_text_or_one_answer_brought_about_does_not_make_the_highlighter_down(note: Note):
    newest = [coloured(40, Note.UNREACHABLE), coloured(40, note), coloured(40, Note.UNREACHABLE)]

    assert sentence(newest, NOON) == "colours land in ~40 ms"


def test_the_heartbeat_says_that_colours_are_late():
    assert "late" in sentence([Colouring(NOON - timedelta(seconds=11), None, None), coloured(40)], NOON)


def test_without_a_recent_paste_the_heartbeat_says_nothing():
    assert sentence([], NOON) is None
    assert sentence([coloured(40)], NOON + timedelta(hours=2)) is None


@pytest.mark.parametrize(
    "error",
    [
        exc.OperationalError("SELECT", {}, Exception("gone")),
        exc.ProgrammingError("SELECT", {}, Exception("no such table")),
        exc.InterfaceError("SELECT", {}, Exception("connection closed")),
        exc.TimeoutError("no connection free"),
        exc.ResourceClosedError("closed"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_does_not_fail_over_its_footer(settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception):
    def fail(*args: object, **options: object) -> None:
        raise error

    client = create_app(settings).test_client()
    monkeypatch.setattr(Session, "execute", fail)

    answer = client.get("/about")

    assert answer.status_code == 200
    assert '<footer class="foot">' in answer.text
    assert answer.text.split("<footer")[1].split("</footer")[0].count("<p>") == 1


def test_the_heartbeat_does_not_ask_the_database_for_every_page(app, client):
    client.post("/", data={"code": "x"})
    heartbeat = Heartbeat(app.extensions["snippets"].sessions)
    asked = []
    heartbeat._newest = lambda: asked.append(1) or []

    for _ in range(3):
        heartbeat()

    assert asked == [1]
