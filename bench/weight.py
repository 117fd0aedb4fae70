"""What a page weighs: bytes as they are served, uncompressed, its code left out."""

import re
from urllib.parse import urljoin

import requests

from bench.client import Client, form
from bench.inputs import SMALL
from bench.stack import Stack
from bench.table import Table

COLUMNS = ("HTML", "CSS", "JS")
NOTES = (
    "Bytes, uncompressed; the code of a snippet is left out. A page loads one theme; files are cached for a year.",
)

_CODE = re.compile(r"<code>.*?</code>", re.DOTALL)
_SHEETS = re.compile(r'<link rel="stylesheet"[^>]* href="([^"]+)"')
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
