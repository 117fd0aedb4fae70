"""No page breaks a rule of WCAG 2.2 AA that a machine can check (axe-core), in light and dark, wide and narrow."""

import base64
import dataclasses
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from redis import Redis
from rq import Queue
from sqlalchemy import select

from snippets.database import Sessions
from snippets.mail_models import Message
from snippets.messages import Kind, State
from snippets.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PASSWORD = "correct horse"
EVERY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "iframes": False, "preload": False}
COLOURS = EVERY | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LAYOUT = EVERY | {"rules": {"color-contrast": {"enabled": False}}}
LOOKS = ((1440, "light", EVERY), (1440, "dark", COLOURS), (390, "light", LAYOUT))  # the other three differ in nothing
Way = str | Callable[[Page], None]  # the address of a page, or what leads there
CODE = 'def greet(name):\n    """Say hello."""\n    return f"Hello {name}"  # politely\n'
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
NOTE = {
    "To_this_mail_address": "anna@example.org",
    "A_note,_if_you_like": "see https://example.org",
}  # no link may be in it
DIFF = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    mail = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "site@example.org", "site_url": "https://paste.org"}
    more = {"operator_mail": "operator@example.org", "mail_sharing": "100/day"}
    return dataclasses.replace(settings, dashboard_password=PASSWORD, **mail, **more)


@pytest.fixture
def owner(browser: Browser, url: str) -> Iterator[BrowserContext]:
    credentials = {"username": "admin", "password": PASSWORD}
    with browser.new_context(base_url=url, http_credentials=credentials) as context:
        context.set_default_timeout(8000)
        yield context


@pytest.fixture
def stranger(browser: Browser, url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=url) as context:
        context.set_default_timeout(8000)
        yield context


def share(owner: BrowserContext, **fields: str) -> str:
    answer = owner.request.post("/", form={"code": CODE, "name": "greet.py"} | fields, max_redirects=0)
    assert answer.status == 303
    return answer.headers["location"]


def share_two(owner: BrowserContext) -> str:
    fields = [("code", CODE), ("name", "greet.py"), ("code", DIFF), ("name", f"{WORD}/fix.diff")]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = owner.request.post("/", data=urlencode(fields), headers=headers, max_redirects=0)
    assert answer.status == 303
    return answer.headers["location"]


def edit(owner: BrowserContext, address: str) -> None:
    changed = {"code": CODE.replace("Hello", "Good morning"), "name": f"{WORD}.py", "revision": "1"}
    assert owner.request.post(f"{address}/edit", form=changed).ok


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


def more(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("More", exact=True).click()


def filled(page: Page, address: str, button: str, said: str = "alert", **fields: str) -> None:
    """Lead to what comes of a form that is filled in."""
    page.goto(address)
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("main").get_by_role("button", name=button).click()
    page.get_by_role("main").get_by_role(said).first.wait_for()


def moved(page: Page) -> None:
    page.goto("/mine")
    page.get_by_role("button", name="Move to another browser").click()
    page.get_by_label("Link", exact=True).wait_for()


def operations(page: Page) -> None:
    page.goto("/ops")
    page.get_by_text("ValueError", exact=True).click()


def taken_down(page: Page) -> None:
    page.goto("/ops/moderation")
    page.get_by_role("button", name="Take down").first.click()
    page.get_by_role("button", name="Undo").wait_for()
    page.keyboard.press("j")


def blocked(page: Page, what: str, said: str) -> None:
    page.goto("/ops/blocks")
    page.get_by_label("Block", exact=True).fill(what)
    page.get_by_label("Why").fill(WORD)
    page.get_by_role("button", name="Block", exact=True).click()
    page.get_by_role("main").get_by_role(said).first.wait_for()


def wrong_language(page: Page, address: str, typed: str = "") -> None:
    page.goto(address)
    page.get_by_text("Wrong language?").click()
    page.get_by_label("Language", exact=True).fill(typed)
    if typed:
        page.get_by_role("button", name="View as").click()
        page.get_by_role("alert").wait_for()


def keys(page: Page) -> None:
    page.goto("/about")
    page.keyboard.press("?")


def of_owner(owner: BrowserContext) -> dict[str, Way]:
    """Return the pages of who shares, and of the operators, by name."""
    one, two = share(owner, title="A greeting", tags="python hello"), share_two(owner)
    edited = share(owner, title=WORD)
    edit(owner, edited)
    share(owner, title="A new one", visibility="public")
    assert owner.request.post(f"{one}/report", form={"reason": WORD, "address": "anna@example.org"}).ok
    return {
        "new": "/",
        "new, refused": refused,
        "about": "/about",
        "keyboard": keys,
        "one file": lambda page: more(page, one),
        "two files": two,
        "lines": lambda page: pointed_at(page, one),
        "wrong language": lambda page: wrong_language(page, one),
        "wrong language, refused": lambda page: wrong_language(page, one, "rustt"),
        "diff": share(owner, code=DIFF, name="x.diff"),
        "sealed": share(owner, burn="on"),
        "edit": f"{one}/edit",
        "edit, with a password": f"{share(owner, password=PASSWORD)}/edit",
        "delete": f"{edited}/delete",
        "mine": "/mine",
        "moving": moved,
        "history": f"{edited}/history",
        "comparison": f"{edited}/compare/1..2",
        "comparison in columns": f"{edited}/compare/1..2?view=split",
        "old revision": f"{edited}/revisions/1",
        "operations": operations,
        "moderation": "/ops/moderation",
        "moderation, taken down": taken_down,
        "blocks, refused": lambda page: blocked(page, "anybody", "alert"),
        "blocks": lambda page: blocked(page, "203.0.113.0/24", "status"),
        "audit trail": "/ops/audit",
    }


def of_mail(owner: BrowserContext, sessions: Sessions) -> dict[str, Way]:
    """Return the pages that the operator is led to by the message about a report, and let there be one gone astray."""
    assert owner.request.post(f"{share(owner, title=WORD)}/report", form={"reason": WORD}).ok
    with sessions.begin() as session:
        reported = session.scalars(select(Message.body).order_by(Message.id.desc())).first()
        lost = {"state": State.UNCERTAIN, "recipient": f"{'a' * 64}@example.org", "error": WORD}
        session.add(Message(kind=Kind.SHARE, **lost))
    take_down, keep = re.findall(r"/decide\?key=\S+", reported)
    return {"take down": take_down, "kept": lambda page: pressed(page, keep, "Keep"), "decided": take_down}


def pressed(page: Page, address: str, button: str) -> None:
    page.goto(address)
    page.get_by_role("button", name=button).click()
    page.get_by_role("main").get_by_role("status").wait_for()


def of_stranger(owner: BrowserContext) -> dict[str, Way]:
    """Return the pages of whoever was given an address, or guesses one, or looks around."""
    deleted, locked, two = share(owner), share(owner, password=PASSWORD), share_two(owner)
    assert owner.request.post(f"{deleted}/delete").ok
    listed = share(owner, title="A greeting", tags="hello", visibility="public")
    share(owner, title=WORD, tags="hello", visibility="public", parent=listed.strip("/"))
    return {
        "sealed": share(owner, burn="on"),
        "locked": locked,
        "wrong password": lambda page: filled(page, locked, "Open", Password="wrong"),
        "404": "/nothere",
        "403": f"{listed}/edit",
        "410": deleted,
        "recent": "/recent",
        "search, with results": "/search?q=greet",
        "search, without": f"/search?q={WORD}2",
        "search, refused": "/search?q=a",
        "tags": "/tags",
        "tag": "/tag/hello",
        "tag, unused": "/tag/unused",
        "language": "/language/python",
        "mine, empty": "/mine",
        "taking, refused": lambda page: filled(page, "/mine/take", "Take them", Code_or_link="wrong"),
        "sharing, refused": f"{two}/share?lines=none",
        "embedded": f"{two}/embed",
        "report, refused": lambda page: filled(page, f"{listed}/report", "Report", What_is_wrong=" "),
        "reported": lambda page: filled(page, f"{listed}/report", "Report", "status", What_is_wrong="It is spam"),
        "mail": f"{listed}/mail",
        "mail, refused": lambda page: filled(page, f"{listed}/mail", "Send", **NOTE),
        "mailed": lambda page: filled(
            page, f"{listed}/mail", "Send", "status", To_this_mail_address="anna@example.org"
        ),
        "forks": f"{listed}/forks",
        "fork": f"{listed}/fork",
    }


def breaches(page: Page) -> Iterator[str]:
    """Yield what axe-core finds on the page, and whether it is wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe  # the quick tests do without

    page.evaluate(Axe().axe_script)
    for width, scheme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for rule in page.evaluate("async (rules) => (await axe.run(rules)).violations", rules):
            yield from (f"{width} px, {scheme}: {rule['id']}: {node['html'][:120]}" for node in rule["nodes"])
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{width} px: wider than the screen"


def all_breaches(context: BrowserContext, pages: dict[str, Way]) -> list[str]:
    found, page = [], context.new_page()
    for name, way in pages.items():
        page.goto(way) if isinstance(way, str) else way(page)
        found += [f"{name}, {breach}" for breach in breaches(page)]
    return found


def test_no_page_of_who_shares_or_operates_breaks_a_rule(owner: BrowserContext, redis: Redis, sessions, work):
    pages = of_owner(owner)
    pages = of_mail(owner, sessions) | pages  # first: the newest report is theirs
    Queue("snippets", connection=redis).enqueue("builtins.int", WORD)
    work()

    assert all_breaches(owner, pages) == []


def test_no_page_of_who_reads_breaks_a_rule(owner: BrowserContext, stranger: BrowserContext, work):
    pages = of_stranger(owner)
    work()

    assert all_breaches(stranger, pages) == []


class TestClosed:
    """The site with a password of its own."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return dataclasses.replace(settings, site_password=PASSWORD)

    def test_the_page_that_asks_for_it_breaks_no_rule_and_leads_to_what_was_asked_for(self, stranger):
        headers = {"Authorization": f"Basic {base64.b64encode(f':{PASSWORD}'.encode()).decode()}"}
        saved = stranger.request.post("/", form={"code": CODE}, headers=headers, max_redirects=0)
        address = saved.headers["location"]
        asked = {"asked": address, "wrong": lambda page: filled(page, address, "Enter", Password="wrong")}
        assert all_breaches(stranger, asked) == []

        page = stranger.new_page()
        page.goto(f"{address}?as1=rust")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Enter").click()

        page.get_by_text("Say hello").wait_for()
        assert page.url.endswith(f"{address}?as1=rust")


def test_breaches_are_found(owner: BrowserContext):
    page = owner.new_page()
    page.goto("/about")
    page.evaluate("""() => {
        const [pale, long, small] = document.querySelectorAll(".prose > p");
        pale.style.color = "#777";
        long.textContent = "x".repeat(999);
        small.innerHTML = "<a href=/>a</a><br><a href=/>b</a>";
        small.style = "display: grid; font-size: 9px; line-height: 9px";
    }""")

    found = " ".join(breaches(page))

    for breach in ("dark: color-contrast", "wider than the screen", "390 px, light: target-size"):
        assert breach in found
