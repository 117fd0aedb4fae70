"""A snippet in other sites' pages: the frame, the script, oEmbed, the page that offers them, the QR code."""

import re
import xml.etree.ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from snippets.embeds import MOST, TALLEST

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

CODE = "".join(f"x{number} = {number}\n" for number in range(1, 31))
CLOSED = [{"visibility": "private"}, {"password": "secret"}, {"burn": "on"}]


def share(client: FlaskClient, code: str = CODE, name: str = "a.py", **fields: str) -> str:
    return client.post("/", data={"code": code, "name": name, **fields}).location


def numbers(html: str) -> list[int]:
    return [int(number) for number in re.findall(r"aria-label=(\d+) ", html)]


def ask(client: FlaskClient, address: str, **options: str | int):
    return client.get("/oembed", query_string={"url": f"http://localhost{address}", **options})


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


CHOICES = {
    "": range(1, 31),
    "?lines=3-9": range(3, 10),
    "?lines=L9-L3": range(3, 10),
    "?file=1&lines=30": [30],
    "?lines=29-400": [29, 30],
    "?lines=0": [1],
}


def test_a_frame_shows_the_lines_that_were_chosen(client, stranger, work):
    page = share(client)

    for coloured in (False, True):
        for options, lines in CHOICES.items():
            frame = stranger.get(f"{page}/embed{options}")
            assert numbers(frame.text) == list(lines)
            assert f"x{lines[0]}" in frame.text
            assert ('class="mi"' in frame.text) == coloured
            assert f"{page}#" in frame.text
            assert "<script" not in frame.text
        work()


def test_lines_are_cut_out_of_a_long_file_over_the_seams_of_its_sheets(client, work):
    page = share(client, "y = 1\n" * 1200)
    work()

    frame = client.get(f"{page}/embed?lines=498-1002").text

    assert numbers(frame) == list(range(498, 1003))
    assert 'class="sheet"' not in frame
    assert frame.count("<span") == frame.count("</span>")
    assert numbers(client.get(f"{page}/embed?lines=1199-1200").text) == [1199, 1200]
    assert numbers(client.get(f"{page}/embed").text) == list(range(1, MOST + 1))


def test_a_frame_shows_all_files_or_the_one_that_was_chosen(client):
    page = client.post("/", data={"code": ["one", "two"], "name": ["a", "b"]}).location

    assert re.findall(r'target="_blank" rel="noopener">(\w)</a></h1>', client.get(f"{page}/embed").text) == ["a", "b"]
    second = client.get(f"{page}/embed?file=2").text
    assert "two" in second
    assert "one" not in second
    assert f'href="{page}#file-2"' in second


def test_a_frame_is_as_light_or_dark_as_was_chosen(client):
    page = share(client)

    for theme, told in {"light": ' data-theme="light"', "dark": ' data-theme="dark"', "auto": "", "": ""}.items():
        assert f'<html lang="en"{told}>' in client.get(f"{page}/embed?theme={theme}").text


def test_any_page_may_frame_it_and_it_lets_nothing_else_in(client):
    page = share(client, visibility="public")

    for answer in (client.get(f"{page}/embed"), client.get(f"{page}/embed?lines=x"), client.get("/aaaaaaaaaaa/embed")):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors *" in policy
        assert "script-src" not in policy
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "Set-Cookie" not in answer.headers
    assert "frame-ancestors 'none'" in client.get(page).headers["Content-Security-Policy"]


WRONG = {
    "?file=2": (404, "there is no file 2"),
    "?lines=31": (404, "there is no line 31"),
    "?lines=x": (400, "such as 3 or 3-9"),
    f"?file={'9' * 30}": (400, "the number of one"),
    "?theme=pink": (400, "one of auto, light, dark"),
}


def test_what_cannot_be_shown_says_why_in_the_frame(client):
    page = share(client)

    for options, (status, sentence) in WRONG.items():
        for path in ("embed", "embed.js"):
            answer = client.get(f"{page}/{path}{options}")
            assert (answer.status_code, sentence in answer.text) == (status, True)


@pytest.mark.parametrize("terms", CLOSED, ids=lambda terms: next(iter(terms)))
def test_what_is_not_for_everyone_is_not_shown_elsewhere(client, stranger, terms: dict[str, str]):
    page = share(client, **terms)

    for path in ("embed", "embed.js"):
        answers = [browser.get(f"{page}/{path}") for browser in (client, stranger)]
        assert [answer.status_code for answer in answers] == [403, 404 if "visibility" in terms else 403]
        assert all("x1 = " not in answer.text and len(answer.text) > 20 for answer in answers)
        assert answers[0].headers["Cache-Control"] == "no-store"
    assert [ask(browser, page).status_code for browser in (client, stranger)] == [
        401,
        404 if "visibility" in terms else 401,
    ]


def test_a_frame_asks_anew_each_time_and_is_gone_when_the_snippet_is(client, stranger):
    page = share(client)
    first = stranger.get(f"{page}/embed")

    assert first.headers["Cache-Control"] == "no-cache"
    assert stranger.get(f"{page}/embed", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    client.post(f"{page}/delete")
    gone = stranger.get(f"{page}/embed", headers={"If-None-Match": first.headers["ETag"]})
    assert (gone.status_code, "has deleted it" in gone.text) == (410, True)


def test_the_script_is_small_and_holds_a_title_of_any_kind(client):
    page = share(client, title="</script>'\"\\ \u2028 &")

    script = client.get(f"{page}/embed.js?lines=3-9")

    assert script.mimetype == "text/javascript"
    assert len(script.data) <= 600
    assert "</script>" not in script.text
    assert "\u2028" not in script.text


def test_oembed_gives_a_frame_as_tall_as_the_lines(client, stranger):
    page = share(client, title='Fish & "chips"')

    whole, part = ask(stranger, page).json, ask(stranger, f"{page}#L3-L9").json

    assert (whole["version"], whole["type"], whole["title"]) == ("1.0", "rich", 'Fish & "chips"')
    assert (whole["provider_name"], whole["provider_url"]) == ("Snippets", "http://localhost/")
    assert whole["height"] - part["height"] == 23 * 20
    frame = ET.fromstring(whole["html"])
    assert frame.attrib["src"] == f"http://localhost{page}/embed"
    assert (frame.attrib["width"], frame.attrib["height"]) == (str(whole["width"]), str(whole["height"]))
    assert frame.attrib["title"] == 'Fish & "chips"'
    assert "file=1&amp;lines=L3-L9" in part["html"]


def test_oembed_keeps_to_the_limits_of_who_asks(client):
    page = share(client, CODE * 10)

    assert ask(client, page).json["height"] == TALLEST
    found = ask(client, page, maxwidth=400, maxheight=300).json
    assert (found["width"], found["height"]) == (400, 300)
    assert ask(client, page, maxwidth="-1").status_code == 400


def test_oembed_answers_errors_by_their_status(client):
    page = share(client)
    wrong = {"/aaaaaaaaaaa": 404, "/": 404, "/about": 404, f"{page}/raw": 404, f"{page}?lines=99": 404}

    for address, status in {**wrong, f"{page}?lines=x": 400}.items():
        assert ask(client, address).status_code == status
    assert ask(client, page, format="xml").status_code == 501


def test_oembed_knows_no_other_site(client):
    page = share(client)

    for url in ("", f"http://elsewhere{page}", f"javascript:{page}", "http://[", page):
        assert client.get("/oembed", query_string={"url": url}).status_code == 404


def test_the_page_of_sharing_offers_each_way_for_what_was_chosen(client):
    page = share(client)

    offered = client.get(f"{page}/share?file=&lines=3-9&theme=dark")

    assert offered.status_code == 200
    source = f"http://localhost{page}/embed?file=1&amp;amp;lines=3-9&amp;amp;theme=dark"
    assert f"&lt;iframe src=&#34;{source}" in offered.text
    assert "embed.js?file=1&amp;amp;lines=3-9&amp;amp;theme=dark" in offered.text
    assert offered.text.count("<iframe") == 1
    assert f'src="{page}/qr.svg"' in offered.text
    assert "such as 3 or 3-9" in client.get(f"{page}/share?lines=x").text
    assert f'href="{page}/share"' in client.get(page).text


@pytest.mark.parametrize("terms", CLOSED, ids=lambda terms: next(iter(terms)))
def test_what_is_not_for_everyone_is_passed_on_by_its_address_alone(client, stranger, terms: dict[str, str], sessions):
    page = share(client, title="Treasure", **terms)

    mine, foreign = client.get(f"{page}/share"), stranger.get(f"{page}/share")

    assert (mine.status_code, f"http://localhost{page}<" in mine.text, "embed.js" in mine.text) == (200, True, False)
    assert foreign.status_code == (404 if "visibility" in terms else 403)
    assert "Treasure" not in foreign.text
    assert stranger.get(f"{page}/qr.svg").status_code == {"visibility": 404, "password": 403}.get(*terms, 200)
    assert client.get(page).status_code == 200


def test_the_qr_code_names_the_host_that_was_asked_and_leaves_a_quiet_zone(client):
    page = share(client)

    here, there = (client.get(f"{page}/qr.svg", headers={"Host": host}) for host in ("localhost", "pastes.example"))

    assert here.mimetype == "image/svg+xml"
    assert here.data != there.data
    picture = ET.fromstring(here.data)
    size = int(picture.attrib["viewBox"].split()[2])
    assert size == 8 + 29  # version 3 holds these 28 characters; four modules on each side
    paper, ink = picture.iter("{http://www.w3.org/2000/svg}path")
    assert (paper.attrib["fill"], ink.attrib["stroke"]) == ("#fff", "#000")
    assert ink.attrib["d"].startswith("M4 4.5h7")
    assert b"style" not in here.data
