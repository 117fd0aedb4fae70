"""No log holds a secret: the whole site runs with one at each place, while everything is done, and broken."""

import base64
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
import requests
from conftest import migrate
from redis import Redis
from sqlalchemy import create_engine, make_url, text

from snippets.settings import ROOT

from processes import HTML, answers, environment, wait_until
from servers import Valkey, free_port

pytestmark = [pytest.mark.drill, pytest.mark.postgresql]

# Each holds the word, so that a part of one is found as well; none is a word that a log has for another reason.
WORD = "hush"
SECRETS = {
    name: f"{WORD}-{name.lower().replace('_', '-')}-wherever"
    for name in """SECRET_KEY SITE_PASSWORD DASHBOARD_PASSWORD METRICS_TOKEN DATABASE REDIS HIGHLIGHTER SENTRY SMTP
    BEARER X_TOKEN PASTE TITLE FILE TAG SNIPPET_PASSWORD TRIED REPORT ADDRESS QUERY COOKIE COMMAND""".split()
}
BEARER = {"Authorization": f"Bearer {SECRETS['BEARER']}"}


class Site:
    """All processes of the Procfile, writing one log."""

    def __init__(self, folder: Path, database_url: str, valkey: Valkey, log_format: str) -> None:
        with Redis.from_url(valkey.url) as redis:
            redis.config_set("requirepass", SECRETS["REDIS"])
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.folder, self.valkey = folder, valkey
        database = make_url(database_url).set(password=SECRETS["DATABASE"])
        self.env = environment(
            ENV_FILE="/dev/null",
            RUN_FOLDER=str(folder / "run"),
            DATABASE_URL=database.render_as_string(hide_password=False),
            REDIS_URL=f"redis://:{SECRETS['REDIS']}@127.0.0.1:{valkey.port}/0",
            PORT=str(self.port),
            HIGHLIGHTER_URL=f"http://user:{SECRETS['HIGHLIGHTER']}@127.0.0.1:{free_port()}",
            SENTRY_DSN=f"http://{SECRETS['SENTRY'].replace('-', '')}@127.0.0.1:1/1",
            SMTP_URL=f"smtp+starttls://site:{SECRETS['SMTP']}@127.0.0.1:{free_port()}",
            MAIL_FROM="site@example.org",
            OPERATOR_MAIL="operator@example.org",
            MAIL_SHARING="100/day",
            SITE_URL=self.url,
            CLOSED_FOR="create",
            LOG_FORMAT=log_format,
            MISS_LIMIT="off",
            WEB_CONCURRENCY="1",
            **{name: SECRETS[name] for name in ("SECRET_KEY", "SITE_PASSWORD", "DASHBOARD_PASSWORD", "METRICS_TOKEN")},
        )
        self.env["PATH"] = f"{ROOT}/.venv/bin:{self.env['PATH']}"

    def __enter__(self) -> "Site":
        honcho = ["honcho", "start", "-e", os.devnull, "web", "worker", "bulk", "mail", "highlighter"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [ROOT / ".venv/bin" / honcho[0], *honcho[1:]], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        wait_until(lambda: answers(f"{self.url}/up"), 40)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()

    def stop(self) -> None:
        started = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        self.process.wait(30)
        for each in started:
            with suppress(psutil.NoSuchProcess):
                each.kill()

    def command(self, *words: str) -> str:
        """Run one of the commands; what it prints on standard error goes into the log."""
        with self.log.open("a") as log:
            done = subprocess.run(
                [ROOT / ".venv/bin/flask", "snippets", *words],
                cwd=ROOT,
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                timeout=60,
                check=False,
            )
        return done.stdout

    def logged(self, *words: str) -> bool:
        return all(word in self.log.read_text() for word in words)


@pytest.fixture(params=["text", "json"])
def site(request, empty_postgresql: str, tmp_path: Path, own_valkey: Valkey) -> Iterator[Site]:
    migrate(empty_postgresql)
    with Site(tmp_path, empty_postgresql, own_valkey, request.param) as site:
        yield site


def ask(site: Site, path: str, method: str = "GET", **how: object) -> requests.Response:
    return requests.request(method, site.url + path, timeout=20, allow_redirects=False, **how)


def do_everything(site: Site) -> list[str]:
    """Visit every door with a secret in each field; return the secrets that the site made itself."""
    made = [site.command("key", "new", SECRETS["COMMAND"]).strip()]
    browser = requests.Session()
    browser.headers.update(HTML)
    for password in (SECRETS["TRIED"], SECRETS["SITE_PASSWORD"]):
        browser.post(f"{site.url}/enter", data={"password": password}, timeout=20)
    form = {
        "code": f"print('{SECRETS['PASTE']}')\n",
        "title": SECRETS["TITLE"],
        "name": f"{SECRETS['FILE']}.py",
        "tags": SECRETS["TAG"],
        "password": SECRETS["SNIPPET_PASSWORD"],
    }
    page = browser.post(site.url, data=form, timeout=20).url.removeprefix(site.url)
    made += [cookie.value for cookie in browser.cookies]
    browser.post(f"{site.url}{page}/edit", data={**form, "revision": "1", "code": SECRETS["PASTE"]}, timeout=20)
    for password in (SECRETS["TRIED"], SECRETS["SNIPPET_PASSWORD"]):
        ask(site, f"{page}/unlock", "POST", data={"password": password})
        ask(site, f"{page}/raw", headers={"X-Password": password})
    ask(site, page, headers={"Cookie": f"owner={SECRETS['COOKIE']}; entered={SECRETS['COOKIE']}"})
    report = {"reason": SECRETS["REPORT"], "address": f"{SECRETS['ADDRESS']}@example.org"}
    open_page = browser.post(site.url, data={"code": SECRETS["PASTE"], "visibility": "public"}, timeout=20)
    open_path = open_page.url.removeprefix(site.url)
    ask(site, f"{open_path}/report", "POST", data=report)
    browser.post(f"{open_page.url}/mail", data={"to": f"{SECRETS['ADDRESS']}@example.org", "note": SECRETS["REPORT"]})
    for headers in (BEARER, {"X-Token": SECRETS["X_TOKEN"]}, {"Authorization": f"Bearer {made[0]}"}):
        body = {"files": [{"code": SECRETS["PASTE"], "name": SECRETS["FILE"]}], "title": SECRETS["TITLE"]}
        ask(site, "/api/v1/snippets", "POST", json=body, headers=headers)
        ask(site, "/api/v1/snippets?owner=me", headers=headers)
        ask(site, f"/search?q={SECRETS['QUERY']}", headers=headers)
    for user, password in (("admin", SECRETS["TRIED"]), ("admin", SECRETS["DASHBOARD_PASSWORD"]), ("", "x")):
        for path in ("/ops", "/rq/", "/metrics", f"/?note={SECRETS['QUERY']}"):
            ask(site, path, auth=(user, password))
    ask(site, "/metrics", headers={"Authorization": f"Bearer {SECRETS['METRICS_TOKEN']}"})
    ask(site, "/mine/take", "POST", data={"code": SECRETS["TRIED"]})
    ask(site, "/", "POST", data=f"code=%ff{SECRETS['PASTE']}", headers={"Origin": "https://evil.example"})
    ask(site, "/api/v1/snippets", "POST", data=f'{{"files": {SECRETS["PASTE"]}', headers=BEARER)
    return [each for each in made if each]


def break_everything(site: Site) -> None:
    """Take database and Redis away while people go on, so that drivers say what they have to say."""
    engine = create_engine(make_url(site.env["DATABASE_URL"]), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE files RENAME TO elsewhere"))
        do_everything(site)
        connection.execute(text("ALTER TABLE elsewhere RENAME TO files"))
    engine.dispose()
    site.valkey.stop()
    do_everything(site)
    site.command("sweep")
    site.command("doctor")
    site.valkey.start()  # without its password: whoever logs in is refused
    time.sleep(3)
    do_everything(site)


def spelt(secret: str) -> set[str]:
    """Return the forms in which a secret may be somewhere."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        base64.b64encode(b"admin:" + raw).decode(),
        base64.b64encode(raw).decode().rstrip("="),
        raw.hex(),
    }


def test_no_log_of_a_full_run_holds_a_secret(site: Site):
    made = do_everything(site)
    wait_until(lambda: site.logged("served", "done"), 30)
    break_everything(site)
    site.stop()

    log = site.log.read_text()
    assert len(made) == 3, "the key, and two cookies"
    for told in ("the database failed", "served", "/enter", "/unlock"):  # the run got as far as that
        assert told in log
    lines = [line for line in log.splitlines() if WORD in line.lower()]
    assert lines == []
    for secret in (*SECRETS.values(), *made):
        assert [form for form in spelt(secret) if form in log] == []
