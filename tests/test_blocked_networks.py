"""A network that is blocked reads on and writes nothing, by any door; what is kept of where snippets came from."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from app import create_app
from snippets import networks
from snippets.audit import By
from snippets.blocking import Target, block, unblock
from snippets.models import File, Report, Snippet, now
from snippets.networks import network, truncated
from snippets.operator_models import BlockedNetwork, Origin
from snippets.purge import KNOWN, purge
from snippets.refused import Refused
from snippets.settings import Settings

BAD, GOOD = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "198.51.100.7"}
SECRET = {"Authorization": "Bearer a-secret-of-one-program"}
ONE = {"files": [{"code": "x"}]}


@pytest.fixture
def keep_out(app: Flask, sessions) -> Callable[..., None]:
    def keep_out(value: str = "203.0.113.0/24", until=None, note: str | None = None) -> None:
        with sessions.begin() as session:
            block(session, Target("network", value), until, By("admin", note))
        app.extensions["snippets"].blocked.forget()

    return keep_out


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def rows(sessions) -> list[str]:
    with sessions() as session:
        return [repr(row) for table in (Snippet.__table__, File.__table__, Report.__table__)
                for row in session.execute(table.select().order_by(text("1")))]  # fmt: skip


HTML, TEXT, JSON, PROBLEM = "text/html", "text/plain", "application/json", "application/problem+json"
DOORS = {
    "page": ("POST", "/", {"data": {"code": "precious"}}, HTML),
    "page, JSON": ("POST", "/", {"json": ONE}, PROBLEM),
    "plain text": ("POST", "/", {"data": b"x = 1"}, TEXT),
    "upload": ("PUT", "/a.py", {"data": b"x = 1"}, TEXT),
    "API": ("POST", "/api/v1/snippets", {"json": ONE}, PROBLEM),
    "API, fork": ("POST", "/api/v1/snippets{page}/fork", {"json": {}}, PROBLEM),
    "API, edit": ("PATCH", "/api/v1/snippets{page}", {"json": {"title": "new"}}, PROBLEM),
    "gists": ("POST", "/gists", {"json": {"files": {"a": {"content": "x"}}}}, JSON),
    "gists at an enterprise": ("POST", "/api/v3/gists", {"json": {"files": {"a": {"content": "x"}}}}, JSON),
    "gists, fork": ("POST", "/gists{page}/forks", {"json": {}}, JSON),
    "gists, edit": ("PATCH", "/gists{page}", {"json": {"description": "new"}}, JSON),
    "haste": ("POST", "/documents", {"data": b"x"}, JSON),
    "dpaste": ("POST", "/api/", {"data": {"content": "x"}}, TEXT),
    "dpaste 2": ("POST", "/api/v2/", {"data": {"content": "x"}}, TEXT),
    "pinnwand": ("POST", "/api/v1/paste", {"json": {"files": [{"content": "x"}], "expiry": "1day"}}, JSON),
    "pinnwand, curl": ("POST", "/curl", {"data": {"raw": "x"}}, TEXT),
    "edit": ("POST", "{page}/edit", {"data": {"code": "precious", "revision": "1"}}, HTML),
    "language": ("POST", "{page}/files/1/language", {"data": {"language": "rust", "revision": "1"}}, HTML),
    "restore": ("POST", "{page}/revisions/1/restore", {"data": {"revision": "1"}}, HTML),
    "report": ("POST", "{page}/report", {"data": {"reason": "precious"}}, HTML),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_a_blocked_network_write_and_each_says_so_in_its_own_format(
    program, sessions, keep_out, door: str
):
    page = program.post("/", data={"code": "x = 1\n"}, headers=SECRET).location
    keep_out(note="spammers of May")
    before = rows(sessions)
    method, path, body, mimetype = DOORS[door]

    answer = program.open(path.format(page=page), method=method, headers=SECRET, environ_overrides=BAD, **body)

    assert answer.status_code == 403
    for part in ("203.0.113.0/24", "blocked for good", "Reading goes on", "the operator of this site"):
        assert part in answer.text, part
    assert "spammers" not in answer.text  # the note is the operator's own
    assert ("precious" in answer.text) == ("precious" in str(body))
    assert rows(sessions) == before
    assert answer.mimetype == mimetype


def test_every_door_takes_the_same_from_another_network(program, keep_out):
    keep_out()

    for door, (method, path, body, _) in DOORS.items():
        page = program.post("/", data={"code": "x = 1\n"}, headers=SECRET).location
        answer = program.open(path.format(page=page), method=method, headers=SECRET, environ_overrides=GOOD, **body)
        assert answer.status_code < 400, (door, answer.text)


def test_a_blocked_network_reads_on_and_deletes_what_is_its_own(client, keep_out):
    page = client.post("/", data={"code": "x = 1\n"}, environ_overrides=BAD).location
    keep_out()

    for path in ("/", page, f"{page}/raw", f"/api/v1/snippets{page}", "/recent", f"{page}/edit"):
        assert client.get(path, environ_overrides=BAD).status_code == 200, path
    assert client.post(f"{page}/delete", environ_overrides=BAD).status_code == 303


def test_whom_to_ask_and_until_when_is_said_where_it_is_known(settings: Settings, sessions):
    until = now() + timedelta(hours=3)
    with sessions.begin() as session:
        block(session, Target("network", "203.0.113.0/24"), until, By("admin"))
    client = create_app(replace(settings, contact="abuse@example.org")).test_client()

    answer = client.post("/", data={"code": "x"}, environ_overrides=BAD)

    assert f"blocked until {until:%-d %B %Y, %H:%M} UTC" in answer.text
    assert "ask the operator of this site: abuse@example.org" in answer.text
    assert "abuse@example.org" in client.get("/about").text


def test_a_block_ends_at_its_time_and_with_unblocking(client, sessions, app: Flask, keep_out):
    keep_out(until=now() + timedelta(days=1))
    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 403
    with sessions.begin() as session:
        session.execute(update(BlockedNetwork).values(until=now() - timedelta(seconds=1)))
    app.extensions["snippets"].blocked.forget()
    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 303
    purge(sessions)
    with sessions() as session:
        assert session.scalars(select(BlockedNetwork)).all() == []

    keep_out()
    with sessions.begin() as session:
        assert unblock(session, Target("network", "203.0.113.0/24"), By("admin"))
    app.extensions["snippets"].blocked.forget()
    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 303


def test_what_another_process_blocked_is_known_within_two_seconds_and_asked_for_no_oftener(
    client, sessions, monkeypatch, app: Flask
):
    clock = [1000.0]
    monkeypatch.setattr(networks.time, "monotonic", lambda: clock[0])
    client.post("/", data={"code": "x"}, environ_overrides=BAD)
    with sessions.begin() as session:
        block(session, Target("network", "203.0.113.0/24"), None, By("command line"))

    clock[0] += networks.FRESH
    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 303
    clock[0] += 0.1
    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 403


def test_with_the_database_away_what_was_known_stays_blocked(client, app: Flask, keep_out, monkeypatch):
    keep_out()
    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 403

    def away():
        from sqlalchemy.exc import OperationalError

        raise OperationalError("SELECT", {}, Exception("gone"))

    blocked = app.extensions["snippets"].blocked
    blocked.forget()
    monkeypatch.setattr(blocked, "_sessions", away)

    assert client.post("/", data={"code": "x"}, environ_overrides=BAD).status_code == 403


def test_what_was_read_of_a_block_ends_at_its_time_without_being_read_anew(app: Flask, keep_out, monkeypatch):
    keep_out(until=now() + timedelta(hours=1))
    blocked = app.extensions["snippets"].blocked
    assert blocked.holding("203.0.113.9")

    monkeypatch.setattr(blocked, "_read", lambda: None)  # as with the database away
    monkeypatch.setattr(networks, "now", lambda: now() + timedelta(hours=2))

    assert blocked.holding("203.0.113.9") is None


@pytest.mark.parametrize(
    ("blocked", "address", "is_in"),
    [
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("203.0.113.7/32", "203.0.113.7", True),
        ("203.0.113.7/32", "203.0.113.8", False),
        ("203.0.113.0/24", "::ffff:203.0.113.9", True),
        ("10.0.0.0/8", "10.255.1.2", True),
        ("2001:db8:1::/48", "2001:db8:1:ffff::1", True),
        ("2001:db8:1::/48", "2001:db8:2::1", False),
        ("2001:db8:1::/48", "203.0.113.7", False),
        ("203.0.113.0/24", "", False),
        ("203.0.113.0/24", "unix", False),
        ("fe80::/16", "fe80::1%eth0", True),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_is_in_a_network_or_not(app: Flask, keep_out, blocked: str, address: str, is_in: bool):
    keep_out(blocked)
    keep_out("192.0.2.0/25")

    assert (app.extensions["snippets"].blocked.holding(address) is not None) == is_in


def test_the_clients_address_is_the_one_that_the_trusted_proxy_tells(settings: Settings, sessions, keep_out):
    keep_out()
    forged = {"X-Forwarded-For": "203.0.113.7"}

    direct = create_app(settings).test_client()
    assert direct.post("/", data={"code": "x"}, headers=forged, environ_overrides=GOOD).status_code == 303
    proxied = create_app(replace(settings, trusted_proxies=1)).test_client()
    assert proxied.post("/", data={"code": "x"}, headers=forged, environ_overrides=GOOD).status_code == 403
    forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}  # the first is what the client says of himself
    assert proxied.post("/", data={"code": "x"}, headers=forged, environ_overrides=GOOD).status_code == 403


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("2001:DB8::1/48", "2001:db8::/48"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
    ],
)
def test_a_network_is_understood_however_it_is_written(typed: str, meant: str):
    assert str(network(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "is no network"),
        ("203.0.113", "is no network"),
        ("203.0.113.0/33", "is no network"),
        ("fe80::1%eth0", "is no network"),
        ("1" * 5000, "is no network"),
        ("0.0.0.0/0", "too wide"),
        ("128.0.0.0/7", "too wide"),
        ("::/0", "too wide"),
        ("::ffff:0:0/96", "too wide"),
    ],
)
def test_what_is_no_network_or_nearly_everybody_is_refused_with_what_would_do(typed: str, said: str):
    with pytest.raises(Refused) as refused:
        network(typed)

    assert said in refused.value.message
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("", None),
    ],
)
def test_of_an_address_no_more_than_its_network_is_kept(address: str, kept: str | None):
    assert truncated(address) == kept


def test_the_network_of_a_snippet_is_that_of_its_last_writer_for_thirty_days_and_goes_with_it(client, sessions):
    page = client.post("/", data={"code": "x"}, environ_overrides=GOOD).location
    other = client.post("/", data={"code": "y"}, environ_overrides=GOOD).location

    client.post(f"{page}/edit", data={"code": "z", "revision": "1"}, environ_overrides=BAD)

    def kept() -> dict[str, str]:
        with sessions() as session:
            return {f"/{row.snippet_id}": row.network for row in session.scalars(select(Origin))}

    assert kept() == {page: "203.0.113.0/24", other: "198.51.100.0/24"}
    client.post(f"{page}/delete")
    assert kept() == {other: "198.51.100.0/24"}
    with sessions.begin() as session:
        session.execute(update(Origin).values(at=now() - KNOWN - timedelta(seconds=1)))
    purge(sessions)
    assert kept() == {}
    assert client.get(other).status_code == 200


def test_no_network_is_kept_where_the_operator_wants_none(settings: Settings, sessions):
    client = create_app(replace(settings, keep_networks=False)).test_client()

    page = client.post("/", data={"code": "x"}, environ_overrides=GOOD).location

    assert client.get(page).status_code == 200
    with sessions() as session:
        assert session.scalars(select(Origin)).all() == []
    assert "no part of the address" in client.get("/about").text


def test_nobody_but_the_operator_is_shown_a_network(client, program):
    page = client.post("/", data={"code": "x", "visibility": "public"}, environ_overrides=BAD).location

    for path in (
        page,
        f"{page}/raw",
        f"/api/v1/snippets{page}",
        "/recent",
        f"{page}/history",
        f"/gists{page}",
        "/mine",
    ):
        for each in (client, program):
            assert "203.0.113" not in each.get(path, environ_overrides=GOOD).text, path
