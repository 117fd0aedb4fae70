"""/ops/moderation in a real Chromium: judged by keyboard alone, or by its forms without scripts, narrow and wide."""

import dataclasses
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from snippets.operator_models import AuditEntry
from snippets.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PASSWORD = "correct horse battery"
CODE = 'def greet(name):\n    return f"Hello {name}"\n'
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, dashboard_password=PASSWORD)


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=url, http_credentials={"username": "admin", "password": PASSWORD}) as context:
        context.set_default_timeout(8000)
        yield context


@pytest.fixture
def shared(client: FlaskClient) -> list[str]:
    """Three public snippets by title, the second reported; the last one is the newest."""
    pages = [
        client.post(
            "/",
            data={"code": CODE + title, "name": "greet.py", "title": title, "visibility": "public"},
            environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
        ).location
        for title in ("First", "Second", "Third")
    ]
    client.post(f"{pages[1]}/report", data={"reason": "a password"})
    return pages


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.closest('[data-item]')?.querySelector('h3').innerText ?? ''")


def says(page: Page, sentence: str) -> None:
    """Wait for the page that says what came of an action, and for its script."""
    expect(page.get_by_role("status").first).to_contain_text(sentence)
    page.wait_for_load_state()


def section(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def titles(page: Page, name: str) -> list[str]:
    return section(page, name).locator("h3").all_inner_texts()


def trail(app: Flask) -> list[tuple]:
    columns = AuditEntry.action, AuditEntry.subject, AuditEntry.note
    with app.extensions["snippets"].sessions() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(AuditEntry.id))]


def test_an_operator_judges_by_keyboard_alone(page: Page, app: Flask, client: FlaskClient, shared: list[str]):
    page.goto("/ops/moderation")
    assert titles(page, "Reports") == ["Second"]
    assert titles(page, "New and public") == ["Third", "Second", "First"]

    page.keyboard.press("j")
    page.keyboard.press("w")
    page.keyboard.type("holds a password, takes t and y")
    page.keyboard.press("Enter")
    assert focused(page) == "Second"
    page.keyboard.press("t")

    says(page, "The snippet is taken down")
    assert titles(page, "Reports") == []
    assert focused(page) == "Third"  # what has taken its place
    page.keyboard.press("y")
    says(page, "The snippet stays")
    assert titles(page, "New and public") == ["First"]
    assert focused(page) == "First"
    page.keyboard.press("h")
    says(page, "is refused from now on")
    assert focused(page) == "First"
    page.keyboard.press("b")
    says(page, "Its network is blocked for 30 days")
    page.keyboard.press("j")
    assert focused(page) == "Second"
    page.keyboard.press("r")
    says(page, "can be read again")

    assert [row[0] for row in trail(app)] == ["take-down", "keep", "block", "block", "restore"]
    assert trail(app)[0] == ("take-down", shared[1][1:], "holds a password, takes t and y")
    assert trail(app)[3][1] == "203.0.113.0/24"
    bad = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.post("/", data={"code": "x"}, environ_overrides=bad).status_code == 403
    assert client.post("/", data={"code": f"{CODE}First"}).status_code == 403


def test_a_taking_down_is_undone_by_a_key_and_a_letter_without_a_snippet_does_nothing(page: Page, app: Flask, shared):
    page.goto("/ops/moderation")
    for key in ("t", "y", "u", "h", "b"):
        page.keyboard.press(key)
    assert trail(app) == []
    for _ in range(9):
        page.keyboard.press("j")
    assert focused(page) == "First"  # the last stays the last
    page.keyboard.press("k")
    page.keyboard.press("t")
    says(page, "taken down")

    page.keyboard.press("u")

    says(page, "can be read again")
    assert [row[0] for row in trail(app)] == ["take-down", "restore"]


def test_the_keys_of_this_page_are_listed_and_look_leads_to_the_text_and_back(page: Page, shared):
    page.goto("/ops/moderation")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Block what it holds")
    page.keyboard.press("t")  # nothing, behind the list
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("c")  # of the other pages
    page.keyboard.press("o")
    page.wait_for_url(re.compile("/ops/snippets/"))
    assert CODE in page.locator("body").inner_text() + "\n"
    page.go_back()
    expect(page.locator("[data-item]:focus")).to_contain_text("Second")


def test_without_scripts_the_forms_do_the_same_and_enter_in_the_note_does_no_harm(
    browser: Browser, url: str, app: Flask, shared: list[str]
):
    credentials = {"username": "admin", "password": PASSWORD}
    with browser.new_context(base_url=url, http_credentials=credentials, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/ops/moderation")
        note = section(page, "New and public").get_by_label("Why").first
        note.fill("looked at")
        note.press("Enter")
        says(page, "The snippet stays")
        section(page, "Reports").get_by_role("button", name="Take down").press("Enter")
        says(page, "taken down")
        section(page, "Taken down").get_by_role("button", name="Block network").press("Enter")
        page.get_by_role("link", name="Blocks").last.click()
        expect(page.get_by_role("table")).to_contain_text("203.0.113.0/24")
        page.get_by_role("button", name="Unblock 203.0.113.0/24").press("Enter")
        says(page, "blocked no more")

    assert trail(app) == [
        ("keep", shared[2][1:], "looked at"),
        ("take-down", shared[1][1:], None),
        ("block", "203.0.113.0/24", None),
        ("unblock", "203.0.113.0/24", None),
    ]


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_nor_breaks_the_policy(
    browser: Browser, url: str, client: FlaskClient, width: int, scheme: str
):
    for title in (WORD, "Short"):
        page = client.post("/", data={"code": WORD * 9, "title": title, "visibility": "public"}).location
        client.post(f"{page}/report", data={"reason": WORD * 3, "address": f"{WORD}@example.org"})
    credentials = {"username": "admin", "password": PASSWORD}
    viewport = {"width": width, "height": 900}
    with browser.new_context(
        base_url=url, http_credentials=credentials, viewport=viewport, color_scheme=scheme
    ) as context:
        page, complaints = context.new_page(), []
        page.on("console", lambda each: complaints.append(each.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/ops/moderation")
        page.keyboard.press("j")
        page.keyboard.press("t")
        says(page, "The snippet is taken down")
        for path in (page.url, "/ops/moderation", "/ops/blocks", "/ops/audit", "/ops"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert complaints == []
