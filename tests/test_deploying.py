"""The whole way: main to staging, its tag to production; real hooks run the real release and start the real site."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from snippets.settings import ROOT

from processes import checkout, environment
from servers import Valkey, free_port

pytestmark = pytest.mark.drill


class Place:
    """Staging, or production: a bare repository, the folder of a site, and the site."""

    def __init__(self, desk: "Desk", role: str, database: int) -> None:
        self.role, self.desk = role, desk
        self.folder = desk.folder / role
        self.repo = desk.folder / f"{role}.git"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder.mkdir()
        settings = {
            "PORT": self.port,
            "HIGHLIGHTER_PORT": free_port(),
            "WEB_CONCURRENCY": 1,
            "SITE_ENV": role,
            "SECRET_KEY": "a key for the tests alone",
            "REDIS_URL": f"{desk.valkey.url[:-1]}{database}",
            "CREATE_LIMIT": "off",
        }
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        key = desk.folder / "key"
        words = [role, self.repo, "--site", self.folder, "--key", key, "--up", f"{self.url}/up"]
        desk.deploy("install", *words)
        desk.git("remote", "add", role, str(self.repo))

    def up(self) -> dict:
        answer = requests.get(f"{self.url}/up", timeout=5)
        return {"status": answer.status_code, **answer.json()}

    @property
    def journal(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "deployments.log").read_text().splitlines()]

    def stop(self) -> None:
        """End what runs, as an operator does."""
        if (self.folder / "current").exists():
            command = [self.folder / "current/bin/restart", "--stop"]
            env = environment(RUN_FOLDER=str(self.folder / "var/run"))
            subprocess.run(command, env=env, check=True, timeout=60)


class Desk:
    """A developer's clone of the site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = folder / "desk"
        (folder / "valkey").mkdir()
        self.valkey = Valkey(folder / "valkey")
        self.repo.mkdir()
        checkout(self.repo)
        (self.repo / ".venv").unlink()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "operator")
        self.git("config", "user.email", "operator@example.org")
        self.commit("First")
        self.staging, self.production = Place(self, "staging", 0), Place(self, "production", 1)

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.repo, env=environment(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.deploy("passed")  # as `make check` does when all is well
        return self.git("rev-parse", "HEAD")

    def deploy(self, *words: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.repo / "bin/deploy", *words],
            cwd=self.repo,
            env=environment(SNIPPETS_VENV=str(ROOT / ".venv")),  # so that no packages have to be brought
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def to_staging(self) -> str:
        """Deploy to staging, and return the tag."""
        done = self.deploy("staging")
        assert done.returncode == 0, done.stdout + done.stderr
        (tag,) = re.findall(r"^(staging-\d{14}) runs on staging\.", done.stdout, re.MULTILINE)
        return tag


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("deploying"))
    yield desk
    for place in (desk.staging, desk.production):
        place.stop()
    desk.valkey.stop()


@pytest.fixture(scope="module")
def first(desk: Desk) -> str:
    """A tag that staging and production run."""
    tag = desk.to_staging()
    done = desk.deploy("production", typed=f"{tag}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    return tag


def paste(place: Place) -> str:
    return requests.post(place.url, data=b"x = 1\n", headers={"Content-Type": "text/plain"}, timeout=10).text.strip()


def test_main_goes_to_staging_and_its_tag_to_production_where_the_new_site_serves(desk: Desk, first: str):
    commit = desk.git("rev-parse", "HEAD")

    for place in (desk.staging, desk.production):
        up = place.up()
        assert (up["status"], up["release"], up["commit"]) == (200, first, commit)
        line = place.journal[-1]
        assert (line["tag"], line["commit"], line["outcome"]) == (first, commit, "runs")
        assert line["by"] == "operator <operator@example.org>"
        assert line["at"].startswith("20")
        assert paste(place).startswith(place.url)
    here = [json.loads(line) for line in (desk.repo / "var/deployments.log").read_text().splitlines()]
    assert [(line["where"], line["tag"], line["outcome"]) for line in here] == [
        ("staging", first, "runs"),
        ("production", first, "runs"),
    ]


class Reader(threading.Thread):
    """Reads a page of a place again and again; `wrong` is what it got instead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page, self._gone = page, threading.Event()
        self.wrong: list[str] = []
        self.read = 0

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *how: object) -> None:
        self._gone.set()
        self.join()

    def run(self) -> None:
        while not self._gone.wait(0.05):
            try:
                answer = requests.get(self._page, timeout=20)
            except requests.RequestException as error:
                self.wrong.append(repr(error))
            else:
                self.read += 1
                if answer.text != "x = 1\n":
                    self.wrong.append(f"{answer.status_code} {answer.text}")


@contextmanager
def changed(desk: Desk, name: str, old: str, new: str) -> Iterator[None]:
    """Commit a change, and take it back afterwards in another commit."""
    path = desk.repo / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    desk.commit("Change something")
    yield
    path.write_text(text)
    desk.commit("Take it back")


def test_a_release_that_is_not_well_on_production_is_taken_back_and_nobody_notices(desk: Desk, first: str):
    page = paste(desk.production)
    only_there = 'if site().settings.site_env == "staging" else 503'
    with changed(desk, "snippets/health.py", "if database else 503", only_there):
        second = desk.to_staging()

        with Reader(page) as reader:
            done = desk.deploy("production", typed=f"{second}\n")

    assert done.returncode == 1
    assert f"{second} is not well: {desk.production.url}/up answers 503." in done.stderr
    assert f"{first} runs again." in done.stderr
    up = desk.production.up()
    assert (up["status"], up["release"]) == (200, first)
    assert reader.wrong == []
    assert reader.read > 50
    line = desk.production.journal[-1]
    assert (line["tag"], line["before"]) == (second, first)
    assert line["outcome"].startswith(f"failed: {second} is not well")
    assert second not in desk.git("ls-remote", "production")
    assert (desk.production.folder / "current").readlink() == Path("releases") / first


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("app.py", "import gc\n", "import gc\nimport no_such_module\n", "The restart failed (code 1)."),
        ("Procfile", "release: alembic upgrade head", "release: alembic upgrade nowhere", "The release phase failed"),
    ],
    ids=["does not start", "does not migrate"],
)
def test_what_does_not_get_as_far_leaves_staging_as_it_was_and_no_tag(
    desk: Desk, first: str, name: str, old: str, new: str, says: str
):
    before, tags = desk.staging.up(), desk.git("tag")
    with changed(desk, name, old, new):
        done = desk.deploy("staging")

    assert done.returncode == 1
    assert says in done.stderr
    assert desk.git("tag") == tags
    assert desk.staging.up() == before
    assert desk.staging.journal[-1]["outcome"].startswith("failed: ")


def test_what_production_runs_is_not_run_again(desk: Desk, first: str):
    done = desk.deploy("production", first, typed=f"{first}\n")

    assert f"{first} is what production runs." in done.stderr
