"""Every address of a site and every field of a request: found, not listed, so that no new one is left out."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

from flask import Flask
from werkzeug.routing import BuildError, Rule

from snippets.settings import ROOT

SCRIPT = "\"'`></title></textarea></script><xss-tag onfocus=alert(1) autofocus><script>alert(1)</script>{{7919*7907}}"
READ = re.compile(
    r"""(?:args|form)(?:\.get|\.getlist)?[(\[]\s*"(\w+)"|"(\w+)" in request\.(?:args|form)|_limit\("(\w+)"\)"""
)
NAMED = re.compile(r'name="(\w+)"')  # in a form of a template
NUMBERS = {"message_id": 1, "number": 1, "revision": 1, "old": 1, "new": 1}


@cache
def fields() -> list[str]:
    """Return the names of all fields of queries and forms that any module reads or any template has."""
    sources = [path.read_text() for path in (ROOT / "snippets").rglob("*.py")]
    templates = [path.read_text() for path in (ROOT / "templates").glob("*.html")]
    found = {name for each in map(READ.findall, sources) for names in each for name in names if name}
    found |= {name for each in map(NAMED.findall, templates) for name in each}
    return sorted(found - {"viewport", "color-scheme", "robots"})


def addresses(app: Flask, snippet: str, text: str = "") -> Iterator[tuple[Rule, str]]:
    """Yield every route with an address of it: of the snippet, and with the text for whatever else it takes."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {each: NUMBERS.get(each) or (snippet if "id" in each or not text else text) for each in rule.arguments}
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
        try:
            yield rule, adapter.build(rule.endpoint, values, method=method)
        except BuildError:  # the text is nothing that this route takes
            continue


class Page(HTMLParser):
    """What a browser would make of a page: what of it is script, and what of it is shown as text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.text: list[str] = []
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "xss-tag" or (tag == "script" and "src" not in given) or any(name.startswith("on") for name in given):
            self.wrong.append(str(self.get_starttag_text()))
        if any(
            (given.get(name) or "").strip().lower().startswith(("javascript:", "data:")) for name in ("href", "src")
        ):
            self.wrong.append(str(self.get_starttag_text()))
        self._inside.append(tag)
        if tag not in ("input", "iframe"):
            self.text += [value or "" for name, value in attributes if name in ("title", "aria-label", "content")]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"textarea", "pre"} & {*self._inside}:  # there is the text itself, to be read or edited
            self.text.append(data)
