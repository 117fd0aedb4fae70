"""A site for trying things out says so, is found by nobody, and gets of production's data what may leave there."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import migrate
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, select, update

from app import create_app
from snippets.audit import By
from snippets.database import Sessions
from snippets.keys import Scope, issue
from snippets.messages import Kind, Letter, write
from snippets.models import File, Report, Snippet, hash_secret, now
from snippets.moderation import take_down
from snippets.operator_models import BlockedNetwork, Origin
from snippets.scrubbing import COPIED, SCRUBBED, STAYING
from snippets.settings import Settings
from snippets.tables import tables

from filling import backed_up_at, everything, run, url_of

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "a-secret-of-the-owner"
OWNER = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture
def staging(settings: Settings) -> Flask:
    return create_app(dataclasses.replace(settings, site_env="staging"))


@pytest.fixture
def public(client: FlaskClient) -> str:
    return client.post("/", data={"code": "x = 1", "visibility": "public"}).location


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/", "/recent", "/mine", "/search", "/about", "/aaaaaaaaaaa", "{}"])
def test_each_page_of_staging_says_that_it_is_staging_and_no_page_of_production_does(
    staging: Flask, client: FlaskClient, public: str, path: str
):
    tried, real = staging.test_client().get(path.format(public)), client.get(path.format(public))

    assert '<p class="staging">' in tried.text
    assert '<p class="staging">' not in real.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_search_engine_lists_what_staging_shows(staging: Flask, client: FlaskClient, public: str):
    assert staging.test_client().get(public).headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in client.get(public).headers


def test_a_site_that_says_nothing_of_itself_is_taken_for_production():
    assert Settings.from_env({"ENV_FILE": "/dev/null"}).site_env == "production"


@pytest.fixture
def filled(app: Flask, client: FlaskClient, sessions: Sessions) -> dict[str, str]:
    """Production, with a snippet of each kind by what is said of it, and with all that staging must not get."""
    made = {}

    def share(kind: str, code: str = "", **terms: Any) -> None:
        body = {"files": [{"name": "a.py", "code": code or f"the {kind} one"}], "visibility": "public", **terms}
        answer = client.post("/api/v1/snippets", json=body, headers=OWNER)
        assert answer.status_code == 201, answer.text
        made[kind] = answer.json["id"]

    share("public", title="Shown to all", tags=["web"])
    share("unlisted", visibility="unlisted")
    share("private", visibility="private")
    share("locked", password="open sesame")
    share("burn", burn=True)
    share("expired")
    share("taken down")
    client.post("/", data={"code": "a fork of what stays", "visibility": "public", "parent": made["unlisted"]})
    with sessions.begin() as session:
        session.execute(
            update(Snippet).where(Snippet.id == made["expired"]).values(expires_at=now() - timedelta(hours=1))
        )
        take_down(session, made["taken down"], By("operator Smith"))
        session.execute(update(Snippet).where(Snippet.title.is_(None)).values(parent_id=made["unlisted"]))
        session.add(Report(snippet_id=made["public"], reason="reported", address="reader@example.org"))
        session.execute(update(Origin).values(network="192.0.2.0/24"))
        session.add(BlockedNetwork(network="198.51.100.0/24"))
        issue(session, "a key of production", [Scope.WRITE])
        write(session, Kind.REPORT, "operator@example.org", Letter("a message", "of production"))
    return made


PERSONAL = "reader@example.org 192.0.2.0 198.51.100.0 operator@example.org Smith argon2 production".split()


@pytest.fixture
def copy(site_on, app: Flask) -> Flask:
    """A staging site beside production, which has snippets of its own."""
    made = site_on("sqlite", site_env="staging")
    migrate(url_of(made))
    made.test_client().post("/", data={"code": "staging's own", "visibility": "public"})
    return made


@pytest.fixture(params=["backup", "database"])
def production(request: pytest.FixtureRequest, app: Flask, filled: dict[str, str], tmp_path: Path) -> str:
    if request.param == "database":
        return url_of(app)
    assert run(app, "backup", tmp_path / "backup").exit_code == 0
    return str(tmp_path / "backup")


def shown(copy: Flask) -> dict[str, str]:
    with copy.extensions["snippets"].sessions() as session:
        files = session.execute(select(File.code, Snippet.visibility).join(Snippet, Snippet.id == File.snippet_id))
        return {row.code.removeprefix("the ").removesuffix(" one"): row.visibility for row in files}


def test_staging_shows_what_production_shows_in_public_and_nothing_else(copy: Flask, production: str, filled):
    result = run(copy, "copy-down", "--yes", production)

    assert result.exit_code == 0, result.output
    assert shown(copy) == {"public": "public", "a fork of what stays": "public"}
    there = copy.test_client()
    assert "Shown to all" in there.get("/search?q=the+public+one").text
    assert "Shown to all" in there.get("/search?q=tag:web").text
    assert there.get(f"/{filled['public']}/raw").text == "the public one"


def test_nothing_says_whose_it_is_nor_who_did_what_from_where(copy: Flask, production: str):
    run(copy, "copy-down", "--yes", "--unlisted", "--private", production)

    everywhere = repr(everything(url_of(copy)))
    assert [word for word in [*PERSONAL, hash_secret(SECRET)] if word in everywhere] == []
    assert "the private one" in everywhere


@ON_SQLITE
@pytest.mark.parametrize(
    ("options", "more"),
    [
        (["--unlisted"], {"unlisted": "unlisted"}),
        (["--private"], {"private": "private", "locked": "private", "burn": "private"}),
    ],
    ids=str,
)
def test_what_is_not_public_comes_along_only_when_it_is_asked_for(
    copy: Flask, filled, app: Flask, options: list[str], more: dict[str, str]
):
    run(copy, "copy-down", "--yes", *options, url_of(app))

    assert shown(copy) == {"public": "public", "a fork of what stays": "public"} | more


def test_a_second_copy_brings_what_has_changed(copy: Flask, app: Flask, client: FlaskClient, filled, database_url: str):
    run(copy, "copy-down", "--yes", database_url)
    client.delete(f"/api/v1/snippets/{filled['public']}", headers=OWNER)
    client.post("/", data={"code": "new", "visibility": "public"})

    run(copy, "copy-down", "--yes", database_url)

    assert shown(copy) == {"a fork of what stays": "public", "new": "public"}


@ON_SQLITE
def test_a_backup_of_an_older_production_is_brought_up_on_its_way(copy: Flask, new_database, tmp_path: Path):
    backed_up_at("0004", new_database("sqlite"), tmp_path / "old")

    result = run(copy, "copy-down", "--yes", tmp_path / "old")

    assert result.exit_code == 0, result.output
    assert "public" in shown(copy).values()


@ON_SQLITE
def test_production_is_never_filled_and_staging_only_when_that_is_confirmed(app: Flask, copy: Flask, client):
    page = client.post("/", data={"code": "production's"}).location

    refused = run(app, "copy-down", "--yes", url_of(copy))
    unsure = copy.test_cli_runner().invoke(args=["snippets", "copy-down", url_of(app)], input="n\n")

    assert (refused.exit_code, "This site is production" in refused.output) == (1, True)
    assert client.get(page).status_code == 200
    assert (unsure.exit_code, list(shown(copy))) == (1, ["staging's own"])


@ON_SQLITE
@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("mysql://host/name", "sqlite:// or postgresql://"),
        ("sqlite:////nowhere/at.all", "There is no database"),
        ("/nowhere/at.all", "cannot be read"),
    ],
)
def test_a_production_that_is_not_there_is_called_so(copy: Flask, where: str, says: str):
    result = run(copy, "copy-down", "--yes", where)

    assert (result.exit_code, says in result.output, list(shown(copy))) == (1, True, ["staging's own"])


@ON_SQLITE
def test_staging_is_not_copied_from_itself(copy: Flask):
    path = Path(make_url(url_of(copy)).database)
    spelt_otherwise = f"sqlite:///{path.parent}/../{path.parent.name}/{path.name}"

    for url in (url_of(copy), spelt_otherwise):
        assert "this site's own database" in run(copy, "copy-down", "--yes", url).output
    assert list(shown(copy)) == ["staging's own"]


def test_each_table_and_column_is_copied_or_stays_by_a_decision():
    described = {each.name: set(each.columns) for each in tables()}

    assert set(described) == set(COPIED) | set(STAYING)
    assert set(COPIED).isdisjoint(STAYING)
    for name, kept in COPIED.items():
        assert set(kept.split()) | set(SCRUBBED.get(name, {})) == described[name]
