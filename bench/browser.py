"""A person at a real Chromium: opens the form, pastes, clicks on Share, sees colours."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Page, sync_playwright

from bench.inputs import NAME

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# As the page itself does with a file: fill() takes 13 s for 100 kB, in a bare textarea too, where Ctrl+V takes 0.06 s.
TYPE = """(field, code) => {
  field.value = code;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}"""
# Kept for the next page: its own clock begins anew, but the same browser says when.
NOTE_CLICK = """() => document.getElementById("share").addEventListener("click", (event) => {
  sessionStorage.clicked = performance.timeOrigin + event.timeStamp;
})"""
WAIT_FOR_COLOURS = """() => new Promise((done) => new PerformanceObserver((list, observer) => {
  const [mark] = list.getEntriesByName("coloured");
  if (!mark) return;
  observer.disconnect();
  done({
    milliseconds: performance.timeOrigin + mark.startTime - sessionStorage.clicked,
    requests: performance.getEntriesByType("resource").filter((one) => one.initiatorType === "fetch").length,
  });
}).observe({ type: "mark", buffered: true }))"""


def chromium() -> str | None:
    """Return where Chromium is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass(frozen=True, slots=True)
class Share:
    """How long the colours took, in seconds, and how many requests the page made for them (0: it came with them)."""

    seconds: float
    requests: int


class Browser:
    """One window, with its cache and its cookies kept from page to page."""

    def __init__(self, url: str) -> None:
        """Open nothing yet."""
        self._url = url
        self._open = ExitStack()
        self._page: Page

    def __enter__(self) -> Self:
        """Start Chromium."""
        playwright = self._open.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        self._open.callback(browser.close)
        self._page = browser.new_page()
        return self

    def __exit__(self, *_: object) -> None:
        """End Chromium."""
        self._open.close()

    def share(self, code: str) -> Share:
        """Paste `code`, share it, and wait for its colours."""
        page = self._page
        page.goto(self._url)
        page.fill("[name=name]", NAME)
        page.locator("[name=code]").evaluate(TYPE, code)
        page.get_by_placeholder("Detect: Python").wait_for()  # the page has nothing to do any more
        page.evaluate(NOTE_CLICK)
        with page.expect_navigation(wait_until="commit"):
            page.click("#share")
        seen = page.evaluate(WAIT_FOR_COLOURS)
        return Share(seen["milliseconds"] / 1000, seen["requests"])

    def open(self, address: str) -> Page:
        """Open a page of the site, and return it once all that it needs is there."""
        self._page.goto(self._url + address)
        return self._page
