"""Reading and writing in comfort: lines by keyboard, themes, terms, folders, paper; in a real Chromium."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from snippets.settings import Settings

from processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

CODE = "".join(f"x{number} = {number}\n" for number in range(1, 101))


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(8000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context


@pytest.fixture
def address(client) -> str:
    return client.post("/", data={"code": [CODE, "a\nb\nc\n"], "name": ["long.txt", "short.txt"]}).location


def hash_of(page: Page) -> str:
    return page.evaluate("location.hash")


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def comes_to_rest(page: Page) -> float:
    """Return how far the page is scrolled, once it scrolls no more."""
    return page.evaluate("""async () => {
        for (let before = -1, still = 0; still < 10; before = scrollY) {
            await new Promise(requestAnimationFrame);
            still = before === scrollY && before > 0 ? still + 1 : 0;
        }
        return scrollY;
    }""")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this label or text has the focus, and shows it."""
    for _ in range(40):
        press(page, "Tab")
        label, outline = page.evaluate("""() => {
            const { ariaLabel, innerText } = document.activeElement;
            return [ariaLabel ?? innerText, getComputedStyle(document.activeElement).outlineStyle];
        }""")
        if label == name:
            assert outline == "solid"
            return
    pytest.fail(f"{name} cannot be reached")


def shared_by(context: BrowserContext, **fields: str) -> str:
    """Share from the browser, which then owns it."""
    fields = {"code": CODE, "title": "A hundred numbers"} | fields
    return context.request.post("/", form=fields, max_redirects=0).headers["location"]


def test_lines_are_pointed_at_and_their_link_is_copied_by_keyboard_alone(page: Page, address: str):
    page.goto(address)
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)

    press(page, "k", "Enter")
    assert hash_of(page) == "#L1"
    press(page, "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown")
    assert hash_of(page) == "#L2-L4"
    expect(page.get_by_role("status").get_by_text("Lines 2 to 4")).to_be_attached()
    press(page, "l")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert copied(page) == f"{page.url.split('#')[0]}#L2-L4"
    press(page, "j", "Enter", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp")
    assert hash_of(page) == "#f2L1-L2"
    press(page, "Escape")
    assert hash_of(page) == ""
    assert page.locator(".on").count() == 0
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)


def test_enter_points_at_the_first_line_in_sight_and_arrows_scroll_until_then(page: Page, address: str):
    page.goto(address)
    page.locator(".code").first.focus()

    press(page, "ArrowDown", "ArrowDown")
    assert comes_to_rest(page) > 20
    assert hash_of(page) == ""
    page.evaluate("scrollTo(0, 1000)")
    press(page, "Enter")

    pointed = int(hash_of(page).removeprefix("#L"))
    assert pointed > 30
    expect(page.locator(f"#L{pointed}")).to_be_in_viewport()
    head = page.locator(".head").first.bounding_box()
    assert abs(page.locator(f"#L{pointed}").bounding_box()["y"] - head["y"] - head["height"]) < 20


def test_no_key_fails_where_there_is_nothing_for_it(page: Page):
    page.goto("/about")

    press(page, "l", "/", "c", "w", "j")


def test_a_chosen_theme_is_there_at_the_first_paint_of_the_next_page(page: Page, address: str):
    page.goto(address)
    page.get_by_label("Colours").select_option("Solarized")
    expect(page.locator(".code").first).to_have_css("color", "rgb(86, 107, 114)")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route(re.compile("theme-solarized"), slowly)
    page.goto(address)
    wait_until(lambda: page.evaluate("performance.getEntriesByType('paint').length"))

    painted, came = page.evaluate("""() => [
        performance.getEntriesByType("paint")[0].startTime,
        performance.getEntriesByType("resource").find(({ name }) => name.includes("solarized")).responseEnd,
    ]""")
    assert painted >= came > 300
    assert page.get_by_label("Colours").input_value() == "solarized"


def test_a_theme_that_there_is_no_more_gives_way_to_the_first(context: BrowserContext, address: str):
    context.add_init_script("localStorage.colours = 'gone'")
    page = context.new_page()
    page.goto(address)

    expect(page.locator("#chosen")).to_have_attribute("href", re.compile("/theme.css$"))
    assert page.get_by_label("Colours").input_value() == ""


def test_the_day_is_asked_for_only_with_on_a_day_also_without_javascript(browser: Browser, url: str):
    with browser.new_context(base_url=url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_label("Day", exact=True)).to_be_hidden()

        page.get_by_label("Expires").select_option("on a day")
        page.get_by_label("Day", exact=True).fill("2020-01-01")
        page.get_by_label("Code").fill("x")
        page.locator("#share").click()

        expect(page.get_by_label("Day", exact=True)).to_be_focused()
        expect(page.get_by_label("Day", exact=True)).to_have_accessible_description(re.compile("is over"))
        expect(page.get_by_role("alert")).to_be_in_viewport()


def test_more_options_are_open_when_one_of_them_is_refused_and_control_enter_shares(context: BrowserContext):
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_label("Tags")).to_be_hidden()
    page.get_by_text("More options").click()
    page.get_by_label("Code").fill("x")
    page.get_by_label("Tags").fill("no! tag")
    with page.expect_navigation():
        press(page, "Control+Enter")

    expect(page.get_by_label("Tags")).to_be_focused()
    expect(page.get_by_label("Tags")).to_have_accessible_description(re.compile("is no tag"))
    page.get_by_label("Tags").fill("tag")
    press(page, "Control+Enter")
    page.wait_for_url(re.compile(r"/[\w-]{11}$"))


def drop(page: Page, *paths: Path) -> None:
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for each in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": each, "x": 300, "y": 300, "data": data})


def test_a_dropped_folder_keeps_its_names_and_what_is_left_out_is_named(page: Page, tmp_path: Path):
    folder = tmp_path / "project"
    for name in ("README.md", "src/main.py", "src/deep/er.py", ".env", ".git/HEAD"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "logo.png").write_bytes(b"\x89PNG\0")
    (folder / "huge.txt").write_text("x" * (2**20 + 1))
    page.goto("/")

    drop(page, folder)

    error = page.get_by_role("alert")
    expect(error).to_contain_text("project/.env (hidden)")
    expect(error).to_contain_text("project/.git (hidden)")
    expect(error).to_contain_text("project/logo.png (not UTF-8 text)")
    expect(error).to_contain_text("project/huge.txt (only 1,048,576 bytes fit)")
    names = [field.input_value() for field in page.get_by_label("File name").all()]
    assert names == ["project/README.md", "project/src/deep/er.py", "project/src/main.py"]
    page.locator("#share").click()
    expect(page.get_by_role("heading", name="project/src/main.py")).to_be_visible()


class TestFew:
    """A site whose snippets hold few files."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return dataclasses.replace(settings, max_files=5)

    def test_no_more_files_are_taken_from_a_folder_than_a_snippet_holds(self, page: Page, tmp_path: Path):
        for number in range(8):
            (tmp_path / f"{number}.txt").write_text("x")
        page.goto("/")

        drop(page, tmp_path)

        expect(page.get_by_role("alert")).to_contain_text("5.txt (only 5 files fit)")
        assert page.get_by_label("File name").count() == 5


def test_on_paper_there_is_all_the_text_and_none_of_the_interface(page: Page, client, tmp_path: Path):
    page.goto(client.post("/", data={"code": f"first {'long ' * 60}last\n{CODE}", "name": "a.txt"}).location)
    page.get_by_label("Theme").select_option("Dark")
    page.emulate_media(media="print")

    for gone in (".bar", ".foot", ".actions"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#L1").bounding_box()["height"] > 30  # wrapped
    expect(page.locator("html")).to_have_css("color-scheme", "light")


def test_a_snippet_is_reported_by_keyboard_alone(page: Page, address: str):
    page.goto(address)

    tab_to(page, "More")
    press(page, "Enter")
    tab_to(page, "Report")
    press(page, "Enter")
    expect(page.get_by_label("What is wrong")).to_be_focused()
    page.keyboard.type("It is spam")
    tab_to(page, "Report")
    press(page, "Enter")

    expect(page.get_by_text("the operator of this site will see it")).to_be_visible()


def test_a_snippet_is_forked_by_keyboard_alone(page: Page, address: str):
    page.goto(address)

    tab_to(page, "Fork")
    press(page, "Enter")
    expect(page.get_by_label("Code").first).to_be_focused()
    press(page, "Control+Home")
    page.keyboard.type("x0 = 0\n")
    press(page, "Escape")
    tab_to(page, "Share")
    press(page, "Enter")

    expect(page.get_by_text("forked from")).to_be_visible()
    expect(page.locator("#L1")).to_have_text("x0 = 0")


def test_what_is_public_is_searched_and_opened_by_keyboard_alone(page: Page, context: BrowserContext):
    shared_by(context, visibility="public")
    page.goto("/about")

    press(page, "/")
    page.keyboard.type("hundred")
    press(page, "Enter")
    page.wait_for_url("**/search?q=hundred")
    tab_to(page, "A hundred numbers")
    press(page, "Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("A hundred numbers")
    expect(page.locator("#L100")).to_be_attached()


def test_what_is_mine_is_edited_and_deleted_by_keyboard_alone(page: Page, context: BrowserContext):
    shared_by(context)
    page.goto("/mine")

    tab_to(page, "Edit A hundred numbers")
    press(page, "Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    tab_to(page, "Save")
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/[\w-]{11}$"))
    tab_to(page, "Mine")
    press(page, "Enter")
    page.wait_for_url("**/mine")
    tab_to(page, "Delete A hundred numbers")
    press(page, "Enter")
    page.wait_for_url("**/delete")
    tab_to(page, "Delete")
    press(page, "Enter")

    expect(page.get_by_label("Code")).to_be_focused()
    page.goto("/mine")
    expect(page.get_by_text("Nothing has been shared from this browser yet")).to_be_visible()
