"""What is given for systemd and for containers: none of it can be run here, so linters judge it, and a parser."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import yaml
from real_clients import debian

from snippets.settings import ROOT

from processes import environment, wait_until
from servers import free_port

UNITS = ROOT / "deploy/systemd"
PROCESSES = ["web", "worker", "bulk", "mail", "highlighter"]


def procfile(name: str = "Procfile") -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if not line.startswith("#"))


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as they would be installed, with this checkout in the place of the site's."""
    folder = tmp_path_factory.mktemp("systemd") / "units"
    shutil.copytree(UNITS, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace("/srv/snippets/current", str(ROOT)))
    shutil.copy(folder / "snippets-worker@.service", folder / "snippets-worker@1.service")
    return folder


def analyze(units: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = debian("systemd-analyze", "systemd")
    env = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    return subprocess.run([program, *words], env=env, capture_output=True, text=True, check=False)


def services(units: Path) -> list[str]:
    return sorted(str(path) for path in units.glob("snippets-*.service") if "@." not in path.name)


def test_what_make_run_runs_differs_from_the_procfile_by_its_redis_its_address_and_one_web_process():
    dev, production = procfile("Procfile.dev"), procfile()

    assert dev.pop("redis") == "exec bin/keep --fixed bin/redis"
    assert production.pop("release") == "alembic upgrade head"  # which bin/run does
    production["web"] = production["web"].replace("${WEB_HOST:-0.0.0.0}", "127.0.0.1").replace(":-2}", ":-1}")
    assert dev == production


def test_systemd_finds_nothing_wrong_with_the_units(units: Path):
    done = analyze(units, "verify", *services(units), str(units / "snippets.target"))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_unit_with_a_mistake_in_it_is_found(units: Path, tmp_path: Path):
    copy = shutil.copytree(units, tmp_path / "units")
    web = copy / "snippets-web.service"
    web.write_text(web.read_text().replace("MemoryMax", "MemoryMaximum"))

    assert "MemoryMaximum" in analyze(copy, "verify", str(web)).stderr


@pytest.mark.parametrize("name", [*PROCESSES, "redis"])
def test_a_unit_is_hardened(units: Path, name: str):
    (unit,) = (each for each in services(units) if f"-{name}" in each)

    done = analyze(units, "security", "--offline=true", "--threshold=16", unit)  # of 100, the worst

    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_a_reload_of_the_units_reads_the_settings_anew():
    """What systemd reads into the environment is that of the keeper's start, and would win over the file for ever."""
    common = (UNITS / "snippets-.service.d/common.conf").read_text()

    assert "Environment=ENV_FILE=/srv/snippets/.env\n" in common
    assert [path for path in UNITS.rglob("*") if path.is_file() and "EnvironmentFile=" in path.read_text()] == []


@pytest.mark.parametrize("name", PROCESSES)
def test_a_unit_runs_what_the_procfile_does(name: str):
    (unit,) = UNITS.glob(f"snippets-{name}*.service")
    (started,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)

    assert _kept(started) == _kept(procfile()[name])


@pytest.mark.parametrize("name", PROCESSES)
def test_a_container_runs_what_the_procfile_does(name: str):
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][name]

    assert _kept(" ".join(service["command"])) == _kept(procfile()[name])


def _kept(line: str) -> tuple[list[str], list[str]]:
    """Return what a line keeps and how, apart from where and how often."""
    words = line.split("bin/keep ")[1].split()
    for name in ("--in", "--listen", "--copies"):
        if name in words:
            place = words.index(name)
            del words[place : place + 2]
    return words[: words.index("--notices")], words[words.index("--notices") :]


@pytest.mark.parametrize("name", [*PROCESSES, "redis", "postgres"])
def test_a_container_writes_to_no_disk_but_its_own_gains_nothing_and_is_asked_whether_it_is_well(name: str):
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][name]

    assert service["read_only"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["logging"] == {"driver": "local"}  # which has an end
    assert "healthcheck" in service or service["image"] == "snippets"  # whose Dockerfile has one


def test_the_compose_file_is_one():
    command = [ROOT / ".venv/bin/check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_hadolint_finds_nothing_wrong_with_the_dockerfile():
    done = subprocess.run(
        [ROOT / ".venv/bin/hadolint", "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_holds_what_the_site_is_made_of_and_no_secret():
    """What .dockerignore lets in: it refuses all, and lets in by name."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    let_in = {line[1:] for line in lines if line.startswith("!")}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    at_top = {name.split("/")[0] for name in tracked}
    code = {name.split("/")[0] for name in tracked if name.endswith(".py")}

    assert lines[0] == "*"
    assert let_in <= at_top
    assert {name for name in let_in if name.startswith(".")} == set()
    assert code - let_in <= {"bench", "cli", "deploying", "tests"}
    assert "ENV_FILE=/dev/null" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("SITE_NAME=Mine\n", "127.0.0.1:8000"),
        ("PORT=8123\n", "127.0.0.1:8123"),
        ("WEB_HOST=0.0.0.0  # behind a balancer\n", "0.0.0.0:8000"),
    ],
)
def test_a_site_started_without_systemd_listens_where_its_settings_say_or_at_8000_of_this_machine(
    tmp_path: Path, said: str, place: str
):
    for name in ("bin", "keeping"):
        shutil.copytree(ROOT / name, tmp_path / name)
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(  # what honcho is told, no more
        '#!/bin/sh\nprintf "$WEB_HOST:$PORT" > place.new && mv place.new place\n'
    )
    python.chmod(0o755)
    (tmp_path / ".env").write_text(said)

    subprocess.run([tmp_path / "bin/restart", "--start"], env=environment(), check=True, capture_output=True)
    wait_until((tmp_path / "place").exists)

    assert (tmp_path / "place").read_text() == place


def test_a_site_that_is_started_in_the_folder_of_its_release_follows_the_next_deployment(tmp_path: Path):
    release = tmp_path / "releases/one"
    for name in ("bin", "keeping"):
        shutil.copytree(ROOT / name, release / name)
    (tmp_path / "current").symlink_to("releases/one")
    python = release / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "$KEEP_IN" > place.new && mv place.new place\n')
    python.chmod(0o755)

    subprocess.run(["bin/restart", "--start"], cwd=release, env=environment(), check=True, capture_output=True)
    wait_until((release / "place").exists)

    assert (release / "place").read_text() == f"{tmp_path}/current"


@pytest.mark.drill
@pytest.mark.parametrize(("said", "is_heard"), [({}, True), ({"WEB_HOST": "127.0.0.1"}, False)])
def test_the_web_of_the_procfile_listens_on_all_addresses_or_where_it_is_told_to(
    tmp_path: Path, said: dict[str, str], is_heard: bool
):
    port = free_port()
    line = procfile()["web"].partition(" bin/web")[0]  # what is kept is of no matter
    env = environment(PORT=str(port), RUN_FOLDER=str(tmp_path), **said)
    kept = subprocess.Popen(["sh", "-c", f"{line} sleep 60"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    wait_until(lambda: hears("127.0.0.1", port))

    elsewhere = hears("127.0.0.2", port)

    kept.terminate()
    kept.wait(10)
    assert elsewhere == is_heard


def hears(address: str, port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex((address, port)) == 0
