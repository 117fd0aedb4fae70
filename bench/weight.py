"""What a page weighs: bytes as they are served, uncompressed, its code left out."""

import gzip
import re
from collections.abc import Sequence
from urllib.parse import urljoin

import requests

from bench.client import Client, form
from bench.contenders import BROWSER, Contender
from bench.inputs import LARGE, SMALL
from bench.stack import Stack
from bench.table import Table

COLUMNS = ("HTML", "CSS", "JS")
NOTES = (
    "Bytes, uncompressed; the code of a snippet is left out. A page loads one theme; files are cached for a year.",
)

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
    html = requests.get(url, headers={"Accept": "text/html"}, timeout=10).text
    sizes = [len(_CODE.sub("", html).encode())]
    sizes += [
        sum(len(requests.get(urljoin(url, path), timeout=10).content) for path in kind.findall(html))
        for kind in (_SHEETS, _SCRIPTS)
    ]
    return [f"{size:,}" for size in sizes]


def compared(contenders: Sequence[Contender]) -> list[list[str]]:
    """Return the bytes of the page of a file of 100 lines, plain and by gzip, and of its styles and scripts by gzip."""
    code = "".join(LARGE.splitlines(keepends=True)[300:400])
    rows = []
    for each in contenders:
        path = each.share(code)
        if each is contenders[0]:
            Client(each.url).wait_for_colours(path)
        page = requests.get(each.url + path, headers={**BROWSER, "Accept-Encoding": "identity"}, timeout=10).content
        names = [name for kind in (_SHEETS, _SCRIPTS) for name in kind.findall(page.decode())]
        others = sum(_packed(requests.get(urljoin(each.url, name), timeout=10).content) for name in names)
        rows.append([each.name, f"{len(code):,}", f"{len(page):,}", f"{_packed(page):,}", f"{others:,}"])
    return rows


def _packed(content: bytes) -> int:
    return len(gzip.compress(content, 6, mtime=0))
