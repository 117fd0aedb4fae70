"""What a page weighs: its parts uncompressed and without its code, and what goes over the wire to who takes gzip."""

import re
import time
from collections.abc import Sequence
from urllib.parse import urljoin

import requests

from bench.client import Client, form
from bench.contenders import BROWSER, Contender
from bench.inputs import LARGE, SMALL
from bench.stack import Stack
from bench.table import Table

COLUMNS = ("HTML", "CSS", "JS", "by gzip: page", "CSS and JS")
NOTES = (
    "Bytes. HTML, CSS, JS: uncompressed, without the code of a snippet. A page loads one theme, and files once a year.",
    "By gzip: bodies as they go over the wire, with the code; what the server leaves plain counts plain.",
)
PEERS_COLUMNS = ("", "code", "page, plain", "page by gzip, first", "page by gzip, then", "CSS and JS by gzip")
PEERS_NOTE = (
    "The page of a Python file of 100 lines: bytes of bodies as they go over the wire, to a client that takes plain"
    " ones alone, and to one that takes gzip, where what a server leaves plain counts plain. A page may be kept, and"
    " compressed, once it was asked for: so the first answer, and the least of the next ones."
)
AGAIN, PAUSE = 10, 0.2  # questions for the same page, and seconds between them: our cache begins with Redis' word

_CODE = re.compile(r"<code>.*?</code>", re.DOTALL)
_SHEETS = re.compile(r'<link(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]+)"')
_SCRIPTS = re.compile(r'<script[^>]* src="([^"]+)"')


def measure(site: Stack) -> Table:
    """Fetch one page of each kind, and what it names."""
    client = Client(site.url)
    address = client.paste(*form(SMALL))
    client.wait_for_colours(address)
    pages = {"new": "/", "snippet": address, "about": "/about", "error": "/nothere"}
    return Table("7. Page weight", COLUMNS, [[name, *_weigh(site.url + path)] for name, path in pages.items()], NOTES)


def _weigh(url: str) -> list[str]:
    page = requests.get(url, headers=BROWSER, timeout=10)
    html = page.text
    sizes = [len(_CODE.sub("", html).encode())]
    sizes += [
        sum(len(requests.get(urljoin(url, path), timeout=10).content) for path in kind.findall(html))
        for kind in (_SHEETS, _SCRIPTS)
    ]
    others = sum(wire(urljoin(url, path)) for kind in (_SHEETS, _SCRIPTS) for path in kind.findall(html))
    return [f"{size:,}" for size in (*sizes, _again(url, page.status_code), others)]


def compared(contenders: Sequence[Contender]) -> list[list[str]]:
    """Return a row for each, of PEERS_COLUMNS."""
    code = "".join(LARGE.splitlines(keepends=True)[300:400])
    rows = []
    for each in contenders:
        path = each.share(code)
        if each is contenders[0]:
            Client(each.url).wait_for_colours(path)
        url = each.url + path
        first, then, plain = wire(url), _again(url), wire(url, "identity")
        page = requests.get(url, headers=BROWSER, timeout=10).text
        names = [name for kind in (_SHEETS, _SCRIPTS) for name in kind.findall(page)]
        others = sum(wire(urljoin(url, name)) for name in names)
        rows.append([each.name, *(f"{size:,}" for size in (len(code), plain, first, then, others))])
    return rows


def wire(url: str, encoding: str = "gzip", status: int = 200) -> int:
    """Return the bytes of a body as they come over the wire to who takes this encoding.

    Raises RuntimeError at another status.
    """
    headers = {**BROWSER, "Accept-Encoding": encoding}
    with requests.get(url, headers=headers, timeout=10, stream=True) as answer:
        if answer.status_code != status:
            raise RuntimeError(f"{url}: {answer.status_code}")
        return len(answer.raw.read(decode_content=False))


def _again(url: str, status: int = 200) -> int:
    """Return the least that a page weighs when it is asked for again and again."""
    sizes = []
    for _ in range(AGAIN):
        sizes.append(wire(url, status=status))
        time.sleep(PAUSE)
    return min(sizes)
