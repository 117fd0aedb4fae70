"""The site below a path of its host, behind a real nginx: no link, file, redirect or cookie of it leads elsewhere."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
import requests

from app import create_app
from bench.installing import tool
from snippets.settings import ROOT, Settings, SettingsError

from processes import HTML, environment, migrate, serving, wait_until, work_off
from servers import Valkey, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PASSWORD = "a password for the operators"
OPERATOR = ("admin", PASSWORD)


@pytest.fixture
def below(settings: Settings):
    """The site at /paste, without a proxy that it trusts."""
    with _app(settings, "http://localhost/paste") as app:
        yield app.test_client()


@contextmanager
def _app(settings: Settings, address: str, proxies: int = 0):
    from dataclasses import replace

    app = create_app(
        replace(settings, site_url=address, trusted_proxies=proxies, dashboard_password=PASSWORD, page_cache_mb=0)
    )
    yield app
    app.extensions["snippets"].sessions.kw["bind"].dispose()
    app.extensions["snippets"].redis.close()


def test_a_page_is_below_the_path_and_nowhere_else(below):
    assert below.get("/paste/about").status_code == 200
    assert below.get("/paste").status_code == 200
    answer = below.get("/about")
    assert answer.status_code == 404
    assert answer.text == "The site is at /paste/ and below.\n"
    assert below.get("/pasted/about").status_code == 404


@pytest.mark.parametrize("proxies", [0, 1])
def test_what_a_client_says_of_the_path_is_in_no_page(settings: Settings, proxies: int):
    with _app(settings, "http://localhost/paste", proxies) as app:
        answer = app.test_client().get("/paste/about", headers={"X-Forwarded-Prefix": "/evil", **HTML})

    assert answer.status_code == 200
    assert "evil" not in answer.text
    assert 'href="/paste/recent"' in answer.text


def test_without_a_trusted_proxy_nothing_that_is_forwarded_is_believed(below):
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/paste"}

    assert below.get("/about", headers=headers).status_code == 404  # as if a proxy had taken the path off
    answer = below.get("/paste/api/openapi.json", headers=headers)

    assert answer.json["servers"] == [{"url": "http://localhost/paste/api/v1"}]


def test_a_trusted_proxy_that_takes_the_path_off_says_so(settings: Settings):
    with _app(settings, "http://localhost/paste", proxies=1) as app:
        answer = app.test_client().get("/about", headers={"X-Forwarded-Prefix": "/paste", **HTML})

    assert answer.status_code == 200
    assert 'href="/paste/recent"' in answer.text


def test_a_link_that_requeues_jobs_is_refused_there_as_well(below):
    headers = {"Sec-Fetch-Site": "cross-site"}

    assert below.get("/paste/rq/requeue/snippets", headers=headers, auth=OPERATOR).status_code == 403


def test_a_password_is_asked_for_and_leads_back_below_the_path(settings: Settings):
    from dataclasses import replace

    with _app(replace(settings, site_password="a site of our own"), "http://localhost/paste") as app:
        client = app.test_client()
        page = client.get("/paste/recent?q=x", headers=HTML)
        way = unescape(re.search(r'name="way" value="([^"]+)"', page.text)[1])
        entered = client.post("/paste/enter", data={"password": "a site of our own", "way": way}, headers=HTML)
        elsewhere = client.post("/paste/enter", data={"password": "a site of our own", "way": "/other"}, headers=HTML)

    assert way == "/paste/recent?q=x"
    assert entered.location == way
    assert "Path=/paste/;" in entered.headers["Set-Cookie"]
    assert elsewhere.location == "/paste/"


@pytest.mark.parametrize("address", ["https://example.org/a b", "https://example.org/../x", "https://example.org/a//b"])
def test_an_address_whose_path_cannot_be_one_is_refused(address: str):
    with pytest.raises(SettingsError, match="SITE_URL is “"):
        Settings.from_env({"SITE_URL": address, "ENV_FILE": "/dev/null"})


class Proxied:
    """A site at /paste behind nginx, as deploy/nginx.conf has it; with a second one that takes the path off."""

    def __init__(self, folder: Path, port: int, env: dict[str, str]) -> None:
        self.host = f"http://127.0.0.1:{port}"
        self.root = f"{self.host}/paste"
        self.env = env
        self.log = folder / "web.log"


@pytest.fixture(scope="module", params=["passes the path on", "takes the path off"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    folder, port = tmp_path_factory.mktemp("below"), free_port()
    valkey = Valkey(folder)
    env = environment(
        ENV_FILE="/dev/null",
        DATABASE_URL=f"sqlite:///{folder}/snippets.db",
        REDIS_URL=valkey.url,
        SECRET_KEY="a key for the tests alone",
        SITE_URL=f"http://127.0.0.1:{port}/paste",
        TRUSTED_PROXIES="1",
        DASHBOARD_PASSWORD=PASSWORD,
        MISS_LIMIT="off",
    )
    migrate(env["DATABASE_URL"])
    site = Proxied(folder, port, env)
    with serving("app:serve", site.log, env) as upstream, nginx(folder, port, upstream, strips="off" in request.param):
        yield site
    valkey.stop()


@contextmanager
def nginx(folder: Path, port: int, upstream: str, *, strips: bool) -> Iterator[None]:
    """Run nginx with the configuration that we give to operators, at a port of our own and without TLS."""
    server = (ROOT / "deploy/nginx.conf").read_text()
    server = server.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};").replace("127.0.0.1:8000", upstream[7:])
    server = re.sub(r"ssl_certificate.*;", "", server)
    if strips:
        server = server.replace("proxy_pass http://snippets;", "proxy_pass http://snippets/;")
        server = server.replace('X-Forwarded-Prefix ""', "X-Forwarded-Prefix /paste")
    paths = "".join(
        f"{each}_temp_path {folder}/{each}; " for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
        f"http {{ access_log off; {paths}\n{server}\n}}"
    )
    program = tool("nginx")
    assert program
    process = subprocess.Popen([program, "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _status(f"http://127.0.0.1:{port}/paste/up") == 200)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _status(url: str) -> int:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=5).status_code
    return 0


@pytest.fixture(scope="module")
def snippet(proxied: Proxied) -> str:
    """The address of a snippet that has its colours."""
    form = {
        "code": ["def f():\n    return 1\n", "x\n"],
        "name": ["a.py", "b.txt"],
        "visibility": "public",
        "tags": "one",
    }
    with requests.Session() as browser:
        answer = browser.post(f"{proxied.root}/", data=form, headers=HTML, allow_redirects=False, timeout=10)
        assert answer.status_code == 303, answer.text
        (cookie,) = browser.cookies
    assert cookie.path == "/paste/"
    assert answer.headers["Location"].startswith("/paste/")
    work_off("snippets", proxied.env)
    return proxied.host + answer.headers["Location"]


LINKS = re.compile(r'(?:href|src)="([^"#<{]+)')
PLACES = re.compile(r'(?:action|data-[a-z]+)="(/[^"]*)|<(?:id|uri)>(http[^<]+)|"((?:http://127|/)[^"\s]+)"')


def links(answer: requests.Response) -> set[str]:
    """Return what a page or a redirect leads to, of this machine."""
    found = LINKS.findall(answer.text) if "html" in answer.headers.get("Content-Type", "") else []
    return {
        urljoin(answer.url, unescape(each))
        for each in (*found, answer.headers.get("Location", ""))
        if each and not re.match(r"https?://(?!127\.)|data:|mailto:", each)
    }


def places(answer: requests.Response) -> set[str]:
    """Return whatever else in an answer looks like an address of ours."""
    kind = answer.headers.get("Content-Type", "")
    if answer.url.endswith("/openapi.json") or "/rq" in answer.url or re.search("css|script", kind):
        return set()  # its paths are those below its server; rq-dashboard has its own pages
    return {urljoin(answer.url, unescape(each)) for found in PLACES.findall(answer.text) for each in found if each}


@pytest.mark.drill
def test_every_page_and_whatever_it_leads_to_is_below_the_path(proxied: Proxied, snippet: str):
    queue = [
        f"{proxied.root}/",
        snippet,
        *(f"{snippet}{rest}" for rest in ("/share", "/history", "/embed", "/embed.js")),
    ]
    queue += [
        f"{proxied.root}{path}" for path in ("/recent.atom", "/api/openapi.json", "/ops", "/rq/", "/tags", "/nope")
    ]
    queue += [
        f"{proxied.root}/api/v1/snippets",
        f"{proxied.root}/oembed?url={snippet}",
        f"{proxied.root}/api/v3/gists/public",
    ]
    found: dict[str, int] = {}
    outside: list[str] = []

    while queue and len(found) < 300:
        address = queue.pop(0)
        if address not in found:
            answer = requests.get(address, headers=HTML, auth=OPERATOR, allow_redirects=False, timeout=10)
            found[address] = answer.status_code
            queue += sorted(links(answer))
            named = links(answer) | places(answer)
            outside += [f"{each} on {address}" for each in named if not f"{each}/".startswith(f"{proxied.root}/")]

    assert outside == []
    failed = {address: status for address, status in found.items() if status not in (200, 302, 303, 308, 405)}
    assert failed == {f"{proxied.root}/nope": 404}
    assert len(found) > 60


@pytest.mark.drill
def test_programs_are_given_addresses_below_the_path(proxied: Proxied, snippet: str):
    plain = requests.put(f"{proxied.root}/x.py", data="x = 1\n", timeout=10).text.strip()
    document = requests.get(f"{proxied.root}/api/openapi.json", timeout=10).json()
    made = requests.post(
        f"{document['servers'][0]['url']}/snippets", json={"files": [{"name": "a.py", "code": "y = 1\n"}]}, timeout=10
    ).json()
    shown = requests.get(f"{proxied.root}/oembed", params={"url": made["url"]}, timeout=10).json()

    assert plain.startswith(f"{proxied.root}/")
    assert requests.get(plain, timeout=10).text == "x = 1\n"
    assert document["servers"] == [{"url": f"{proxied.root}/api/v1"}]
    assert [value for name, value in made.items() if name.endswith("url")]
    assert all(value.startswith(f"{proxied.root}/") for name, value in made.items() if name.endswith("url"))
    assert f'src="{proxied.root}/' in shown["html"]
    assert shown["provider_url"] == f"{proxied.root}/"
    outside = made["url"].replace("/paste/", "/")
    assert requests.get(f"{proxied.root}/oembed", params={"url": outside}, timeout=10).status_code == 404


@pytest.mark.drill
def test_a_kept_page_is_dropped_when_its_snippet_changes(proxied: Proxied):
    made = requests.post(f"{proxied.root}/api/v1/snippets", json={"files": [{"code": "first\n"}]}, timeout=10).json()
    work_off("snippets", proxied.env)

    def page() -> requests.Response:
        return requests.get(made["url"], headers=HTML, timeout=10)

    wait_until(lambda: "X-Request-ID" not in page().headers)  # it came from the cache

    requests.patch(
        made["api_url"],
        json={"files": [{"code": "second\n"}]},
        headers={"Authorization": f"Bearer {made['token']}"},
        timeout=10,
    ).raise_for_status()

    assert "second" in page().text


@pytest.mark.drill
def test_a_client_behind_the_proxy_cannot_choose_the_addresses_of_a_page_for_others(proxied: Proxied, snippet: str):
    spoofed = {
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Port": "666",
        "Forwarded": "host=evil.example",
        "X-Script-Name": "/evil",
        "Script-Name": "/evil",
        **HTML,
    }
    for address in (snippet, f"{snippet}/share", f"{proxied.root}/recent", f"{proxied.root}/api/openapi.json"):
        told = requests.get(address, headers=spoofed, timeout=10)
        after = requests.get(address, headers=HTML, timeout=10)

        assert (told.status_code, after.status_code) == (200, 200)
        assert "evil" not in told.text + after.text + json.dumps(dict(told.headers))


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.mark.browser
def test_scripts_ask_below_the_path(proxied: Proxied, page: "Page"):
    page.goto(f"{proxied.root}/")
    with page.expect_response(re.compile(r"/languages\?name=a\.rs$")) as told:
        page.get_by_label("File name").fill("a.rs")
    assert told.value.ok
    page.get_by_label("Code").fill("fn main() {}\n")
    page.get_by_role("button", name="Share").last.click()
    page.wait_for_url(re.compile(re.escape(proxied.root) + "/[A-Za-z0-9_-]{11}$"))
    work_off("snippets", proxied.env)
    page.wait_for_selector(".k, .kd")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
