"""A long file in a browser: 1 MiB of 30,000 lines is opened, scrolled through and selected. Milliseconds."""

from playwright.sync_api import Page

from bench.browser import Browser, chromium
from bench.client import Client, form
from bench.stack import Stack
from bench.table import Table, percentile

LINES = 30_000
SIZE = 2**20  # bytes
RUNS = 5
COLUMNS = ("n", "p50", "max")
NOTES = (
    f"{LINES:,} lines of Python in {SIZE:,} bytes, coloured, from a warm cache of scripts and style sheets.",
    "Scrolling: the wheel turned by 1,200 px 40 times, then End; a task is long from 50 ms on (0: there was none).",
    "Selecting: a click on line 3, then with Shift on the last line, until the second frame after it.",
)
# The entries are kept by the browser until somebody asks, but for long tasks, which are told to who waits for them.
WATCH = """
window.tasks = [0];
new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) tasks.push(duration); })
  .observe({ type: "longtask", buffered: true });
"""
REST = "() => new Promise((done) => setTimeout(() => { done(Math.max(...tasks)); tasks = [0]; }, 300))"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SCROLL = """async () => {
  for (let turn = 0; turn < 40; turn++) {
    scrollBy(0, 1200);
    await new Promise(requestAnimationFrame);
  }
  scrollTo(0, document.body.scrollHeight);
  await new Promise(requestAnimationFrame);
}"""
SELECT = """async (last) => {
  const click = (number, shiftKey) => document.querySelector(`#L${number} > a`)
    .dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  click(3);
  const began = performance.now();
  click(last, true);
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""


def long_file() -> str:
    """Return LINES lines of Python that have SIZE bytes in all."""
    lines = [f"v{n} = {n} if n > {n % 7} else 0 #" for n in range(LINES)]
    missing, padded = divmod(SIZE - sum(len(line) + 1 for line in lines), LINES)
    return "".join(f"{line}{'x' * (missing + (n < padded))}\n" for n, line in enumerate(lines))


def measure(site: Stack) -> Table:
    """Measure in a browser, where there is one."""
    if not chromium():
        return Table("6. A long file", COLUMNS, [], ["No Chromium was found."])
    client = Client(site.url)
    address = client.paste(*form(long_file()))
    client.wait_for_colours(address)
    with Browser(site.url) as browser:
        runs = [_read(browser.open(address)) for _ in range(RUNS + 1)][1:]
    rows = [
        [name, str(RUNS), *(f"{value:,.0f}" for value in (percentile(values, 50), max(values)))]
        for name, values in {name: [run[name] for run in runs] for name in runs[0]}.items()
    ]
    return Table("6. A long file, ms", COLUMNS, rows, NOTES)


def _read(page: Page) -> dict[str, float]:
    page.evaluate(WATCH)
    seen = {"first paint": page.evaluate(PAINT), "longest task while it opens": page.evaluate(REST)}
    page.evaluate(SCROLL)
    seen["longest task while it is scrolled"] = page.evaluate(REST)
    seen["all lines selected, to painted"] = page.evaluate(SELECT, LINES)
    seen["longest task of it"] = page.evaluate(REST)
    return seen
