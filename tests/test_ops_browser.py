"""/ops in a real Chromium: on a phone and on a wide screen, in light and dark, by keyboard, without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from redis import Redis
from rq import Queue
from rq.suspension import is_suspended

from processes import Stack, wait_until
from servers import Valkey

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    valkey = Valkey(folder)
    stack = Stack(folder, valkey.url)
    stack._env["DASHBOARD_PASSWORD"] = PASSWORD
    stack.redis = Redis.from_url(valkey.url)
    stack.start()
    queue = Queue("snippets", connection=stack.redis)
    for _ in range(3):
        queue.enqueue("builtins.int", "a-long-word-without-a-single-blank-in-it" * 8)
    wait_until(lambda: len(queue.failed_job_registry) == 3)
    yield stack
    stack.stop()
    valkey.stop()


def context(browser: Browser, stack: Stack, **options):
    credentials = {"username": "admin", "password": PASSWORD}
    return browser.new_context(base_url=stack.url, http_credentials=credentials, **options)


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen_and_nothing_breaks_the_policy(
    browser: Browser, stack: Stack, width: int, scheme: str
):
    with context(browser, stack, viewport={"width": width, "height": 900}, color_scheme=scheme) as opened:
        page, complaints = opened.new_page(), []
        page.on("console", lambda each: complaints.append(each.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/ops")
        page.get_by_text("ValueError", exact=True).click()
        expect(page.get_by_role("button", name="Requeue all ValueError")).to_be_visible()

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints == []
        fill = page.locator(".plot path").first.evaluate("(path) => getComputedStyle(path).fill")
        assert fill == {"light": "rgb(43, 79, 184)", "dark": "rgb(147, 180, 245)"}[scheme]


def test_without_scripts_the_workers_are_suspended_and_resumed_by_keyboard(browser: Browser, stack: Stack):
    with context(browser, stack, java_script_enabled=False) as opened:
        page = opened.new_page()
        page.goto("/ops")
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.locator(":focus").inner_text() == "Suspend":
                break
        page.keyboard.press("Enter")

        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        assert is_suspended(stack.redis)
        page.get_by_role("button", name="Resume").press("Enter")
        expect(page.get_by_text("The workers take jobs again.")).to_be_visible()
        assert not is_suspended(stack.redis)
