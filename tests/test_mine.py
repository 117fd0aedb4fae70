"""What a browser shared, listed; and the link that makes another browser an owner of it too."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from snippets import pages
from snippets.models import File, Snippet, hash_secret, now

PLANTED = "the-secret-of-somebody-else"


@pytest.fixture
def other(app: Flask) -> FlaskClient:
    return app.test_client()


def share(client: FlaskClient, **fields: str) -> str:
    return client.post("/", data={"code": "x = 1\n", "name": "a.py", **fields}).location


def listed(client: FlaskClient, path: str = "/mine") -> list[str]:
    return re.findall(r'<h2><a href="(/[\w-]{11})">', client.get(path).text)


def code_of(client: FlaskClient) -> str:
    return re.search(r"/mine/take#(\S+?)<", client.post("/mine/move").text)[1]


def take(client: FlaskClient, code: str):
    return client.post("/mine/take", data={"code": code})


def test_a_browser_lists_what_it_shared_of_every_visibility_newest_first_and_nobody_elses(client, other):
    shared = [share(client, visibility=each) for each in ("public", "unlisted", "private")]
    share(other)

    page = client.get("/mine")

    assert listed(client) == shared[::-1]
    assert f"{shared[0]}/edit" in page.text
    assert f"{shared[0]}/delete" in page.text
    for part in ("a.py", "Python", "6 bytes", "private", "just now"):
        assert part in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_the_list_of_a_browser_that_shared_nothing_says_how_to_begin(client):
    page = client.get("/mine").text

    assert "Nothing has been shared from this browser yet" in page
    assert "Move to another browser" not in page


def test_a_row_tells_the_files_their_bytes_and_the_terms(client):
    share(client, title="Sums", code="ä" * 700, expires="1d", password="correct horse")
    client.post("/", data={"code": ["a\n", "b\n"], "name": ["a.py", "b.go"], "burn": "on"})

    page = client.get("/mine").text

    for part in ("Sums", "1.4 KiB", "with a password", "expires in 23 hours", "2 files", "4 bytes", "to be read once"):
        assert part in page


def test_what_has_expired_or_was_edited_away_is_not_listed_as_it_was(client, sessions):
    gone, edited = share(client), share(client)
    with sessions.begin() as session:
        session.execute(update(Snippet).where(Snippet.id == gone[1:]).values(expires_at=now()))
    client.post(f"{edited}/edit", data={"code": "y\n", "name": "new.go", "revision": "1"})

    assert listed(client) == [edited]
    assert "new.go" in client.get("/mine").text


def test_a_long_list_has_pages_that_show_each_snippet_once_also_those_of_one_moment(client, other, sessions):
    share(client)
    share(other)
    take(client, code_of(other))
    hashes = [client.application.extensions["snippets"].owners.hashes, now()]
    with client:
        client.get("/mine")
        from flask import request

        hashes = client.application.extensions["snippets"].owners.hashes(request)
    moment = now()
    rows = [
        {"id": f"{n:011}", "owner_hash": hashes[n % 2], "created_at": moment, "visibility": "public"} for n in range(43)
    ]
    files = [{"snippet_id": row["id"], "position": 1, "language": "text", "code": "x"} for row in rows]
    with sessions.begin() as session:
        session.execute(insert(Snippet), rows)
        session.execute(insert(File), files)

    seen, path = [], "/mine"
    while path:
        page = client.get(path).text
        seen.append(listed(client, path))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older and older[1]

    assert [len(each) for each in seen] == [20, 20, 5]
    assert len({each for page in seen for each in page}) == 45


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL plans by the number of rows
def test_the_list_is_read_from_the_index_of_its_order(client, sessions, redis):
    from sqlalchemy import event

    plans: list[str] = []

    @event.listens_for(sessions.kw["bind"], "before_cursor_execute")
    def explain(connection, cursor, statement, parameters, context, many):
        if "owner_hash =" in statement and not statement.startswith("EXPLAIN"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" ".join(row[3] for row in cursor.fetchall()))

    pages.newest(sessions, [Snippet.owner_hash == "x", Snippet.owner_hash == "y"], "1764000000000000.00000000000")

    assert plans[0].count("USING INDEX ix_snippets_owner_hash_created_at_id (owner_hash=? AND created_at<?)") == 2 or (
        plans[0].count("ix_snippets_owner_hash_created_at_id (owner_hash=?") == 2
    )


@pytest.mark.parametrize("cursor", ["x", "1.short", "-1.00000000000", "99999999999999999999.00000000000", "1.\x00"])
def test_a_cursor_that_is_none_finds_nothing(client, cursor: str):
    share(client)

    assert client.get("/mine", query_string={"before": cursor}).status_code == 404


def test_the_link_makes_another_browser_an_owner_while_the_first_stays_one(client, other):
    page = share(client, visibility="private")

    moved = client.post("/mine/move")
    answer = take(other, code_of(client))

    assert moved.headers["Cache-Control"] == "no-store"
    assert (answer.status_code, answer.location) == (303, "/mine")
    assert listed(other) == listed(client) == [page]
    for browser in (client, other):
        assert browser.get(f"{page}/edit").status_code == 200
    assert other.post(f"{page}/delete").status_code == 303


def test_the_whole_link_will_do_as_the_code(client, other):
    page = share(client)

    take(other, f"  http://localhost/mine/take#{code_of(client)}\n")

    assert listed(other) == [page]


def test_no_address_on_the_way_holds_the_secret(client):
    share(client)
    code = code_of(client)

    page = client.post("/mine/move")

    assert page.status_code == 200
    assert all(code not in each.partition("#")[0] for each in re.findall(r'(?:href|action)="([^"]*)"', page.text))
    assert code not in str(page.headers)


def test_what_was_brought_from_two_browsers_moves_on_together(app, client, other):
    third = app.test_client()
    pages = [share(client), share(other)]
    take(other, code_of(client))

    take(third, code_of(other))

    assert listed(third) == pages[::-1]


def test_a_planted_link_gives_the_one_who_planted_it_nothing(app, client, other, sessions):
    theirs = share(other)
    mine = share(client, visibility="private")
    fresh = app.test_client()

    for victim in (client, fresh):
        take(victim, code_of(other))
    later = [share(victim, visibility="private") for victim in (client, fresh)]

    assert listed(other) == [theirs]
    assert [other.get(page).status_code for page in (mine, *later)] == [404] * 3
    with sessions() as session:
        assert len(set(session.scalars(select(Snippet.owner_hash)))) == 3


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "That is not a code"),
        ("short", "That is not a code"),
        ("http://localhost/mine/take", "That is not a code"),
        ("nobody-has-shared-with-this-one", "Nothing here was shared"),
        ("x" * 5000, "That is not a code"),
        (",".join(f"{PLANTED}{number}" for number in range(11)), "That is not a code"),
        ("sixteen-and-more-\x00", "That is not a code"),
    ],
)
def test_a_wrong_code_is_refused_with_the_reason_and_stays_in_the_field(client, code: str, reason: str):
    answer = take(client, code)

    assert answer.status_code == 422
    assert reason in answer.text
    assert 'aria-describedby="error"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_refused_code_stays_in_the_field(client):
    assert 'value="&lt;typed&gt;"' in take(client, "<typed>").text


def test_codes_are_tried_only_so_often(client):
    answers = [take(client, f"guess-number-{number:04}") for number in range(11)]

    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert "Too many codes were tried" in answers[-1].text


def test_a_browser_holds_ten_secrets_and_no_more(client, sessions):
    share(client)
    secrets = [f"{PLANTED}{number}" for number in range(10)]
    with sessions.begin() as session:
        for each in secrets:
            session.add(Snippet(owner_hash=hash_secret(each), files=[File(position=1, language="text", code="x")]))

    assert take(client, ",".join(secrets[:9])).status_code == 303
    full = take(client, secrets[9])

    assert full.status_code == 422
    assert "it cannot hold more" in full.text
    assert len(listed(client)) == 10
    assert take(client, secrets[0]).status_code == 303


def test_a_secret_that_a_program_presents_can_be_taken_into_a_browser(client, sessions):
    with sessions.begin() as session:
        snippet = Snippet(owner_hash=hash_secret(PLANTED), files=[File(position=1, language="text", code="x")])
        session.add(snippet)

    take(client, PLANTED)

    assert listed(client) == [f"/{snippet.id}"]


def test_forgetting_takes_the_snippets_from_this_browser_and_gives_them_to_nobody(client, other):
    page = share(client, visibility="private")
    take(other, code_of(client))

    answer = client.post("/mine/forget")

    assert (answer.status_code, answer.location) == (303, "/mine")
    assert client.get_cookie("owner") is None
    assert listed(client) == []
    assert client.get(page).status_code == 404
    assert listed(other) == [page]


@pytest.mark.parametrize("path", ["/mine/move", "/mine/take", "/mine/forget"])
def test_another_site_can_make_a_browser_do_none_of_it(client, path: str):
    share(client)

    answer = client.post(path, headers={"Sec-Fetch-Site": "cross-site"}, data={"code": PLANTED})

    assert answer.status_code == 403
    assert len(listed(client)) == 1


def test_looking_changes_nothing(client):
    for path in ("/mine", "/mine/take"):
        assert "Set-Cookie" not in client.get(path).headers
    assert client.get("/mine/move").status_code == 405
    assert client.get("/mine/forget").status_code == 405
