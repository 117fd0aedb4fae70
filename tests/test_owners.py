"""Ownership: the browser keeps a signed secret, the site nothing but its hash."""

from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeSerializer
from sqlalchemy import select

from snippets.models import Snippet
from snippets.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the rows are the same on both
SALT = "snippets.owner"


def owners(app: Flask) -> list[str | None]:
    with app.extensions["snippets"].sessions() as session:
        return list(session.scalars(select(Snippet.owner_hash).order_by(Snippet.created_at)))


def signed(secret: object, key: str | None, salt: str = SALT) -> str:
    return str(URLSafeSerializer(key or "", salt=salt).dumps(secret))


def test_the_owner_is_the_sha256_of_the_secret_in_the_browsers_cookie(
    app: Flask, client: FlaskClient, settings: Settings
):
    client.set_cookie("owner", signed("a secret", settings.secret_key))

    client.post("/", data={"code": "x"})

    assert owners(app) == ["984ca5162200734c592148f1820b71057f098573d138666b48663e4e30cd8d3a"]


def test_the_first_paste_gives_the_browser_a_secret_which_the_next_one_keeps(app: Flask, client: FlaskClient):
    client.post("/", data={"code": "x"})
    second = client.post("/", data={"code": "y"})

    secret = app.extensions["snippets"].owners._serializer.loads(client.get_cookie("owner").value)
    assert owners(app) == [sha256(secret.encode()).hexdigest()] * 2
    assert "Set-Cookie" not in second.headers


def test_two_browsers_have_two_secrets(app: Flask):
    for _ in range(2):
        app.test_client().post("/", data={"code": "x"})

    assert len(set(owners(app))) == 2


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_the_cookie_lasts_400_days_and_is_kept_from_scripts_other_sites_and_over_https_plain_lines(
    client: FlaskClient, scheme: str, secure: bool
):
    answer = client.post("/", data={"code": "x"}, base_url=f"{scheme}://snippets.example")

    attributes = answer.headers["Set-Cookie"].split("; ")[1:]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"} <= set(attributes)
    assert ("Secure" in attributes) == secure
    assert not any(each.startswith("Domain") for each in attributes)


@pytest.mark.parametrize(
    "forge",
    [
        lambda key: "forged",
        lambda key: signed("forged", "a key that the forger made up"),
        lambda key: signed("forged", key, "what the site signs for another purpose"),
        lambda key: signed("forged", key).rpartition(".")[0],
        lambda key: signed({"forged": 1}, key),
    ],
    ids=["unsigned", "another key", "another purpose", "no signature", "no text"],
)
def test_a_forged_cookie_is_not_believed_and_replaced(app: Flask, client: FlaskClient, settings: Settings, forge):
    client.set_cookie("owner", forge(settings.secret_key))

    answer = client.post("/", data={"code": "x"})

    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("owner=")
    assert owners(app) != [sha256(b"forged").hexdigest()]
