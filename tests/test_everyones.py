"""The page that is made without Flask: to the byte what the app says, and only where everybody may read."""

import dataclasses
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app import create_app
from snippets import caching, everyones
from snippets.everyones import EveryonesPage
from snippets.heartbeat import Heartbeat
from snippets.models import File, Snippet, now

SCRIPT = "<script>alert('“x” & y')</script>"
OPEN = {
    "a plain one": {},
    "a public one": {"visibility": "public"},
    "one with a title": {"title": SCRIPT, "visibility": "public"},
    "one with tags": {"tags": "web games", "visibility": "public"},
    "an unlisted one with tags": {"tags": "web"},
    "one with a name": {"name": "a <b>.py", "language": "python"},
    "one that expires": {"expires": "1d"},
    "two files": {"code": [SCRIPT, "y = 2\n"], "name": ["a.html", ""], "language": ["python", "python"]},
}
CLOSED = {
    "private": {"visibility": "private"},
    "with a password": {"password": "open sesame"},
    "to be read once": {"burn": "on"},
}


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of snippets whose page was made here."""
    ids: list[str] = []
    read = everyones.read

    def spy(engine, snippet_id):
        if found := read(engine, snippet_id):
            ids.append(found.id)
        return found

    monkeypatch.setattr(everyones, "read", spy)
    return ids


def share(client: FlaskClient, **fields) -> str:
    return client.post("/", data={"code": "x = 1\n", **fields}).location


def both(client: FlaskClient, page: str, **headers: str):
    """Return the answer with and without this page, as status, headers and body."""
    answers = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Heartbeat, "__call__", lambda _: "colours land in ~7 ms")  # it may be another by the second
        for patched in (False, True):
            if patched:
                patch.setattr(EveryonesPage, "_find", lambda *_: None)
            answer = client.get(page, headers={"X-Forwarded-Host": "spoofed.example", **headers})
            told = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
            answers.append((answer.status_code, told, answer.text))
    return answers


@pytest.mark.parametrize("kind", OPEN)
def test_it_is_the_apps_own_to_the_byte(client, reader, work, made, kind: str):
    page = share(client, **OPEN[kind])
    work()

    here, there = both(reader, page)

    assert made == [page[1:]]
    assert here[0] == 200
    assert here == there


def test_it_counts_forks_as_the_app_does(client, reader, work, made):
    page = share(client, visibility="public")
    share(reader, visibility="public", parent=page[1:])
    work()

    here, there = both(reader, page)

    assert made
    assert "1 fork" in here[2]
    assert here == there


def test_it_shows_the_newest_revision(client, reader, work, made):
    page = share(client)
    client.post(f"{page}/edit", data={"code": "y = 2\n", "revision": "1"})
    work()

    here, there = both(reader, page)

    assert made
    assert "History" in here[2]
    assert here == there


def test_its_foot_says_what_is_true_by_now(client, reader, work, made, monkeypatch):
    page = share(client)
    work()
    monkeypatch.setattr(Heartbeat, "__call__", lambda _: "colours land in ~7 ms")
    assert "Colours land in ~7 ms." in reader.get(page).text

    monkeypatch.setattr(Heartbeat, "__call__", lambda _: "colours are late")

    assert "Colours are late." in reader.get(page).text
    assert len(made) == 2


@pytest.mark.parametrize("kind", CLOSED)
def test_it_is_made_of_nothing_that_is_closed(client, reader, work, made, kind: str):
    page = share(client, **CLOSED[kind])
    work()

    here, there = both(reader, page)

    assert not made
    assert here[0] in {200, 403, 404}
    assert here == there


@pytest.mark.parametrize("change", ["expired", "taken down"])
def test_it_is_made_of_nothing_that_is_gone(client, reader, work, made, sessions, change: str):
    page = share(client)
    work()
    gone = {"expires_at": now() - timedelta(seconds=1)} if change == "expired" else {"taken_down_at": now()}
    with sessions.begin() as session:
        session.execute(update(Snippet).values(gone))

    assert reader.get(page).status_code == 410
    assert not made


def test_one_that_ends_within_the_second_is_the_apps_which_lets_nobody_keep_it(client, reader, work, made, sessions):
    page = share(client)
    work()
    with sessions.begin() as session:
        session.execute(update(Snippet).values(expires_at=now() + timedelta(days=1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caching, "now", lambda: now() + timedelta(days=1, milliseconds=-500))

        answer = reader.get(page)

    assert made
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_fork_is_the_apps_which_knows_who_may_be_told_of_its_origin(client, reader, work, made):
    page = share(client, visibility="public", title="The first")
    fork = share(client, parent=page[1:])
    work()

    assert "forked from" in reader.get(fork).text
    assert not made


def test_a_page_one_of_whose_files_is_to_be_coloured_is_the_apps(client, reader, work, made, sessions):
    page = share(client, code=["x = 1\n", "y = 2\n"], name=["", ""], language=["python", "python"])
    work()
    with sessions.begin() as session:
        session.execute(update(File).where(File.position == 2).values(html=None))

    assert "data-poll" in reader.get(page).text
    assert not made


def test_a_page_whose_colours_are_to_come_is_the_apps(client, reader, made):
    page = share(client)

    assert "queued" in reader.get(page).text
    assert not made


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"Cookie": "a=b"}},
        {"headers": {"Authorization": "Bearer a-secret-of-somebody"}},
        {"headers": {"X-Token": "a-secret-of-somebody"}},
        {"headers": {"X-Password": "open sesame"}},
        {"headers": {"User-Agent": "curl/8", "Accept": "*/*"}},
        {"query_string": "as1=rust"},
        {"method": "HEAD"},
        {"environ_overrides": {"SCRIPT_NAME": "/mounted"}},
    ],
    ids=lambda asked: str(next(iter(asked.values()))),
)
def test_whoever_asks_for_something_else_is_answered_by_the_app(client, reader, work, made, asked):
    page = share(client)
    work()

    assert reader.open(page, **asked).status_code == 200
    assert not made


def test_who_guesses_addresses_is_refused_here_too(client, reader, work, made):
    page = share(client)
    work()
    for number in range(60):
        reader.get(f"/{number:011}")

    assert reader.get(page).status_code == 429
    assert not made


def test_its_links_hold_the_host_that_was_asked(client, reader, work, made):
    page = share(client, visibility="public")
    work()

    here, there = both(reader, page, Host="snippets.example:8443")

    assert made
    assert f"http://snippets.example:8443{page}/preview.png" in here[2]
    assert here == there


@pytest.mark.parametrize("host", ["Snippets.EXAMPLE", "[::1]:8000", "snippets.example.", "snippets.example:80"])
def test_it_reads_the_host_as_the_app_does(client, reader, work, made, host: str):
    page = share(client, visibility="public")
    work()

    here, there = both(reader, page, Host=host)

    assert made
    assert here == there


def test_a_staging_site_says_here_too_that_it_is_one(settings, client, reader, work, made):
    page = share(client, visibility="public")
    work()
    staging = create_app(dataclasses.replace(settings, site_env="staging")).test_client(use_cookies=False)

    here, there = both(staging, page)

    assert made
    assert here[1]["X-Robots-Tag"] == "noindex"
    assert here == there


def test_where_people_log_in_at_a_proxy_the_app_answers_since_one_may_own_it(settings, client, work, made):
    page = share(client)
    work()
    theirs = dataclasses.replace(settings, auth_header="X-Remote-User", trusted_proxies=1, closed_for="create")

    assert create_app(theirs).test_client(use_cookies=False).get(page).status_code == 200
    assert not made
