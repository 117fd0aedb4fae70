"""Addresses cannot be tried one after the other for long."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app import create_app
from snippets.settings import Settings


def test_a_client_that_asks_for_too_many_missing_snippets_is_refused_any(settings: Settings):
    client = create_app(replace(settings, miss_limit="3/minute")).test_client()
    page = client.post("/", data={"code": "x"}).location

    answers = [client.get(f"/{'x' * 10}{n}") for n in range(4)]
    refused = client.get(page)

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert f"try again in {refused.headers['Retry-After']} s" in refused.text
    assert client.get("/").status_code == 200
    assert client.get(page, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_processes_count_wrong_addresses_together(settings: Settings):
    one, other = (create_app(replace(settings, miss_limit="3/minute")).test_client() for _ in range(2))
    for _ in range(3):
        one.get("/xxxxxxxxxxx/raw/1")

    assert other.get("/xxxxxxxxxxx").status_code == 429


def test_a_right_address_is_no_guess(settings: Settings):
    client = create_app(replace(settings, miss_limit="1/minute")).test_client()
    page = client.post("/", data={"code": "x"}).location

    assert {client.get(page).status_code for _ in range(5)} == {200}


def address_of_the_first_paste(settings: Settings) -> str:
    client = create_app(replace(settings, create_limit="1/minute")).test_client()
    first, second = (
        client.post("/", data=b"x", headers={"X-Forwarded-For": f"192.0.2.{n}", "X-Forwarded-Host": "paste.example"})
        for n in (1, 2)
    )
    assert first.status_code == 201
    return f"{second.status_code} {first.text}"


def test_behind_a_proxy_each_visitor_has_his_own_limit_and_the_sites_own_address(settings: Settings):
    assert address_of_the_first_paste(replace(settings, trusted_proxies=1)).startswith("201 http://paste.example/")


@pytest.mark.parametrize("told", ["192.0.2.1:{}", "[2001:db8::1]:{}", "[2001:db8::{}]", "[::ffff:192.0.2.1]:{}"])
def test_a_proxy_that_tells_ports_as_well_gives_nobody_a_count_for_each_connection(settings: Settings, told: str):
    client = create_app(replace(settings, trusted_proxies=1, create_limit="1/minute")).test_client()

    answers = [client.post("/", data=b"x", headers={"X-Forwarded-For": told.format(n)}) for n in (5001, 5002)]

    assert [answer.status_code for answer in answers] == [201, 429]


def test_without_a_proxy_nobody_chooses_his_own_address(settings: Settings):
    assert address_of_the_first_paste(settings).startswith("429 http://localhost/")


def test_a_number_beyond_any_file_is_not_found(client: FlaskClient):
    page = client.post("/", data={"code": "x"}).location

    assert {client.get(f"{page}/{what}/{'9' * 30}").status_code for what in ("raw", "files")} == {404}


def test_no_cache_keeps_that_there_is_nothing_for_its_owner_may_see_something_there(client: FlaskClient):
    answer = client.get("/aaaaaaaaaaa")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
