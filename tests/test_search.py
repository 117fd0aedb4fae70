"""The search finds the same on both engines."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from snippets import search

TEXTS = {
    "main": "def main():\n    return 100%\n",
    "wild": 'a_b c%d e\\f \'quoted\' "double" -minus star* x"*)(y\n',
    "fts": "this AND that OR NOT NEAR(other) ^caret {brace} col:umn\n",
    "unicode": "STRASSE Straße ÉTÉ naïve Fuß 日本語テキスト 🎉🎉🎉 Ω\n",
    "other": "a-b cxd e/f axb 1000 mainly\n",
}
EXPECTED = {
    "MAIN": {"main", "other"},
    "main return": {"main"},
    '"def main():"': {"main"},
    '"main def"': set(),
    "100%": {"main"},
    "00%": {"main"},
    "a_b": {"wild"},
    "c%d": {"wild"},
    "e\\f": {"wild"},
    "'quoted'": {"wild"},
    '"double"': {"wild"},
    '""double""': {"wild"},
    "-minus": {"wild"},
    'x"*)(y': {"wild"},
    "star*": {"wild"},
    "sta*": set(),
    "AND": {"fts"},
    "this OR nothing": set(),
    "NOT main": set(),
    "near(other)": {"fts"},
    "NEAR(this that)": set(),
    "^caret": {"fts"},
    "{brace}": {"fts"},
    "col:umn": {"fts"},
    "content:umn": set(),
    "strasse": {"unicode"},
    "straße": {"unicode"},
    "été": {"unicode"},
    "FUSS": {"unicode"},
    "日本語": {"unicode"},
    "🎉🎉🎉": {"unicode"},
    "🎉🎉🎉🎉": set(),
    "ω naïve": {"unicode"},
    "axb cx": {"other"},
    "main\x00return": {"main"},
    "language:python": {"main"},
    "language:python 1000": set(),
    "tag:x": {"main", "wild"},
    "tag:X language:python re": {"main"},
    "tag:x _": {"wild"},
    "tag:none main": set(),
    "wild.txt": {"wild"},
    "titled": {"fts"},
    "titled fts.txt this": {"fts"},
    "txt titled": {"fts"},
    '"titled fts"': set(),
}


@pytest.fixture
def filled(client: FlaskClient) -> FlaskClient:
    for name, code in TEXTS.items():
        fields = {"code": code, "name": "main.py" if name == "main" else f"{name}.txt", "visibility": "public"}
        fields |= {"tags": "x" if name in ("main", "wild") else "", "title": "Titled" if name == "fts" else ""}
        client.post("/", data=fields)
    return client


def found(client: FlaskClient, query: str, path: str = "/search") -> list[str]:
    page = client.get(path, query_string={"q": query})
    assert page.status_code == 200, page.text
    titles = re.findall(r'<h2><a href="/[\w-]{11}">([^<]*)</a>', page.text)
    return ["fts" if title == "Titled" else title.partition(".")[0] for title in titles]


def test_each_query_finds_what_has_all_of_it_in_any_case_and_nothing_has_a_meaning_of_its_own(filled):
    assert {query: set(found(filled, query)) for query in EXPECTED} == EXPECTED


def test_each_way_to_an_answer_gives_the_same_one(filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "FEW", 0)
    monkeypatch.setattr(search, "NEWEST", 1)

    assert {query: set(found(filled, query)) for query in EXPECTED} == EXPECTED


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
@pytest.mark.parametrize(
    ("tries", "slow"),
    [((0.02, 2, 0.02), {"_by_index": 9}), ((0.02, 0.02, 2), {"_by_index": 0.1, "_by_walking": 9})],
)
def test_what_one_way_takes_too_long_over_is_found_by_another(
    filled, monkeypatch: pytest.MonkeyPatch, tries: tuple[float, ...], slow: dict[str, float]
):
    for name, value in {"FEW": 0, "NEWEST": 1, "TRIES": tries}.items():
        monkeypatch.setattr(search, name, value)
    for name, seconds in slow.items():
        monkeypatch.setattr(search, name, after(seconds, getattr(search, name)))

    assert {query: set(found(filled, query)) for query in EXPECTED} == EXPECTED


def after(seconds: float, way: Callable[[Session, object], list[int]]) -> Callable[[Session, object], list[int]]:
    def slowly(session: Session, page: object) -> list[int]:
        session.execute(text(f"SELECT pg_sleep({seconds})"))
        return way(session, page)

    return slowly


def test_a_term_of_any_length_is_found_and_differs_in_its_middle(client):
    term = "abcdefghij" * 15
    other = f"{term[:75]}#{term[76:]}"
    for name, code in (("yes", f"({term})"), ("no", f"({other})")):
        client.post("/", data={"code": code, "name": f"{name}.txt", "visibility": "public"})

    assert found(client, term) == ["yes"]
    assert [found(client, term[:length]) for length in (75, 76)] == [["no", "yes"], ["yes"]]


def test_pages_hold_the_newest_first_and_everything_once(client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "SIZE", 2)
    for number in range(5):
        fields = {"code": "a common term", "name": f"{number}.txt", "tags": "web", "visibility": "public"}
        client.post("/", data=fields)

    for query in ("common", "tag:web", "common tag:web", "common term web language:text 0"):
        seen, address = [], f"/search?q={query}"
        while address:
            page = client.get(address).text
            seen.append(re.findall(r">(\d)\.txt<", page))
            older = re.search(r'rel="next" href="([^"]+)"', page)
            address = older and older[1].replace("&amp;", "&")
        assert seen == ([["4", "3"], ["2", "1"], ["0"]] if "0" not in query else [[]]), query


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "9" * 19, "٣", "\x00"])
def test_a_page_that_is_none_is_not_there(client, before: str):
    assert client.get("/search", query_string={"q": "term", "before": before}).status_code == 404


def test_what_cannot_be_searched_for_is_said_beside_what_was_typed(client):
    page = client.get("/search", query_string={"q": "<b"})

    assert page.status_code == 422
    assert "Search for one word of at least 3 characters" in page.text
    assert 'value="&lt;b"' in page.text
    assert 'aria-describedby="error"' in page.text


def test_a_search_that_takes_too_long_is_ended_and_the_database_goes_on(client, sessions, monkeypatch):
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
        "postgresql": "SELECT pg_sleep(9)",
    }
    monkeypatch.setattr(
        search, "_newest", lambda session, *_: session.execute(text(slow[session.get_bind().dialect.name]))
    )
    monkeypatch.setattr(search, "LONGEST", 0.05)

    answer = client.get("/search?q=anything")

    assert (answer.status_code, "takes too long" in answer.text) == (503, True)
    monkeypatch.undo()
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT max(i) FROM n"
    with sessions() as session:
        assert session.scalar(text(count)) == 50_000
    assert client.get("/search?q=anything").status_code == 200


def test_the_search_says_how_to_search(client):
    page = client.get("/search").text

    assert "language:python" in page
    assert "at least three characters" in page
    assert "Nothing public has all of that" in client.get("/search?q=nothing").text
    assert client.get("/search?q=nothing").headers["X-Robots-Tag"] == "noindex"
