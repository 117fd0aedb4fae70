"""What every answer says to a browser about how far to trust it."""

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows play no part here

OURS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


@pytest.fixture
def snippet(client: FlaskClient) -> str:
    return client.post("/", data={"code": "<script>alert(1)</script>"}).location


def said(answer) -> dict[str, list[str]]:
    return {name: answer.headers.getlist(name) for name in OURS}


def once(headers: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in headers.items()}


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("{}", 200, "text/html"),
        ("{}/files/1", 202, "text/html"),
        ("/aaaaaaaaaaa", 404, "text/html"),
        ("/languages?name=a.py", 200, "application/json"),
        ("/up", 200, "application/json"),
    ],
    ids=["page", "part of a page", "error page", "JSON", "health"],
)
def test_an_answer_lets_nothing_foreign_in_and_nobody_frame_or_index_it(
    client: FlaskClient, snippet: str, path: str, status: int, kind: str
):
    answer = client.get(path.format(snippet))

    assert (answer.status_code, answer.mimetype) == (status, kind)
    assert said(answer) == once(OURS)


def test_what_is_refused_before_the_site_itself_says_the_same(client: FlaskClient):
    answer = client.post("/", data={"code": "x"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert said(answer) == once(OURS)


@pytest.mark.parametrize("path", ["raw", "raw/1"])
def test_a_raw_text_is_in_a_sandbox_of_its_own_whatever_it_holds(client: FlaskClient, snippet: str, path: str):
    answer = client.get(f"{snippet}/{path}")

    assert answer.content_type == "text/plain; charset=utf-8"
    assert said(answer) == once({**OURS, "Content-Security-Policy": "sandbox; default-src 'none'"})
