"""Texts over which a lexer would spend minutes end in time, and nobody else waits for them."""

import threading
import time
from collections.abc import Iterator

import pytest
import requests
from drills import Site, shown
from poison import POISON
from sqlalchemy import select

from snippets.models import File

from processes import wait_until

pytestmark = [pytest.mark.drill, pytest.mark.alone]

EVERY = 0.5  # seconds from one poison to the next: more than the worker on snippets gives to one
SOON = 1.0  # seconds


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One worker on `snippets` and one on `bulk`, neither with much time for one text."""
    site = Site(tmp_path_factory.mktemp("poisoned"), PYGMENTS_DEADLINE="0.4", HIGHLIGHTER_DEADLINE="0.4")
    site.open()
    yield site
    site.close()


def test_no_poison_is_lost_or_altered_and_other_peoples_colours_land_in_under_a_second(site: Site):
    page = site.paste("def f():\n    return 0\n", language="python")
    assert site.wait_for_colours(page)["state"] == "highlighted"

    poisoner = threading.Thread(target=poison, args=[site])
    poisoner.start()
    waits = []
    while poisoner.is_alive():
        waits.append(seconds_to_colour(site, f"def f():\n    return {len(waits)}\n"))
        time.sleep(0.5)
    poisoner.join()
    wait_until(lambda: not site.pending(), 30)

    with site.engine.connect() as connection:
        rows = connection.execute(select(File.language, File.code, File.html, File.engine, File.note)).all()
    assert {(row.language, row.code) for row in rows} >= set(POISON)
    assert all(shown(row.html) == row.code for row in rows)
    assert all(row.note for row in rows if row.engine == "plain")
    assert len([row for row in rows if row.engine == "plain"]) >= 20  # or it was no poison
    assert len(waits) > 15
    assert max(waits) < SOON, sorted(waits)


def poison(site: Site) -> None:
    for language, text in POISON:
        began = time.monotonic()
        requests.post(site.url, params={"language": language}, data=text.encode(), timeout=10).raise_for_status()
        time.sleep(max(0, EVERY - (time.monotonic() - began)))


def seconds_to_colour(site: Site, code: str) -> float:
    began = time.monotonic()
    page = site.paste(code, language="python")
    assert site.wait_for_colours(page)["state"] == "highlighted"
    return time.monotonic() - began
