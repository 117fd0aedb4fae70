"""Script in every field of every page, and names that pass for others: shown as the text that they are."""

import dataclasses
import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from walk import SCRIPT, Page, addresses, fields
from werkzeug.test import TestResponse

from snippets.settings import Settings

from processes import HTML

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

OPERATOR = "a password for /ops"
SUBMIT = """([address, fields]) => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: address});
    for (const [name, value] of Object.entries(fields)) {
        const area = form.appendChild(document.createElement("textarea"));
        Object.assign(area, {name, value});
    }
    HTMLFormElement.prototype.submit.call(document.body.appendChild(form));
}"""
MARKS = {"U+202E": "\u202e", "U+200B": "\u200b", "U+2066": "\u2066", "U+00AD": "\u00ad"}
SPOOFED = f"x{''.join(MARKS.values())}gpj.py"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(
        settings,
        dashboard_password=OPERATOR,
        miss_limit=None,
        smtp_url="smtp://127.0.0.1:1",
        mail_from="site@example.org",
        site_url="http://localhost",
        mail_sharing="10000/day",
    )


def share(client: FlaskClient, text: str) -> str:
    """Share a public snippet with a text in each field that is stored of it, and return its id."""
    form = {"code": f"# {text}\n", "title": text, "name": f"{text[:100].replace('/', '')}.py", "visibility": "public"}
    answer = client.post("/", data={**form, "tags": "walk"}, headers=HTML)
    assert answer.status_code == 303, answer.text
    page = answer.location
    client.post(f"{page}/edit", data={**form, "code": f"# {text}{text}\n", "revision": "1"}, headers=HTML)
    client.post(
        f"{page}/report", data={"reason": text, "address": f"{re.sub(r'[@ ]', '', text)[:100]}@x"}, headers=HTML
    )
    return page.strip("/")


def visit(app: Flask, client: FlaskClient, snippet: str, text: str) -> Iterator[tuple[str, TestResponse]]:
    """Yield the answer to a GET of every address, with the text in each field of its query and without."""
    query = dict.fromkeys(fields(), text)
    for rule, address in [*addresses(app, snippet), *addresses(app, snippet, text)]:
        if "GET" not in rule.methods:
            continue
        for how in ({}, {"query_string": query}):
            yield f"GET {rule.rule}", client.get(address, headers=HTML, auth=("admin", OPERATOR), **how)


def post(app: Flask, client: FlaskClient, text: str) -> Iterator[tuple[str, TestResponse]]:
    """Yield the answer to a POST to every address, of a snippet of its own, with the text in each field of its form."""
    form = dict.fromkeys(fields(), text) | {"website": ""}
    for rule in [each for each in app.url_map.iter_rules() if "POST" in each.methods]:
        snippet = share(client, text) if rule.arguments else "aaaaaaaaaaa"
        for same, address in addresses(app, snippet):
            if same is rule or (same.rule == rule.rule and same.methods == rule.methods):
                for left_out in ("add", "remove"):
                    data = {
                        name: value
                        for name, value in form.items()
                        if name not in ("add", "remove") or left_out == "add"
                    }
                    yield f"POST {rule.rule}", client.post(address, data=data, headers=HTML, auth=("admin", OPERATOR))


def is_page(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html" and answer.location is None  # where it leads there is a picture


def wrong(answers: Iterator[tuple[str, TestResponse]]) -> dict[str, list[str]]:
    """Return what of the answers a browser would run."""
    found: dict[str, list[str]] = {}
    kinds = set()
    for where, answer in answers:
        kinds.add(answer.mimetype)
        if answer.mimetype in ("text/html", "application/xhtml+xml"):
            bad = Page(answer.get_data(as_text=True)).wrong
            if bad:
                found[where] = bad
        elif answer.mimetype == "application/atom+xml":
            ET.fromstring(answer.data)
        else:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", where
        assert b"62615533" not in answer.data, f"{where} computed what was typed"
    assert "text/html" in kinds
    return found


@pytest.mark.drill
def test_no_page_runs_what_was_stored_or_asked_for(app: Flask, client: FlaskClient, work):
    snippet = share(client, SCRIPT)
    work()

    assert wrong(visit(app, client, snippet, SCRIPT)) == {}


@pytest.mark.drill
def test_no_form_runs_what_was_typed_into_it(app: Flask, client: FlaskClient):
    assert wrong(post(app, client, SCRIPT)) == {}


def test_no_page_runs_what_the_request_says_of_itself(app: Flask, client: FlaskClient):
    snippet = share(client, "harmless")
    headers = (
        "HOST",
        "REFERER",
        "USER_AGENT",
        "ORIGIN",
        "X_FORWARDED_HOST",
        "X_REQUEST_ID",
        "COOKIE",
        "ACCEPT_LANGUAGE",
    )
    claims = {f"HTTP_{name}": SCRIPT for name in headers}

    def answers():
        for path in ("/", f"/{snippet}", f"/{snippet}/share", "/about", "/api", "/nothing", "/oembed"):
            for name, value in claims.items():
                yield f"{path} {name}", client.get(path, headers=HTML, environ_overrides={name: value})

    assert wrong(answers()) == {}


def test_an_address_runs_nothing_of_itself_in_an_error(client: FlaskClient):
    for path in (
        quote(SCRIPT, safe=""),
        "%3Cscript%3Ealert(1)%3C/script%3E/x",
        f"aaaaaaaaaaa/{quote(SCRIPT, safe='')}",
    ):
        answer = client.get(f"/{path}", headers=HTML)

        assert Page(answer.text).wrong == []


def test_the_script_that_embeds_a_snippet_has_its_title_as_a_string_alone(client: FlaskClient):
    script = client.get(f"/{share(client, SCRIPT)}/embed.js").text

    assert "</script" not in script
    assert "<xss-tag" not in script


@pytest.mark.drill
def test_no_page_shows_a_name_as_another(app: Flask, client: FlaskClient, work):
    snippet = share(client, SPOOFED)
    work()

    hidden = {}
    for where, answer in visit(app, client, snippet, SPOOFED):
        if answer.mimetype == "text/html":
            text = "".join(Page(answer.get_data(as_text=True)).text)
            if found := [name for name, mark in MARKS.items() if mark in text]:
                hidden[where] = found

    assert hidden == {}
    assert "x‹U+202E›‹U+200B›‹U+2066›‹U+00AD›gpj.py" in client.get(f"/{snippet}", headers=HTML).text


def test_what_is_stored_and_edited_is_what_was_given(client: FlaskClient):
    snippet = share(client, SPOOFED)

    assert f'value="{SPOOFED}"' in client.get(f"/{snippet}/edit", headers=HTML).text
    assert client.get(f"/api/v1/snippets/{snippet}").json["title"] == SPOOFED


@pytest.mark.browser
class TestChromium:
    """What a real browser makes of the same pages."""

    @pytest.fixture
    def browsed(self, browser, url: str):
        with browser.new_context(base_url=url, http_credentials={"username": "admin", "password": OPERATOR}) as context:
            yield context

    @pytest.fixture
    def watched(self, browsed):
        """A page, and what on it was run or would have been but for the policy."""
        page, ran = browsed.new_page(), []
        page.on("dialog", lambda dialog: (ran.append(f"{page.url}: a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: ran.append(f"{page.url}: {error}"))
        page.on("console", lambda each: "Security Policy" in each.text and ran.append(f"{page.url}: {each.text}"))
        return page, ran

    def test_nothing_is_run_of_what_was_stored_or_asked_for(self, app, browsed, watched, client, work):
        (page, ran), snippet = watched, share(client, SCRIPT)
        work()
        query = urlencode(dict.fromkeys(fields(), SCRIPT))
        seen = 0
        for rule, address in [*addresses(app, snippet), *addresses(app, snippet, SCRIPT)]:
            if "GET" not in rule.methods or not is_page(client.get(address, headers=HTML)):
                continue
            for each in (address, f"{address}?{query}"):
                page.goto(each)
                seen += 1
                assert page.locator("xss-tag").count() == 0, each

        assert seen > 50
        assert ran == []

    def test_nothing_is_run_of_what_was_typed(self, watched, client):
        (page, ran), snippet = watched, share(client, SCRIPT)
        locked = client.post("/", data={"code": "x", "password": "correct horse"}, headers=HTML).location
        form = {name: SCRIPT for name in fields() if name not in ("website", "add", "remove")}
        for address in ("/", f"/{snippet}/report", f"/{snippet}/mail", "/mine/take", f"{locked}/unlock"):
            page.goto("/about")
            with page.expect_navigation():
                page.evaluate(SUBMIT, [address, form])
            assert page.locator("xss-tag").count() == 0, address
            assert page.locator("main").count() == 1, address

        assert ran == []

    def test_what_is_run_is_seen(self, watched):
        page, ran = watched
        page.goto("/about")
        page.evaluate("() => { const s = document.createElement('script'); s.text = '1'; document.body.append(s) }")
        page.evaluate("() => setTimeout(() => alert(1))")
        page.wait_for_timeout(200)

        assert any("Security Policy" in each for each in ran)
        assert any("a dialog" in each for each in ran)
