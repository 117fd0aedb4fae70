"""Sharing on terms and owning, as people do it: with scripts and without, on a phone, by keyboard alone."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from processes import Stack

pytestmark = pytest.mark.browser

SNIPPET = re.compile(r"/[\w-]{11}$")
CODE = "def treasure():\n    return 'under the tree'\n"
PHONE = {"width": 390, "height": 844}
Visit = Callable[[], Page]


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def visit(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Visit]:
    """A person with a telephone of his own, each time it is called."""
    contexts: list[BrowserContext] = []

    def visit() -> Page:
        context = browser.new_context(base_url=stack.url, viewport=PHONE, java_script_enabled=request.param)
        context.set_default_timeout(8000)
        contexts.append(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()


def show(page: Page, name: str) -> None:
    """Open the options that hold a field, where they are closed."""
    if not page.locator(f"[name={name}]").is_visible():
        page.get_by_text("More options").click()


def share(page: Page, **fields: str) -> str:
    page.goto("/")
    page.get_by_label("Code").fill(CODE)
    page.get_by_label("File name").fill("treasure.py")
    for name, value in fields.items():
        show(page, name)
        field = page.locator(f"[name={name}]")
        if value == "on":
            field.check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Share").last.click()
    page.wait_for_url(SNIPPET)
    return page.url


def text_of(page: Page) -> str:
    return page.locator("#file-1 code").text_content()


def test_the_owner_edits_and_deletes_and_a_visitor_is_offered_neither(visit: Visit):
    owner, visitor = visit(), visit()
    address = share(owner)

    owner.get_by_role("link", name="Edit").click()
    owner.get_by_label("Code").fill("treasure = None\n")
    owner.get_by_role("button", name="Save").last.click()
    owner.wait_for_url(address)
    visitor.goto(address)

    assert text_of(visitor) == "treasure = None\n"
    expect(visitor.get_by_role("link", name="Edit")).to_have_count(0)
    expect(visitor.get_by_role("link", name="Delete")).to_have_count(0)
    owner.get_by_role("link", name="Delete").click()
    owner.get_by_role("button", name="Delete").click()
    visitor.goto(address)
    expect(visitor.get_by_role("main")).to_contain_text("Whoever shared this snippet has deleted it.")


def test_what_is_to_be_read_once_is_read_by_the_first_who_opens_it(visit: Visit):
    owner, first, second = visit(), visit(), visit()
    address = share(owner, burn="on")
    expect(owner.get_by_role("main")).to_contain_text(address)

    for page in (first, second):
        page.goto(address)
        expect(page.get_by_role("main")).not_to_contain_text("under the tree")
    first.get_by_role("button", name="Open and delete it").click()
    second.get_by_role("button", name="Open and delete it").click()

    assert text_of(first) == CODE
    expect(second.get_by_role("main")).to_contain_text("it has been read")
    for page in (owner, first, second):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Gone")


def test_a_password_is_asked_for_once(visit: Visit):
    owner, visitor = visit(), visit()
    address = share(owner, password="open sesame")
    assert text_of(owner) == CODE

    visitor.goto(address)
    visitor.get_by_label("Password").fill("open barley")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("alert")).to_have_text("That is not the password.")
    visitor.get_by_label("Password").fill("open sesame")
    visitor.keyboard.press("Enter")
    visitor.wait_for_url(address)

    assert text_of(visitor) == CODE
    visitor.reload()
    assert text_of(visitor) == CODE


def test_a_term_that_is_refused_leaves_everything_in_the_form(visit: Visit):
    page = visit()
    page.goto("/")
    page.get_by_label("Code").fill(CODE)
    show(page, "tags")
    page.get_by_label("Tags").fill("good <bad>")
    page.get_by_role("button", name="Share").last.click()

    expect(page.get_by_role("alert")).to_contain_text("“<bad>” is no tag")
    expect(page.get_by_label("Code")).to_have_value(CODE)
    expect(page.get_by_label("Tags")).to_have_value("good <bad>")
    expect(page.get_by_label("Tags")).to_have_attribute("aria-invalid", "true")


def test_a_visitor_reports_a_snippet(visit: Visit):
    owner, visitor = visit(), visit()
    visitor.goto(share(owner))

    visitor.goto(f"{owner.url}/report")
    visitor.get_by_label("What is wrong").fill("It tells where the treasure is")
    visitor.get_by_role("button", name="Report").click()

    expect(visitor.get_by_role("status").first).to_contain_text("the operator of this site will see it")


def test_all_of_it_goes_by_keyboard_alone(visit: Visit):
    page = visit()
    page.goto("/")
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.keyboard.insert_text(CODE)
    page.keyboard.press("Escape")  # from here on Tab leaves the editor

    def tab_to(name: str) -> None:
        for _ in range(25):
            page.keyboard.press("Tab")
            if page.locator(f":focus[name={name}]").count():
                return
        pytest.fail(f"{name} cannot be reached")

    tab_to("title")
    page.keyboard.insert_text("By keyboard")
    tab_to("burn")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(SNIPPET)
    expect(page.get_by_role("heading", level=1)).to_have_text("To be read once")
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.locator(":focus").text_content() == "Open and delete it":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By keyboard")
