"""No page breaks a rule of WCAG 2.2 AA that a machine can check (axe-core), in light and dark, wide and narrow."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

EVERY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
Way = str | Callable[[Page], None]  # the address of a page, or what leads there
CODE = 'def greet(name):\n    """Say hello."""\n    return f"Hello {name}"  # politely\n'
DIFF = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"


@pytest.fixture
def owner(browser: Browser, url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=url) as context:
        context.set_default_timeout(8000)
        yield context


@pytest.fixture
def stranger(browser: Browser, url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=url) as context:
        yield context


def share(owner: BrowserContext, **fields: str) -> str:
    answer = owner.request.post("/", form={"code": CODE, "name": "greet.py"} | fields, max_redirects=0)
    assert answer.status == 303
    return answer.headers["location"]


def share_two(owner: BrowserContext) -> str:
    fields = [("code", CODE), ("name", "greet.py"), ("code", DIFF), ("name", "src/fix.diff")]
    answer = owner.request.post(
        "/",
        data=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        max_redirects=0,
    )
    assert answer.status == 303
    return answer.headers["location"]


def refused(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Code").fill(CODE)
    page.get_by_text("More options").click()
    page.get_by_label("Tags").fill("no tag!")
    page.locator("#share").click()
    page.get_by_role("alert").get_by_text("is no tag").wait_for()


def pointed_at(page: Page, address: str) -> None:
    page.goto(f"{address}#L2-L3")
    page.get_by_role("button", name="Copy link").wait_for()


def wrong_password(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("alert").wait_for()


def keys(page: Page) -> None:
    page.goto("/about")
    page.keyboard.press("?")


def of_owner(owner: BrowserContext) -> dict[str, Way]:
    """Return the pages of who shares, by name."""
    one = share(owner, title="A greeting", tags="python hello")
    return {
        "new": "/",
        "new, refused": refused,
        "about": "/about",
        "keyboard": keys,
        "one file": one,
        "two files": share_two(owner),
        "lines": lambda page: pointed_at(page, one),
        "diff": share(owner, code=DIFF, name="x.diff"),
        "sealed": share(owner, burn="on"),
        "edit": f"{one}/edit",
        "edit, with a password": f"{share(owner, password='correct horse')}/edit",
        "delete": f"{one}/delete",
    }


def of_stranger(owner: BrowserContext) -> dict[str, Way]:
    """Return the pages of whoever was given an address, or guesses one."""
    deleted, locked = share(owner), share(owner, password="correct horse")
    assert owner.request.post(f"{deleted}/delete").ok
    return {
        "sealed": share(owner, burn="on"),
        "locked": locked,
        "wrong password": lambda page: wrong_password(page, locked),
        "404": "/nothere",
        "403": f"{share(owner)}/edit",
        "410": deleted,
    }


def breaches(page: Page) -> Iterator[str]:
    """Yield what axe-core finds on the page, wide and narrow, in light and dark; only colours differ in the dark."""
    from axe_playwright_python.sync_playwright import Axe  # the quick tests do without

    page.evaluate(Axe().axe_script)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme, rules in (("light", EVERY), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            for rule in page.evaluate("rules => axe.run(rules)", rules)["violations"]:
                yield from (f"{width} px, {scheme}: {rule['id']}: {node['html'][:120]}" for node in rule["nodes"])


def all_breaches(context: BrowserContext, pages: dict[str, Way]) -> list[str]:
    found, page = [], context.new_page()
    for name, way in pages.items():
        page.goto(way) if isinstance(way, str) else way(page)
        found += [f"{name}, {breach}" for breach in breaches(page)]
    return found


def test_no_page_of_who_shares_breaks_a_rule(owner: BrowserContext, work):
    pages = of_owner(owner)
    work()

    assert all_breaches(owner, pages) == []


def test_no_page_of_who_was_given_an_address_breaks_a_rule(owner: BrowserContext, stranger: BrowserContext):
    assert all_breaches(stranger, of_stranger(owner)) == []


def test_a_breach_is_found(owner: BrowserContext):
    page = owner.new_page()
    page.goto("/about")
    page.evaluate("document.querySelector('.prose p').style.color = 'silver'")

    assert "color-contrast" in next(breaches(page))
