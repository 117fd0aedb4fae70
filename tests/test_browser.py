"""What a person does, in a real Chromium, with the whole site behind it."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect
from real_files import RealFile, real_files

from processes import HTML, Stack

pytestmark = pytest.mark.browser

SNIPPET = re.compile(r"/[\w-]{11}$")
CODE = "def greet(name):\n    # < & >\n\n    return name\n" + "".join(f"x{n} = {n}\n" for n in range(60))
SHIFTS = """
    window.shifts = 0;
    new PerformanceObserver((list) => { for (const each of list.getEntries()) window.shifts += each.value; })
        .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=stack.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(8000)
    context.set_default_navigation_timeout(8000)
    context.add_init_script(SHIFTS)
    yield context
    context.close()


def share(page: Page, code: str, name: str = "") -> None:
    page.goto("/")
    page.get_by_label("Code").fill(code)
    if name:
        page.get_by_label("File name").fill(name)
    page.get_by_role("button", name="Share").last.click()
    page.wait_for_url(SNIPPET)


def text_of(page: Page, number: int = 1) -> str:
    return page.locator(f"#file-{number} code").evaluate("code => code.textContent")


def boxes(page: Page) -> list[float]:
    """Return the place of every line, and of the words in it, in pixels."""
    return page.evaluate("""() => [...document.querySelectorAll("code [id]")].flatMap(line => {
        const range = document.createRange();
        range.selectNodeContents(line);
        return [line, range].flatMap(each => { const { x, y, width, height } = each.getBoundingClientRect();
            return [x, y, width, height]; });
    })""")


def coloured(page: Page) -> None:
    expect(page.locator(".chip").first).to_have_attribute("data-state", "highlighted", timeout=15_000)


def test_a_person_pastes_and_sees_plain_text_and_then_colours_that_move_nothing(page: Page, stack: Stack):
    with stack.frozen("worker"):
        page.goto("/")
        page.keyboard.insert_text(CODE)  # the cursor is in the editor already
        page.get_by_label("File name").fill("greet.py")
        page.get_by_label("Code").focus()
        page.keyboard.press("Control+Enter")
        page.wait_for_url(SNIPPET)

        assert text_of(page) == CODE
        assert page.locator("code .k").count() == 0
        expect(page.locator(".chip")).to_contain_text("queued")
        plain = boxes(page)

    coloured(page)
    expect(page.locator("code .k").first).to_have_text("def")
    expect(page.locator(".chip")).to_contain_text("highlighted by the HTTP highlighter in")
    assert text_of(page) == CODE
    assert boxes(page) == pytest.approx(plain, abs=1 / 32)  # a span ends at a 64th of a pixel
    assert page.evaluate("window.shifts") == 0


def test_the_lines_are_selected_by_click_and_shift_click_and_by_address(page: Page):
    share(page, CODE, "greet.py")
    coloured(page)

    page.locator("#L3 > a").click()
    assert page.url.endswith("#L3")
    page.locator("#L9 > a").click(modifiers=["Shift"])
    assert page.url.endswith("#L3-L9")
    assert page.locator(".on").count() == 7

    page.reload()
    assert page.locator(".on").count() == 7
    page.goto(page.url.replace("#L3-L9", "#L60"))
    expect(page.locator("#L60")).to_be_in_viewport()
    page.go_back()
    assert page.url.endswith("#L3-L9")
    assert page.locator(".on").count() == 7


def test_an_address_with_lines_holds_while_the_colours_land(page: Page, stack: Stack):
    with stack.frozen("worker"):
        share(page, CODE, "greet.py")
        page.goto(f"{page.url}#L58-L60")
        expect(page.locator("#L60")).to_be_in_viewport()
        assert page.locator(".on").count() == 3
        scrolled = page.evaluate("scrollY")

    coloured(page)

    assert page.locator(".on").count() == 3
    assert page.evaluate("scrollY") == scrolled


def test_the_second_file_has_lines_and_an_address_of_its_own(page: Page):
    page.goto("/")
    page.get_by_label("Code").fill("a = 1\n")
    page.get_by_role("button", name="Add file").click()
    page.get_by_label("Code").nth(1).fill("b = 2\nc = 3\n")
    page.get_by_label("File name").nth(1).fill("second.py")
    page.get_by_role("button", name="Share").last.click()
    page.wait_for_url(SNIPPET)

    page.locator("#f2L2 > a").click()

    assert page.url.endswith("#f2L2")
    assert page.locator(".on").text_content() == "c = 3\n"
    assert text_of(page, 2) == "b = 2\nc = 3\n"


def test_what_is_selected_is_copied_without_numbers(page: Page):
    share(page, CODE, "greet.py")
    coloured(page)

    copied = page.evaluate("""() => {
        getSelection().selectAllChildren(document.querySelector("code"));
        return getSelection().toString();
    }""")

    assert copied.rstrip("\n") == CODE.rstrip("\n")


def test_the_name_of_the_file_says_the_language_at_once(page: Page):
    page.goto("/")

    page.get_by_label("File name").fill("main.rs")

    expect(page.get_by_label("Language")).to_have_attribute("placeholder", "Detect: Rust")


def test_a_paste_that_is_too_large_is_refused_before_it_is_sent_and_stays(page: Page):
    page.goto("/")
    page.get_by_label("Code").evaluate("field => { field.value = 'x'.repeat(2 ** 20 + 1); }")

    page.get_by_role("button", name="Share").last.click()

    expect(page.get_by_role("alert")).to_contain_text("1,048,576 bytes")
    assert len(page.get_by_label("Code").input_value()) == 2**20 + 1


def test_when_the_highlighter_dies_pygments_fills_in_and_the_page_says_so(page: Page, stack: Stack):
    stack.kill("highlighter")
    try:
        share(page, CODE, "greet.py")
        coloured(page)
        expect(page.locator(".chip")).to_contain_text("by Pygments")
        expect(page.locator(".chip")).to_contain_text("could not be reached")
        assert text_of(page) == CODE
    finally:
        stack.start("highlighter")


def test_when_the_worker_dies_the_paste_is_there_and_the_colours_come_with_the_next(page: Page, stack: Stack):
    stack.kill("worker")
    try:
        share(page, CODE, "greet.py")
        assert text_of(page) == CODE
        expect(page.locator(".chip")).to_contain_text("queued")
    finally:
        stack.start("worker")

    coloured(page)


def test_without_javascript_a_paste_reads_well_and_is_coloured_after_a_reload(browser: Browser, stack: Stack):
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    with stack.frozen("worker"):
        page.goto("/")
        page.get_by_role("button", name="Add file").click()
        page.get_by_label("Code").nth(0).fill("a = 1\n")
        page.get_by_label("Code").nth(1).fill("b = 2\n")
        page.get_by_label("File name").nth(0).fill("a.py")
        page.get_by_label("File name").nth(1).fill("b.py")
        page.get_by_label("Title").fill("No script")
        page.get_by_label("Title").press("Enter")
        page.wait_for_url(SNIPPET)
        assert page.locator("#L1").text_content() == "a = 1\n"
    for number in (1, 2):
        wait_for_colours(f"{page.url}/files/{number}")

    page.reload()

    assert page.locator("#file-1 code [class]").count() > 0
    assert page.locator("#file-2 code [class]").count() > 0
    context.close()


def wait_for_colours(url: str) -> None:
    for _ in range(500):
        if requests.get(url, headers={"Accept": "application/json"}, timeout=5).status_code == 200:
            return
        time.sleep(0.02)  # the machine's time is the worker's
    raise TimeoutError(url)


def test_real_files_are_shown_character_for_character_plain_and_coloured(page: Page, stack: Stack):
    files = sorted(real_files(each=1), key=lambda file: -len(file.content))
    snippets = [files[:1], files[1:]]  # the largest is all that one snippet can hold
    with stack.frozen("worker"):
        pages = [paste(stack, those) for those in snippets]
        plain = [each for url in pages for each in shown(page, url)]
    for url, those in zip(pages, snippets, strict=True):
        for number in range(1, len(those) + 1):
            wait_for_colours(f"{url}/files/{number}")
    coloured = [each for url in pages for each in shown(page, url)]

    assert altered(files, plain) == []
    assert altered(files, coloured) == []
    assert {file.state for file in plain} == {"queued"}
    assert {file.state for file in coloured} == {"highlighted", "plain"}
    assert sum(file.spans for file in plain) == 0
    highlighted = [file for file in coloured if file.state == "highlighted" and file.spans]
    assert len(highlighted) >= 40
    assert len({file.language for file in highlighted}) >= 25


def paste(stack: Stack, files: list[RealFile]) -> str:
    """Paste files as one snippet, and return the page's address."""
    fields = {"code": [file.content for file in files], "name": [file.name for file in files]}
    answer = requests.post(stack.url, data=fields, headers=HTML, allow_redirects=False, timeout=10)
    assert answer.status_code == 303
    return stack.url + answer.headers["Location"]


@dataclass(frozen=True)
class Shown:
    """A file as it stands on a page."""

    text: str
    language: str
    state: str
    spans: int


def altered(files: list[RealFile], shown: list[Shown]) -> list[str]:
    return [file.name for file, there in zip(files, shown, strict=True) if there.text != file.text]


def shown(page: Page, url: str) -> list[Shown]:
    page.goto(url)
    return [
        Shown(**each)
        for each in page.evaluate("""() => [...document.querySelectorAll(".file")].map(file => ({
            text: file.querySelector("code").textContent,
            language: file.querySelector(".facts li").textContent,
            state: file.querySelector(".chip").dataset.state,
            spans: file.querySelectorAll("code [class]:not(.sheet)").length,
        }))""")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_is_wider_than_the_window(browser: Browser, stack: Stack, tmp_path: Path, scheme: str, width: int):
    fields = {"code": ["x = 1  # " + "long " * 100, "b"], "name": ["a" * 120 + ".py", ""]}
    address = requests.post(stack.url, data=fields, headers=HTML, timeout=5).url
    context = browser.new_context(base_url=stack.url, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()

    for path in ("/", address, "/about", "/nothere"):
        page.goto(path)
        page.screenshot(path=tmp_path / "page.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

    context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with javascript", "without"])
def test_a_person_finds_what_another_has_made_public(browser: Browser, stack: Stack, javascript: bool):
    term = f"needle{time.time_ns()}"
    fields = {"code": f"def found():\n    return '{term}'\n", "name": "found.py", "visibility": "public", "tags": term}
    requests.post(stack.url, data=fields, headers=HTML, timeout=5)
    context = browser.new_context(
        base_url=stack.url, java_script_enabled=javascript, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto("/")

    page.get_by_role("search").get_by_role("searchbox").fill(f"FOUND() {term.upper()}")
    page.keyboard.press("Enter")
    row = page.locator(".rows > li")
    expect(row).to_have_count(1)
    expect(row.locator("pre")).to_contain_text(term)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    row.get_by_role("link", name=f"#{term}").click()
    page.get_by_role("link", name="found.py").click()
    page.wait_for_url(SNIPPET)
    expect(page.get_by_role("heading", level=1)).to_have_text("found.py")
    context.close()
