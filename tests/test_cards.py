"""What chats show beside an address: the words at once, the picture as soon as a worker has drawn it."""

import html
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from redis import Redis
from rq import Queue, Worker
from sqlalchemy import func, select

from snippets import previews
from snippets.models import Preview, Snippet, now
from snippets.previews import Subject
from workers import preview

NAMES = "description og:title og:description og:url og:image twitter:card".split()
CODE = "\n\n  x  =\t1\ny = 2\n"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def bulk(redis: Redis) -> Worker:
    """A worker that listens on bulk."""
    worker = Worker([Queue("bulk", connection=redis)], connection=redis)
    worker.register_birth()
    return worker


def share(client: FlaskClient, code: str = CODE, **fields: str) -> str:
    return client.post("/", data={"code": code, "name": "a.py", **fields}).location


def said(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page)
    return {name: html.unescape(text) for name, text in found if name in NAMES}


def picture(client: FlaskClient, page: str) -> tuple[int, str, int]:
    answer = client.get(f"{page}/preview.png")
    return answer.status_code, answer.mimetype, answer.cache_control.max_age


def count(sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Preview))


@ONE_ENGINE
def test_the_words_name_title_language_length_and_first_line(client):
    page = share(client, title='Fish & "chips"')

    assert said(client.get(page).text) == {
        "description": "Python · 4 lines · x = 1",
        "og:title": 'Fish & "chips"',
        "og:description": "Python · 4 lines · x = 1",
        "og:url": f"http://localhost{page}",
        "og:image": f"http://localhost{page}/preview.png",
        "twitter:card": "summary_large_image",
    }
    linked = re.search(r'type="application/json\+oembed" href="([^"]+)"', client.get(page).text)
    assert client.get(html.unescape(linked[1])).json["title"] == 'Fish & "chips"'


@ONE_ENGINE
def test_a_first_line_without_end_is_cut(client):
    page = share(client, "<b>" * 30_000)

    assert len(said(client.get(page).text)["og:description"]) < 160


@ONE_ENGINE
@pytest.mark.parametrize("terms", [{"visibility": "private"}, {"password": "secret"}, {"burn": "on"}], ids=str)
def test_nothing_is_said_and_drawn_of_what_is_not_for_everyone(app: Flask, client, work, bulk, sessions, terms):
    page = share(client, title="Treasure", **terms)
    work()
    work("bulk")

    for browser in (client, app.test_client()):
        assert said(browser.get(page).text) == {}
        assert browser.get(f"{page}/preview.png").status_code in (403, 404)
    assert count(sessions) == 0


def test_the_picture_is_drawn_when_the_colours_have_landed(client, work, bulk, sessions):
    page = share(client)
    work()
    work("bulk")

    answer = client.get(f"{page}/preview.png")

    assert picture(client, page) == (200, "image/png", 300)
    with Image.open(io.BytesIO(answer.data)) as drawn:
        assert (drawn.size, drawn.format) == ((1200, 630), "PNG")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    client.post(f"{page}/delete")
    assert count(sessions) == 0


def test_an_edit_or_another_title_makes_an_older_picture_none(client, redis, work, bulk, sessions):
    page = share(client)
    work()
    work("bulk")

    before = {"code": CODE, "name": "a.py", "revision": "1"}
    for change in ({"title": "Another"}, {"title": "Another", "code": "x = 1\n"}):
        client.post(f"{page}/edit", data=before | change)
        assert picture(client, page) == (302, "text/html", 60)
        redis.flushall()  # as a minute later
        bulk.register_birth()
        client.get(f"{page}/preview.png")
        work("bulk")
        assert picture(client, page)[0] == 200
    assert count(sessions) == 1


def test_a_picture_of_what_has_changed_meanwhile_is_not_kept(client, sessions):
    page = share(client)
    before = previews.subject(sessions, page[1:])
    assert previews.keep(sessions, before, b"one")
    assert previews.keep(sessions, before, b"two")

    with sessions.begin() as session:
        session.scalars(select(Snippet)).one().title = "Another"

    assert not previews.keep(sessions, before, b"three")
    assert picture(client, page)[0] == 302
    with sessions() as session:
        assert list(session.scalars(select(Preview.png))) == []


@ONE_ENGINE
def test_until_then_there_is_a_picture_of_none_in_particular_and_one_job(client, redis, bulk):
    page = share(client)

    answers = [client.get(f"{page}/preview.png", follow_redirects=True) for _ in range(5)]

    assert {(answer.status_code, answer.mimetype) for answer in answers} == {(200, "image/png")}
    with Image.open(io.BytesIO(answers[0].data)) as drawn:
        assert drawn.size == (1200, 630)
    assert Queue("bulk", connection=redis).job_ids == [f"preview-{page[1:]}"]


@ONE_ENGINE
def test_where_nobody_serves_bulk_no_job_waits_for_ever(client, redis, work):
    page = share(client)
    work()

    assert picture(client, page)[0] == 302
    assert Queue("bulk", connection=redis).job_ids == []


HOSTILE = [
    "",
    "\n" * 30_000,
    "x" * 30_000,
    "\t" * 30_000,
    "\u202e\u200b\u0000\x1b[31m\ufeff\u2028" * 3000,
    "a" + "\u0301" * 29_000,
    "👩‍👩‍👧‍👦日本語שלום شكرا" * 1000,
    '<span class="k">def',
    '<span class="k"',
    "<" * 5000 + "&amp" + "&#x110000;",
    '<span class="zzz">x</span><span class="k">y</span>',
    "".join(map(chr, range(32, 0xD800))),
]


@pytest.mark.drill
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_can_be_drawn_in_little_time_and_space(text: str):
    subject = Subject("x", 1, now(), text[:200], text[:64], 10**9, text)

    png = preview.draw(subject, text[:100])

    assert len(png) < 150_000
    assert len(list(preview.cells(text))) <= preview.COLUMNS * preview.ROWS


def test_the_picture_has_the_colours_of_the_page():
    marked = '<span id="L1"><a></a><span class="k">if</span> &lt;\n</span>'

    assert list(preview.cells(marked)) == [(0, 0, "i", "k"), (1, 0, "f", "k"), (3, 0, "<", "")]
