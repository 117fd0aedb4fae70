"""A whole site whose highlighter misbehaves: the paste ends coloured, in time, without one foreign byte."""

import html
import re
import time
from dataclasses import replace

import pytest

import workers.jobs
from snippets.settings import Settings

from hostile import Hostile

CODE = "\n\ndef total(prices):\n    # a < b & c\n    return sum(prices) + 1\n\n"
OURS = re.compile(
    r'<span id="L\d+"><a href=#L\d+ aria-label=\d+ tabindex=-1></a>'
    r'(?:[^<>]|<span class="[a-z0-9]{1,3}">[^<>]+</span>)*</span>'
)


KINDS = [
    "honest",
    "refuses",
    "answers-500",
    "hangs-before-the-headers",
    "drips-its-body",
    "never-ends",
    "answers-a-gzip-bomb",
    "redirects",
    "says-it-is-longer",
    "says-it-is-shorter",
    "alters-a-character",
    "drops-a-line",
    "adds-a-tag",
    "adds-an-attribute",
    "adds-a-script",
    "adds-a-comment",
    "adds-a-zero-width-space",
    "swaps-in-a-look-alike",
    "uses-the-site's-own-classes",
    "tokens-honest",
    "tokens-of-the-site's-own-classes",
    "tokens-beyond-the-end",
]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here


@pytest.fixture(scope="module")
def hostile():
    with Hostile() as server:
        yield server


def coloured(client, work) -> tuple[dict, str]:
    """Paste, work, and return the status and the markup of the lines."""
    page = client.post("/", data={"code": CODE, "language": "python"}).location
    work()
    status = client.get(f"{page}/files/1", headers={"Accept": "application/json"}).json
    return status, re.search(r"<code[^>]*>(.*)</code>", client.get(page).text, re.DOTALL)[1]


@pytest.mark.drill
@pytest.mark.parametrize("name", KINDS)
def test_not_one_byte_of_its_answer_appears(client, work, settings: Settings, hostile: Hostile, monkeypatch, name: str):
    told = hostile.settings(name)
    changes = {each: getattr(told, each) for each in Settings.__slots__ if each.startswith("highlighter")}
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, **changes))

    status, lines = coloured(client, work)

    note = hostile.note(name)
    assert status["engine"] == ("pygments" if note else f"http-{told.highlighter_dialect}")
    assert status["note"] == (note.sentence if note else None)
    assert OURS.sub("", lines) == ""
    assert html.unescape(re.sub(r"<[^>]+>", "", lines)) == CODE
    assert '<span class="k">def</span>' in lines


@pytest.mark.drill
@pytest.mark.parametrize("name", ["hangs-before-the-headers", "drips-its-body", "never-ends"])
def test_with_the_usual_deadline_the_paste_is_coloured_within_six_seconds(
    client, work, settings: Settings, hostile: Hostile, monkeypatch, name: str
):
    monkeypatch.setattr(workers.jobs, "settings", replace(settings, highlighter_url=hostile.url(name)))
    started = time.monotonic()

    status, _ = coloured(client, work)

    assert status["engine"] == "pygments"
    assert time.monotonic() - started < 6
