"""A site with a password, or behind a proxy that has people log in: nothing of it is for anybody else."""

import base64
import dataclasses
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from app import create_app
from snippets.keys import Scope, issue
from snippets.models import File, Snippet, now
from snippets.settings import Settings, SettingsError

from processes import HTML, environment, serving
from servers import Valkey

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

PASSWORD = "open sesame, please"
TEXT = {"Accept": "text/plain"}
TREASURE = "treasure"  # it is in every field of the only snippet
BEHIND = {"X-Forwarded-For": "192.0.2.7"}  # what the proxy adds
ALICE = {**BEHIND, "X-Remote-User": "alice"}

# What answers although the site is closed, and what has a door of its own. A new page is on neither list by itself.
FOR_EVERYONE = {"assets.static", "entering.ask", "entering.enter", "health.up", "robots.rules"}
SIGNED = {"deciding.ask", "deciding.decide"}  # the door is the key of the link: see test_mail_reports


def own_doors(app: Flask) -> set[str]:
    return {each.endpoint for each in app.url_map.iter_rules() if each.rule.startswith(("/ops", "/metrics"))}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(
        settings, site_password=PASSWORD, dashboard_password="a password for /ops", metrics_token="a token for /metrics"
    )


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def snippet(app: Flask) -> str:
    """The id of a snippet that everybody could read if the site were open."""
    with app.extensions["snippets"].sessions.begin() as session:
        file = File(
            position=1, name=f"{TREASURE}.py", language="python", code=f"{TREASURE}\n", html=f"<b>{TREASURE}</b>"
        )
        file.engine, file.took_ms, file.highlighted_at = "pygments", 1, now()
        made = Snippet(title=TREASURE, visibility="public", tags=TREASURE, files=[file])
        session.add(made)
        session.flush()
        return made.id


def enter(client: FlaskClient, password: str = PASSWORD, **fields: str):
    return client.post("/enter", data={"password": password, **fields}, headers=HTML)


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'anybody:{password}'.encode()).decode()}"}


def addresses(app: Flask, snippet: str) -> Iterator[tuple[Rule, str]]:
    """Yield every route with an address that it answers to."""
    numbers = {"message_id": 1, "number": 1, "revision": 1, "old": 1, "new": 1}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {each: numbers.get(each, snippet) for each in rule.arguments}
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
        yield rule, adapter.build(rule.endpoint, values, method=method)


def each_answer(app: Flask, client: FlaskClient, snippet: str, headers: dict[str, str]):
    for rule, address in addresses(app, snippet):
        for method in sorted(rule.methods):
            data = {"code": "x = 1", "file": "x = 1"} if method in ("POST", "PUT", "PATCH") else None
            yield rule, client.open(address, method=method, headers=headers, data=data)


def count(app: Flask, table: type[Snippet | File] = Snippet) -> int:
    with app.extensions["snippets"].sessions() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.drill
@pytest.mark.parametrize("headers", [HTML, TEXT, {"Accept": "application/json"}, {"Accept": "image/png"}, {}])
def test_no_address_of_a_closed_site_answers_a_stranger_but_those_without_anybodys_text(
    app: Flask, stranger: FlaskClient, snippet: str, headers: dict[str, str]
):
    answered, shown = set(), []
    for rule, answer in each_answer(app, stranger, snippet, headers):
        if answer.status_code not in (401, 403):
            answered.add(rule.endpoint)
        if TREASURE in answer.get_data(as_text=True) or "s-maxage" in answer.headers.get("Cache-Control", ""):
            shown.append(rule.rule)

    assert answered <= FOR_EVERYONE | own_doors(app) | SIGNED
    assert shown == []
    assert count(app) == 1


def test_the_doors_of_operators_keep_their_own_passwords_on_a_closed_site(app, stranger, snippet):
    answers = {rule.endpoint: answer for rule, answer in each_answer(app, stranger, snippet, HTML)}

    asked = {name: answers[name].headers.get("WWW-Authenticate", "") for name in own_doors(app)}
    assert len(asked) > 8
    assert {name: challenge for name, challenge in asked.items() if 'realm="Queues"' not in challenge} == {}
    assert stranger.get("/rq/").status_code == 401
    assert stranger.get("/metrics", headers={"Authorization": "Bearer a token for /metrics"}).status_code == 200
    assert stranger.get("/up").status_code == 200


def test_an_unknown_address_says_no_more_than_a_known_one(stranger, snippet):
    told = [stranger.get(f"/{each}", headers=TEXT) for each in (snippet, "aaaaaaaaaaa", "no/such/page")]

    assert len({(answer.status_code, answer.data) for answer in told}) == 1


def test_who_saves_an_edit_learns_not_what_there_is_to_be_edited(app, stranger, snippet):
    """A form that was typed comes in, so that its owner is shown it again: nobody else is told a thing."""
    with app.extensions["snippets"].sessions.begin() as session:
        files = [File(position=1, language="python", code="x", html="x")]
        secret = Snippet(visibility="public", password_hash="x", files=files)
        session.add(secret)
        session.flush()
        locked = secret.id
    form = {"code": "y", "revision": "1"}

    told = [stranger.post(f"/{each}/edit", data=form, headers=HTML) for each in (snippet, locked, "aaaaaaaaaaa")]

    assert {answer.status_code for answer in told} == {403}
    assert len({answer.data for answer in told}) == 1
    assert "This site is not open to everyone" in told[0].text


def test_an_owners_edit_is_shown_again_where_the_password_has_changed_meanwhile(client):
    enter(client)
    page = client.post("/", data={"code": "x"}, headers=HTML).location
    client.delete_cookie("entered")

    answer = client.post(f"{page}/edit", data={"code": "a long text", "revision": "1"}, headers=HTML)

    assert answer.status_code == 401
    assert "a long text" in answer.text


def test_robots_are_told_to_leave_all_alone(stranger):
    assert stranger.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_the_password_opens_the_page_that_was_asked_for(client, snippet):
    page = client.get(f"/{snippet}/history?before=9", headers=HTML)
    assert page.status_code == 403
    assert f'name="way" value="/{snippet}/history?before=9"' in page.text

    entered = enter(client, way=f"/{snippet}/history?before=9")

    assert (entered.status_code, entered.location) == (303, f"/{snippet}/history?before=9")
    answer = client.get(entered.location, headers=HTML)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")


@pytest.mark.parametrize("way", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\r\nA: b", ""])
def test_the_password_leads_to_no_other_site(client, way: str):
    assert enter(client, way=way).location == "/"


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_over_https_plain_lines(app: Flask):
    answer = app.test_client().post(
        "/enter", data={"password": PASSWORD}, base_url="https://localhost", headers={"Origin": "https://localhost"}
    )

    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("entered=")
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= {*cookie.split("; ")}
    assert PASSWORD not in cookie


def test_a_wrong_password_opens_nothing_and_ten_of_them_close_the_door_to_the_right_one(client, snippet):
    assert enter(client, "open says me", way=f"/{snippet}").status_code == 403
    told = enter(client, "open says me", way=f"/{snippet}").text
    assert "That is not the password." in told
    assert f'value="/{snippet}"' in told

    for _ in range(8):
        client.get("/", headers=basic("wrong"))

    assert enter(client).status_code == 429
    assert client.get("/", headers=basic(PASSWORD)).status_code == 429
    assert client.get(f"/{snippet}", headers=HTML).status_code == 403


def test_the_operators_password_which_a_browser_sends_everywhere_is_no_try_and_shuts_nobody_out(client, snippet):
    operator = basic("a password for /ops")
    assert {client.get(f"/{snippet}", headers={**HTML, **operator}).status_code for _ in range(15)} == {403}

    assert enter(client).status_code == 303

    assert client.get(f"/{snippet}", headers={**HTML, **operator}).status_code == 200


def test_a_password_that_is_the_operators_as_well_opens_the_site(settings, snippet):
    both = dataclasses.replace(settings, dashboard_password=PASSWORD)

    assert create_app(both).test_client().get(f"/{snippet}", headers={**HTML, **basic(PASSWORD)}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"site_password": "open barley, please"},
        {"secret_key": "another key for the tests"},
    ],
)
def test_another_password_or_another_key_closes_every_cookie(settings, client, snippet, change):
    enter(client)
    cookie = client.get_cookie("entered").value
    other = create_app(dataclasses.replace(settings, **change)).test_client()
    other.set_cookie("entered", cookie)

    assert client.get(f"/{snippet}", headers=HTML).status_code == 200
    assert other.get(f"/{snippet}", headers=HTML).status_code == 403


@pytest.mark.parametrize("forged", ["", "yes", "ImFiYyI.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"])
def test_a_cookie_of_ones_own_making_opens_nothing(client, snippet, forged: str):
    client.set_cookie("entered", forged)

    assert client.get(f"/{snippet}").status_code == 403


def test_a_program_gives_the_password_as_basics_and_owns_by_its_secret(app, stranger):
    headers = {**basic(PASSWORD), "X-Token": "a-secret-of-a-program", **TEXT}

    shared = stranger.post("/", data=b"x = 1\n", headers=headers, content_type="text/plain")

    assert shared.status_code == 201
    address = shared.text.strip().removeprefix("http://localhost")
    assert stranger.get(address, headers=headers).text == "x = 1\n"
    assert stranger.delete(address, headers=headers).status_code == 200


def test_a_program_is_told_how_to_give_the_password(stranger, snippet):
    answer = stranger.get(f"/{snippet}/raw", headers=TEXT)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="This site", charset=UTF-8'
    assert "password" in answer.text
    api = stranger.get(f"/api/v1/snippets/{snippet}")
    assert (api.status_code, api.mimetype) == (403, "application/problem+json")


def test_an_api_key_opens_a_closed_site_and_a_made_up_secret_does_not(app, stranger, snippet):
    with app.extensions["snippets"].sessions.begin() as session:
        key = issue(session, "bot", [Scope.READ])

    def ask(secret: str) -> int:
        headers = {"Authorization": f"Bearer {secret}", **TEXT}
        return stranger.get(f"/api/v1/snippets/{snippet}", headers=headers).status_code

    assert [ask(key), ask("a-secret-of-a-program"), ask("key_" + "a" * 43)] == [200, 401, 401]


def test_a_text_that_was_typed_before_the_cookie_ended_is_shown_again(app, stranger):
    answer = stranger.post("/", data={"code": "a long text", "title": "of mine"}, headers=HTML)

    assert answer.status_code == 401
    assert "a long text" in answer.text
    assert "give it at /enter in another tab" in answer.text
    assert count(app) == 0


def test_another_sites_frame_says_that_the_site_is_closed(stranger, snippet):
    answer = stranger.get(f"/{snippet}/embed", headers=HTML)

    assert answer.status_code == 403
    assert "This site is closed" in answer.text


class TestClosedForCreating:
    """What is shared can be read by everybody; who shares gives the password."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return dataclasses.replace(settings, closed_for="create")

    def test_everybody_reads(self, stranger, snippet):
        answer = stranger.get(f"/{snippet}", headers=HTML)

        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=0, s-maxage=10")
        assert "Disallow: /rq" in stranger.get("/robots.txt").text

    @pytest.mark.drill
    def test_nobody_adds_text_at_any_door_without_the_password(self, app, stranger, snippet):
        for headers in (HTML, TEXT, {}):
            assert 201 not in {answer.status_code for _, answer in each_answer(app, stranger, snippet, headers)}
        assert count(app) == count(app, File) == 1

    def test_the_password_is_asked_for_before_anything_is_typed(self, stranger, snippet):
        for path in ("/", f"/{snippet}/fork"):
            answer = stranger.get(path, headers=HTML)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (403, "no-cache")
            assert "Password needed" in answer.text

    def test_who_has_given_it_shares_and_edits(self, client):
        enter(client)

        page = client.post("/", data={"code": "x"}, headers=HTML).location
        assert client.post(f"{page}/edit", data={"code": "y", "revision": "1"}, headers=HTML).status_code == 303

        client.delete_cookie("entered")
        refused = client.post(f"{page}/edit", data={"code": "z", "revision": "2"}, headers=HTML)
        assert refused.status_code == 401
        assert "z" in refused.text
        assert client.get(f"{page}/raw").text == "y"


class TestBehindAProxy:
    """A company's proxy has people log in and says who they are."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return dataclasses.replace(settings, site_password=None, auth_header="X-Remote-User", trusted_proxies=1)

    @pytest.mark.drill
    @pytest.mark.parametrize("headers", [HTML, TEXT, {}])
    def test_no_address_answers_who_has_not_logged_in(self, app, stranger, snippet, headers):
        answered, shown = set(), []
        for rule, answer in each_answer(app, stranger, snippet, {**BEHIND, **headers}):
            if answer.status_code not in (401, 403):
                answered.add(rule.endpoint)
            if TREASURE in answer.get_data(as_text=True):
                shown.append(rule.rule)

        assert answered <= FOR_EVERYONE | own_doors(app) | SIGNED
        assert shown == []

    def test_who_has_logged_in_reads_what_no_shared_cache_keeps(self, stranger, snippet):
        answer = stranger.get(f"/{snippet}", headers={**HTML, **ALICE})

        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
        assert "X-Robots-Tag" in answer.headers

    def test_a_person_owns_what_he_shared_on_each_machine_and_nobody_else_does(self, app):
        here, there = app.test_client(), app.test_client()
        page = here.post("/", data={"code": "x", "visibility": "private"}, headers={**HTML, **ALICE}).location

        assert here.get_cookie("owner") is None
        assert there.get(page, headers={**HTML, **ALICE}).status_code == 200
        assert page in there.get("/mine", headers={**HTML, **ALICE}).text
        assert there.get(page, headers={**HTML, **ALICE, "X-Remote-User": "bob"}).status_code == 404

    def test_who_presents_a_secret_owns_by_that_and_not_by_his_name(self, stranger):
        program = {**TEXT, **ALICE, "X-Token": "a-secret-of-a-program"}
        path = stranger.post("/", data=b"x", headers=program, content_type="text/plain").text.strip()[-12:]

        assert stranger.post(f"{path}/delete", headers={**HTML, **ALICE}).status_code == 403
        assert stranger.delete(path, headers=program).status_code == 200

    def test_a_name_stays_the_same_owner_from_version_to_version(self, app):
        with app.test_request_context(headers=ALICE, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}) as context:
            context.request.environ["werkzeug.proxy_fix.orig"] = {"REMOTE_ADDR": "127.0.0.1"}
            [digest] = app.extensions["snippets"].owners.hashes(context.request)

        assert digest == "8ab98e6b8545cff0f7eb1bd5fc79b58e1cc53688ab809dccdac343bdef7afd19", (
            "else all lose what is theirs"
        )

    def test_a_persons_snippets_are_moved_to_no_browser_by_a_link(self, stranger):
        stranger.post("/", data={"code": "x"}, headers={**HTML, **ALICE})

        assert stranger.post("/mine/move", headers={**HTML, **ALICE}).location == "/mine"

    @pytest.mark.parametrize("peer", ["203.0.113.9", "10.0.0.1", "::ffff:127.0.0.1", ""])
    def test_nobody_but_the_proxy_says_who_somebody_is(self, stranger, snippet, peer):
        answer = stranger.get(f"/{snippet}", headers={**HTML, **ALICE}, environ_base={"REMOTE_ADDR": peer})

        assert answer.status_code == 403

    def test_a_request_that_passed_no_proxy_is_not_believed(self, stranger, snippet):
        assert stranger.get(f"/{snippet}", headers={**HTML, "X-Remote-User": "alice"}).status_code == 403

    @pytest.mark.parametrize(
        "name", ["", " ", "mallory,alice", "a" * 201, "al\u00adice".encode().decode("latin-1"), "al\tice", "\xff"]
    )
    def test_what_is_no_name_lets_nobody_in(self, stranger, snippet, name):
        answer = stranger.get(f"/{snippet}", headers={**HTML, **BEHIND}, environ_overrides={"HTTP_X_REMOTE_USER": name})

        assert answer.status_code == 403

    def test_a_name_beyond_ascii_is_a_name(self, stranger, snippet):
        name = "Zoë".encode().decode("latin-1")  # as WSGI has it

        answer = stranger.get(f"/{snippet}", headers=BEHIND, environ_overrides={"HTTP_X_REMOTE_USER": name})

        assert answer.status_code == 200

    def test_the_log_names_the_person_only_where_it_is_to(self, settings, caplog):
        caplog.set_level(logging.INFO)
        for in_log in (False, True):
            client = create_app(dataclasses.replace(settings, auth_in_log=in_log)).test_client()
            client.get("/recent", headers=ALICE, buffered=True)

        told = [each.fields.get("person") for each in caplog.records if each.message == "served"]
        assert told == [None, "alice"]

    def test_a_browser_is_sent_to_where_people_log_in(self, settings, snippet):
        client = create_app(dataclasses.replace(settings, auth_login_url="https://login.example/")).test_client()

        assert client.get(f"/{snippet}", headers={**HTML, **BEHIND}).location == "https://login.example/"
        assert client.get(f"/{snippet}", headers={**TEXT, **BEHIND}).status_code == 403

    def test_where_all_may_read_no_shared_cache_keeps_what_a_person_sees_of_his_own(self, settings, snippet):
        client = create_app(dataclasses.replace(settings, closed_for="create")).test_client()
        page = client.post("/", data={"code": "x", "visibility": "public"}, headers={**HTML, **ALICE}).location

        for path, who in ((page, ALICE), (f"{page}/raw", ALICE), (f"/{snippet}", BEHIND)):
            answer = client.get(path, headers={**HTML, **who})
            assert answer.status_code == 200
            assert "private" in answer.headers["Cache-Control"]

    def test_there_is_no_page_for_a_password(self, stranger):
        assert stranger.get("/enter", headers={**HTML, **ALICE}).status_code == 404


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"SITE_PASSWORD": "short"}, "SITE_PASSWORD is not shown here: it must be at least 12"),
        ({"CLOSED_FOR": "nobody"}, "everything, create"),
        ({"AUTH_HEADER": "X-Remote-User"}, "AUTH_HEADER needs a proxy"),
        ({"AUTH_HEADER": "X Remote"}, "such as X-Remote-User"),
        *[
            ({"AUTH_HEADER": name}, "such as X-Remote-User")
            for name in "Cookie User-Agent accept-language X-Forwarded-For Content-Type Sec-Fetch-Site X-Token".split()
        ],
        ({"AUTH_PROXIES": "10.0.0.0/33"}, "such as 127.0.0.1,10.0.0.0/8"),
    ],
)
def test_a_setting_that_would_close_nothing_stops_the_start(database_url, given, says):
    with pytest.raises(SettingsError) as error:
        Settings.from_env({"ENV_FILE": "/dev/null", **given})

    assert says in str(error.value)


@pytest.mark.drill
def test_no_web_process_keeps_a_page_of_a_closed_site(database_url, tmp_path: Path):
    valkey = Valkey(tmp_path)
    env = {"DATABASE_URL": database_url, "REDIS_URL": valkey.url, "SITE_PASSWORD": PASSWORD}
    env = environment(ENV_FILE="/dev/null", SECRET_KEY="a key for the tests alone", **env)
    with serving("app:serve", tmp_path / "log", env) as url:
        anybody = requests.Session()
        anybody.auth = ("anybody", PASSWORD)
        page = anybody.post(url, data=b"the treasure\n" * 100, headers={"Content-Type": "text/plain"}).text.strip()
        browser = requests.Session()
        browser.post(f"{url}/enter", data={"password": PASSWORD})
        for path in ("", "/raw", "/embed", "/zip", "/preview.png"):
            asked = [anybody.get(page + path), anybody.get(page + path), browser.get(page + path)]
            refused = [requests.get(page + path, headers=each) for each in (HTML, TEXT)]

            assert {each.status_code for each in asked} == {200}
            assert {each.status_code for each in refused} == {403, 401}
            assert all("X-Request-ID" in each.headers for each in asked + refused), "kept"
            assert not any("treasure" in each.text for each in refused)
    valkey.stop()
