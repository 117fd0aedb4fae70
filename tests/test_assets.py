import gzip
import random
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from snippets import assets
from snippets.settings import ROOT

STATIC = ROOT / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))


def served(client, name: str) -> bytes:
    return ask(client, name).data


def ask(client, name: str, accepted: str = "") -> TestResponse:
    page = client.get("/").text
    version = re.search(r"/static/(\w+)/site.css", page).group(1)
    answer = client.get(f"/static/{version}/{name}", headers={"Accept-Encoding": accepted})
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("path", [*SCRIPTS, *sorted(STATIC.glob("*.css"))], ids=lambda path: path.name)
def test_scripts_and_style_sheets_are_served_without_comments_and_layout(client, path: Path):
    smaller = served(client, path.name)

    assert len(smaller) < path.stat().st_size
    assert b"/*" not in smaller


def test_every_page_stays_within_the_weight_that_was_agreed(client):
    sheets = {path.name: len(served(client, path.name)) for path in STATIC.glob("*.css")}
    frame, _operators = sheets.pop("site.css"), sheets.pop("ops.css")
    everywhere = len(served(client, "theme.js")) + len(served(client, "keys.js"))

    assert frame + max(sheets.values(), default=0) <= 14_000
    for script in SCRIPTS:
        if script.name not in ("theme.js", "keys.js"):
            assert everywhere + len(served(client, script.name)) <= 8_000, script.name


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_nests_template_literals_whose_blanks_the_minifier_would_take(path: Path):
    assert not re.search(r"\$\{[^}`]*`", path.read_text())


@pytest.mark.parametrize("name", ["site.css", "theme.css", "snippet.js", "favicon.svg", "languages.html"])
def test_who_takes_gzip_gets_less(client, name: str):
    plain = ask(client, name, "identity")
    packed = ask(client, name, "gzip, br")

    assert (packed.headers["Content-Encoding"], gzip.decompress(packed.data)) == ("gzip", plain.data)
    assert len(packed.data) < 0.9 * len(plain.data)
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


def test_what_gzip_makes_no_smaller_is_not_packed():
    assert assets._packed(random.randbytes(5000)) is None


def test_an_address_of_another_version_is_not_answered_with_this_ones_file(client):
    assert client.get("/static/000000000000/site.css").status_code == 404
    assert client.get("/static/000000000000/theme.css").status_code == 404
