"""A site for trying things out says so, is found by nobody, and gets of production's data what may leave there."""

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from snippets.settings import Settings


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
