"""The lists, the tags and the feeds of what is public."""

import re
from datetime import datetime
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from snippets import search

ATOM = "{http://www.w3.org/2005/Atom}"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def share(client: FlaskClient, **fields) -> str:
    return client.post("/", data={"code": "x = 1\n", "name": "a.py", "visibility": "public", **fields}).location


def feed(client: FlaskClient, path: str = "/recent.atom") -> ET.Element:
    answer = client.get(path, headers={"Host": "paste.example"})
    assert answer.mimetype == "application/atom+xml"
    return ET.fromstring(answer.data)


@pytest.mark.parametrize("path", ["/recent", "/tag/web", "/language/python", "/tags"])
def test_an_empty_list_says_what_would_be_here_and_how_to_make_it_so(client, path: str):
    page = client.get(path)

    assert page.status_code == 200
    assert "to all, and listed" in page.text
    assert 'class="button" href="/"' in page.text or '<a href="/">share' in page.text


def test_a_list_with_something_in_it_may_be_found_by_search_engines(client):
    assert client.get("/recent").headers["X-Robots-Tag"] == "noindex"
    share(client)

    assert "X-Robots-Tag" not in client.get("/recent").headers
    assert "X-Robots-Tag" not in client.get("/tags").headers
    assert client.get("/tag/none").headers["X-Robots-Tag"] == "noindex"
    assert client.get("/search?q=a.py").headers["X-Robots-Tag"] == "noindex"


def test_a_language_that_is_none_is_not_there(client):
    assert client.get("/language/nonesuch").status_code == 404


def test_older_pages_are_reached_by_links_and_end(client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "SIZE", 2)
    pages = [share(client, tags="c++") for _ in range(3)]

    for path in ("/recent", "/tag/c++", "/language/python"):
        first = client.get(path).text
        older = re.search(r'rel="next" href="([^"]+)"', first)[1]
        second = client.get(older).text
        assert [page in first for page in pages] == [False, True, True]
        assert [page in second for page in pages] == [True, False, False]
        assert 'rel="next"' not in second
    assert "There is nothing older." in client.get("/recent?before=1").text


def test_tags_and_languages_are_counted_and_linked(client):
    share(client, tags="web c++")
    share(client, tags="web", name="a.go")
    share(client, tags="secret", visibility="unlisted")

    page = client.get("/tags").text

    assert re.findall(r'<a href="(/tag/[^"]*)">[^<]*</a> <span class="quiet">(\d+)<', page) == [
        ("/tag/web", "2"),
        ("/tag/c++", "1"),
    ]
    assert '<a href="/language/go">Go</a>' in page
    assert "secret" not in page


def test_the_tags_on_the_page_of_a_listed_snippet_are_links_and_others_are_not(client):
    assert '<a href="/tag/web">#web</a>' in client.get(share(client, tags="web")).text
    assert '<a href="/tag/web">' not in client.get(share(client, tags="web", visibility="unlisted")).text
    assert '<a href="/tag/web">' not in client.get(share(client, tags="web", password="correct horse")).text


def test_every_page_has_a_search_box_that_keeps_what_was_typed(client):
    assert 'action="/search"' in client.get("/about").text
    assert 'id="search" name="q" value="&#34;a b&#34;"' in client.get('/search?q="a b"').text


def test_a_list_links_its_feed(client):
    assert re.findall(r'rel="alternate" type="application/atom\+xml" title="[^"]*" href="([^"]*)"', "".join(
        client.get(path).text for path in ("/recent", "/tag/web")
    )) == ["/recent.atom", "/tag/web.atom"]  # fmt: skip


def test_a_feed_is_atom_with_what_rfc_4287_demands(client):
    page = share(client, title="A <title> & more", tags="web", code="if a < b:\n    c & d\n")
    share(client, visibility="unlisted")

    found = feed(client)

    assert found.tag == f"{ATOM}feed"
    assert found.findtext(f"{ATOM}id") == "http://paste.example/recent.atom"
    assert found.findtext(f"{ATOM}title") == "Recent · Snippets"
    assert found.findtext(f"{ATOM}author/{ATOM}name") == "Snippets"
    [entry] = found.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"http://paste.example{page}"
    assert entry.find(f"{ATOM}link").attrib["href"] == f"http://paste.example{page}"
    assert entry.findtext(f"{ATOM}title") == "A <title> & more"
    assert entry.find(f"{ATOM}category").attrib == {"term": "web"}
    for element in (found, entry):
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
    content = entry.find(f"{ATOM}content")
    assert content.attrib == {"type": "html"}
    assert unescape(content.text) == "<pre><code>if a < b:\n    c & d\n</code></pre>"
    assert content.text.count("&lt;") == 1


def test_a_feed_holds_no_character_that_xml_forbids_and_no_more_than_the_beginning(client):
    page = share(client, code="\x1b[31m\ufffe]]>" + "x" * 20_000)

    content = feed(client).findtext(f"{ATOM}entry/{ATOM}content")

    assert content.startswith("<pre><code>\ufffd[31m\ufffd]]&gt;xxx")
    assert len(content) < 11_000
    assert f'<a href="http://paste.example{page}">' in content


def test_a_feed_of_a_tag_has_that_tag_alone_and_an_empty_one_is_valid_too(client):
    page = share(client, tags="web")
    share(client)

    ids = [entry.findtext(f"{ATOM}id") for entry in feed(client, "/tag/web.atom").iter(f"{ATOM}entry")]

    assert ids == [f"http://paste.example{page}"]
    assert feed(client, "/tag/none.atom").findtext(f"{ATOM}updated")


def test_a_feed_that_has_not_changed_is_not_sent_again(client):
    share(client)
    etag = client.get("/recent.atom").headers["ETag"]

    assert client.get("/recent.atom", headers={"If-None-Match": etag}).status_code == 304
    share(client)
    assert client.get("/recent.atom", headers={"If-None-Match": etag}).status_code == 200
