"""History and comparisons in a real Chromium: without scripts, by keyboard, on a phone and on a wide screen."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

CODE = "".join(f"def f{number}(): return {number}  # {'a long line ' * 12}\n" for number in range(30))
CHANGED = CODE.replace("return 10 ", "return 11 ").replace("def f20", "def g20") + "last = 1\n"


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def path(client: FlaskClient, work) -> str:
    path = client.post("/", data={"code": [CODE, "gone\n"], "name": ["a.py", "gone.txt"]}).location
    client.post(f"{path}/edit", data={"code": CHANGED, "name": "a.py", "revision": "1"})
    work()
    return path


def test_without_scripts_and_by_keyboard_two_revisions_are_compared_and_one_is_restored(
    browser: Browser, url: str, path: str, client: FlaskClient
):
    with browser.new_context(base_url=url, java_script_enabled=False) as opened:
        opened.add_cookies([{"name": "owner", "value": client.get_cookie("owner").value, "url": url}])
        page = opened.new_page()
        page.goto(path)
        page.get_by_text("More", exact=True).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("History")

        page.get_by_role("button", name="Compare").press("Enter")
        page.wait_for_url("**/compare/1..2")
        expect(page.locator("del mark").first).to_have_text("0")

        page.locator("h1").get_by_role("link", name="1").press("Enter")
        page.get_by_role("button", name="Restore").press("Enter")
        page.wait_for_url(f"**{path}")
        expect(page.locator("#file-2")).to_contain_text("gone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_and_numbers_and_signs_are_not_copied(
    browser: Browser, url: str, path: str, scheme: str
):
    with browser.new_context(base_url=url, color_scheme=scheme) as opened:
        page, complaints = opened.new_page(), []
        page.on("console", lambda each: complaints.append(each.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for width in (390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            for where in ("history", "revisions/1", "compare/1..2", "compare/1..2?view=split"):
                page.goto(f"{path}/{where}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, where
        lines = page.evaluate("""() => [...document.querySelectorAll(".columns")[0].children].map(pre => {
            const range = document.createRange();
            range.selectNodeContents(pre);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            return getSelection().toString().split("\\n").filter(line => line && !line.includes("unchanged"));
        })""")
        tops = page.evaluate("""() => ["#a1L30", "#b1L30"].map(id => document.querySelector(id).offsetTop)""")

    old, new = CODE.splitlines(), CHANGED.splitlines()
    assert lines == [[*old[7:14], *old[17:24], *old[27:]], [*new[7:14], *new[17:24], *new[27:]]]
    assert tops[0] == tops[1]
    assert complaints == []
