"""Moderation: what is new and public, content that is blocked, and that nobody but the operator decides."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from snippets import moderation_lists
from snippets.models import Report, Snippet, Unwelcome
from snippets.operator_models import AuditEntry, BlockedNetwork
from snippets.people import People
from snippets.settings import Settings

PASSWORD = "correct horse battery"
OPERATOR = ("admin", PASSWORD)
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
CODE = "x = 1\n"
ACTIONS = ("keep", "take-down", "restore", "block-content", "block-network")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, dashboard_password=PASSWORD)


@pytest.fixture
def press(client: FlaskClient):
    def press(page: str, action: str, **fields: str):
        return client.post(f"/ops/snippets{page}/{action}", data=fields, auth=OPERATOR)

    return press


@pytest.fixture
def listed(client: FlaskClient) -> Callable[..., str]:
    def listed(address: str = "/ops/moderation") -> str:
        return client.get(address, auth=OPERATOR).text

    return listed


def share(client: FlaskClient, code: str = CODE, **fields: str) -> str:
    answer = client.post("/", data={"code": code, **fields}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    assert answer.status_code == 303, answer.text
    return answer.location


def older(text: str) -> str:
    return text.split('rel="next" href="')[1].split('"', maxsplit=1)[0]


def test_what_is_new_and_public_is_listed_with_its_first_lines_and_its_network_until_it_is_kept(
    client, press, listed, sessions
):
    page = share(client, "first line\n<second>\n", title="A title", visibility="public")
    share(client, "not for lists", title="Unlisted")
    text = listed()
    for part in ("A title", "first line", "&lt;second&gt;", "203.0.113.0/24"):
        assert part in text
    assert "not for lists" not in text

    assert "said=kept" in press(page, "keep").location
    assert "said=nothing" in press(page, "keep").location

    assert "A title" not in listed()
    assert page in client.get("/recent").text
    client.post(f"{page}/edit", data={"code": "another text", "revision": "1", "visibility": "public"})
    assert "another text" in listed()  # nobody has looked at that yet


def test_each_list_is_shown_a_page_at_a_time(client, press, listed, monkeypatch):
    monkeypatch.setattr(moderation_lists, "SHOWN", 2)
    pages = [share(client, f"text {number}", title=f"title-{number}", visibility="public") for number in range(6)]
    for page in pages[:3]:
        client.post(f"{page}/report", data={"reason": "spam"})
    for page in pages[3:]:
        press(page, "take-down")

    for name, newest in (("reported", 2), ("new", 2), ("down", 5)):
        first = listed(f"/ops/moderation?{name}={'' if name == 'down' else 10**9}")
        second = listed(older(first).replace("&amp;", "&"))
        assert [number for number in range(6) if f"title-{number}" in first] == [newest - 1, newest], name
        assert [number for number in range(6) if f"title-{number}" in second] == [newest - 2], name
        assert 'rel="next"' not in second


@pytest.mark.parametrize("address", ["reported=x", "new=-1", "new=²", "down=x", "down=1.short", f"new={'9' * 19}"])
def test_a_cursor_that_is_none_of_ours_leads_nowhere(client, address: str):
    assert client.get(f"/ops/moderation?{address}", auth=OPERATOR).status_code == 404


@pytest.mark.parametrize("closed", [{"password": "sesame open"}, {"visibility": "private"}, {"burn": "on"}])
def test_of_what_is_closed_no_line_is_shown_before_the_operator_opens_it(client, sessions, listed, closed):
    page = share(client, "secret text", **closed)
    with sessions.begin() as session:
        session.add(Report(snippet_id=page[1:], reason="stolen"))

    assert "secret text" not in listed()
    assert "stolen" in listed()
    assert client.get(f"/ops/snippets{page}", auth=OPERATOR).text == "secret text"


def test_content_that_is_blocked_is_refused_for_good_under_any_name_and_restoring_it_lets_it_in(
    client, press, sessions
):
    page = share(client)
    assert "said=content-blocked" in press(page, "block-content", note="malware").location

    press(page, "take-down")  # whose own week does not shorten it
    again = client.post("/", data={"code": f"{CODE}\n", "name": "other.py"})

    assert again.status_code == 403
    assert "it is not accepted here" in again.text
    with sessions() as session:
        row = session.scalars(select(Unwelcome)).one()
        assert (row.until, row.note) == (None, "malware")
    press(page, "restore")
    assert client.post("/", data={"code": CODE}).status_code == 303


def test_content_that_is_blocked_is_refused_as_one_of_several_files_and_with_the_line_ends_of_windows(client, press):
    page = share(client, code="a = 1\nb = 2\n")
    press(page, "block-content")
    several = {"code": ["harmless", "a = 1\r\nb = 2"], "name": ["a.py", "b.py"], "language": ["", ""]}

    alone = client.post("/", data={"code": "a = 1\r\nb = 2\r\n\r\n"})
    among = client.post("/", data=several)
    edited = client.post(f"{share(client, code='mine')}/edit", data={**several, "revision": "1"})
    parted = client.post("/", data={"code": ["a = 1", "b = 2"], "name": ["a.py", "b.py"], "language": ["", ""]})

    assert [alone.status_code, among.status_code, edited.status_code] == [403] * 3
    assert "taken down just this" in among.text
    assert parted.status_code == 303  # other texts


def test_the_network_of_a_maker_is_blocked_at_once_and_one_that_is_not_known_is_refused(client, press, sessions):
    page = share(client)
    assert "said=network-blocked" in press(page, "block-network").location

    blocked = client.post("/", data={"code": "y"}, environ_overrides={"REMOTE_ADDR": "203.0.113.200"})

    assert blocked.status_code == 403
    unknown = client.post("/", data={"code": "z"}, environ_overrides={"REMOTE_ADDR": ""}).location
    answer = press(unknown, "block-network", note="what I typed")
    assert answer.status_code == 404
    assert "is not known" in answer.text
    with sessions() as session:
        assert [row.network for row in session.scalars(select(BlockedNetwork))] == ["203.0.113.0/24"]


def test_a_note_that_is_too_long_is_shown_again_and_nothing_is_done(client, press, sessions):
    page = share(client, visibility="public")

    answer = press(page, "take-down", note="why " * 200)

    assert answer.status_code == 422
    assert "at most 500 are kept" in answer.text
    assert "why why why" in answer.text
    assert client.get(page).status_code == 200
    with sessions() as session:
        assert session.scalars(select(AuditEntry)).all() == []


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_moderates_without_the_password_or_from_another_site_or_what_is_not_there(
    client, press, sessions, action: str
):
    page = share(client)

    assert client.post(f"/ops/snippets{page}/{action}").status_code == 401
    assert client.post(f"/ops/snippets{page}/{action}", auth=("admin", "wrong")).status_code == 401
    assert client.post(f"/ops/snippets{page}/{action}", auth=OPERATOR, headers=EVIL).status_code == 403
    assert client.get(f"/ops/snippets{page}/{action}", auth=OPERATOR).status_code == 405
    for nothing in ("/AAAAAAAAAAA", "/short"):
        answer = press(nothing, action)
        assert answer.status_code == 404 or "said=nothing" in answer.location

    assert client.get(page).status_code == 200
    with sessions() as session:
        for table in (AuditEntry, Unwelcome, BlockedNetwork):
            assert session.scalars(select(table)).all() == []


@pytest.mark.parametrize("path", ["/ops/moderation", "/ops/blocks", "/ops/audit"])
def test_the_pages_of_moderation_need_the_password_and_are_kept_by_no_cache(client, settings, path: str):
    assert client.get(path).status_code == 401
    assert client.get(path, auth=OPERATOR).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/ops/blocks", "/ops/blocks/remove"])
def test_nobody_blocks_or_unblocks_without_the_password_or_from_another_site(client, sessions, path: str):
    form = {"what": "203.0.113.0/24", "until": "1d"}

    assert client.post(path, data=form).status_code == 401
    assert client.post(path, data=form, auth=OPERATOR, headers=EVIL).status_code == 403

    with sessions() as session:
        assert session.scalars(select(BlockedNetwork)).all() == []


def test_what_is_typed_is_blocked_until_then_and_unblocked_once(client, sessions):
    page = share(client)
    for what, until in (("203.0.113.9/24", "1d"), (page[1:], "never"), ("2001:db8::1", "1y")):
        answer = client.post("/ops/blocks", data={"what": what, "until": until, "note": "spam"}, auth=OPERATOR)
        assert "said=blocked" in answer.location
    text = client.get("/ops/blocks", auth=OPERATOR).text
    for part in ("203.0.113.0/24", "2001:db8::1/128", "for good", "spam"):
        assert part in text
    assert client.post("/", data={"code": CODE}).status_code == 403

    said = [client.post("/ops/blocks/remove", data={"what": page[1:]}, auth=OPERATOR).location for _ in range(2)]

    assert ["unblocked" in said[0], "nothing" in said[1]] == [True, True]
    assert client.post("/", data={"code": CODE}).status_code == 303
    with sessions() as session:
        actions = [row.action for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["block", "block", "block", "unblock"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"what": "anybody", "until": "1d"}, "is no network such as"),
        ({"what": "0.0.0.0/0", "until": "1d"}, "too wide"),
        ({"what": "AAAAAAAAAAA", "until": "1d"}, "There is no snippet AAAAAAAAAAA"),
        ({"what": "203.0.113.0/24", "until": "1s"}, "one of 1d"),
        ({"what": "203.0.113.0/24", "until": "1d", "note": "a\x07b"}, "control character"),
        ({"what": "", "until": "1d"}, "is no network such as"),
    ],
)
def test_what_cannot_be_blocked_is_shown_again_with_the_reason(client, sessions, form, said: str):
    answer = client.post("/ops/blocks", data=form, auth=OPERATOR)

    assert answer.status_code in {404, 422}
    assert said in answer.text
    assert f'value="{form["what"]}"' in answer.text
    with sessions() as session:
        assert session.scalars(select(BlockedNetwork)).all() == []


def test_whoever_a_proxy_has_log_in_is_named_beside_the_user(app: Flask, client, sessions):
    page = share(client)
    found = app.extensions["snippets"]
    settings = replace(found.settings, auth_header="X-Remote-User", auth_proxies="127.0.0.0/8")
    app.extensions["snippets"] = replace(found, people=People(settings))

    origin = {"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "127.0.0.1"}}
    headers = {"X-Remote-User": "anna"}
    client.post(f"/ops/snippets{page}/take-down", auth=OPERATOR, headers=headers, environ_overrides=origin)

    with sessions() as session:
        assert session.scalars(select(AuditEntry.actor)).all() == ["admin (anna)"]
        assert session.scalars(select(Snippet.taken_down_at)).one() is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("look", [moderation_lists.new_public, moderation_lists.reported, moderation_lists.taken_down])
def test_no_list_walks_through_all_snippets_there_are(sessions, look):
    asked = []
    event.listen(sessions.kw["bind"], "before_cursor_execute", lambda *each: asked.append(each[2:4]))
    with sessions() as session:
        look(session)

        statement, values = asked[0]
        plan = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]

    assert [step for step in plan if step in {"SCAN snippets", "SCAN listings"}] == []


def test_the_page_of_blocks_shows_the_newest_and_says_so(client, sessions, monkeypatch):
    monkeypatch.setattr("snippets.blocks.SHOWN", 2)
    for number in range(3):
        client.post("/ops/blocks", data={"what": f"203.0.{number}.0/24", "until": "1d"}, auth=OPERATOR)

    text = client.get("/ops/blocks", auth=OPERATOR).text

    assert [f"203.0.{number}.0/24</th>" in text for number in range(3)] == [False, True, True]
    assert "At most 2 networks" in text
