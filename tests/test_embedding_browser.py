"""A snippet in a page of another origin, in a real Chromium; the page that offers it, by hand and without scripts."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

CODE = "def greet(name):\n" + "".join(f"    x{number} = {number}\n" for number in range(2, 41))


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve a WSGI app on a port of its own, and give its address."""
    servers = []

    def start(app, host: str = "127.0.0.1") -> str:
        server = make_server(host, 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://{host}:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(app: Flask, serve) -> str:
    return serve(app)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when anything is reported in the console, a breach of the CSP included."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 900, "height": 900})
    page.set_default_timeout(8000)
    page.on("console", lambda each: complaints.append(each.text) if each.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": CODE, "name": "greet.py", **fields}).location


def blog(site: str, body: str) -> Callable[..., object]:
    """Return a site that lets in nothing but scripts and frames of ours."""
    policy = f"default-src 'none'; script-src {site}; frame-src {site}"
    text = f"<!doctype html><title>A blog</title><p>Before</p>{body}<p id=after>After</p>"
    return Response(text, mimetype="text/html", headers={"Content-Security-Policy": policy})


def test_one_line_of_script_shows_the_code_in_a_page_of_another_origin(client, work, site: str, serve, page: Page):
    snippet = f"{site}{share(client)}"
    work()
    plain, chosen = f"{snippet}/embed.js", f"{snippet}/embed.js?lines=3-9&theme=dark"
    body = f'<script src="{plain}"></script><p>Between</p><script src="{chosen}" async></script>'
    page.goto(serve(blog(site, "")).replace("127.0.0.1", "localhost"))
    before = set(page.evaluate("Object.keys(window)"))
    page.goto(serve(blog(site, body)).replace("127.0.0.1", "localhost"))

    frames = page.locator("iframe")
    expect(frames).to_have_count(2)
    assert (
        page.evaluate("[...document.body.children].map(each => each.tagName).join()")
        == "P,SCRIPT,IFRAME,P,SCRIPT,IFRAME,P"
    )
    assert set(page.evaluate("Object.keys(window)")) - before <= {"0", "1"}  # the frames themselves
    for number, lines in enumerate((40, 7)):
        frame = frames.nth(number).content_frame
        expect(frame.locator("code [id]")).to_have_count(lines)
        expect(frame.locator(".mi").first).to_be_visible()
        room = frame.locator("main").evaluate("main => [main.scrollHeight, innerHeight, main.offsetWidth, innerWidth]")
        assert 0 <= room[1] - room[0] <= 4
        assert room[2] == room[3]
    dark = frames.nth(1).content_frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert dark == "rgb(23, 25, 28)"
    assert page.context.cookies() == []


def test_a_frame_says_what_became_of_its_snippet_and_leads_there_in_a_page_of_its_own(
    client, site: str, serve, browser: Browser
):
    open_one, gone = share(client), share(client)
    client.post(f"{gone}/delete")
    body = "".join(f'<iframe src="{site}{each}/embed"></iframe>' for each in (open_one, gone))
    page = browser.new_page()
    page.goto(serve(blog(site, body)).replace("127.0.0.1", "localhost"))

    expect(page.locator("iframe").nth(1).content_frame.get_by_text("has deleted it")).to_be_visible()
    with page.context.expect_page() as opened:
        page.locator("iframe").first.content_frame.get_by_role("link", name="greet.py").click()
    opened.value.wait_for_load_state()

    assert opened.value.url == f"{site}{open_one}#file-1"
    page.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_person_chooses_lines_and_sees_what_others_will(client, site: str, browser: Browser, scripts: bool):
    address = share(client)
    context = browser.new_context(java_script_enabled=scripts, base_url=site, viewport={"width": 390, "height": 844})
    page = context.new_page()

    page.goto(address)
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Embed").click()
    page.get_by_label("Lines").fill("3-9")
    page.get_by_label("Theme").last.select_option("light")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_label("HTML of a script")).to_contain_text("embed.js?file=1&amp;lines=3-9&amp;theme=light")
    expect(page.locator("iframe").content_frame.locator("code [id]")).to_have_count(7)
    expect(page.get_by_label("Lines")).to_have_value("3-9")
    assert page.locator("img").evaluate("image => image.naturalWidth") > 0 if scripts else True
    context.close()
