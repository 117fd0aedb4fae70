"""What a newcomer gets: one command, the whole site, and one clear sentence when something is in the way."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import requests

from snippets.settings import ROOT

from processes import HTML, Run, checkout, environment, wait_until
from servers import Valkey, free_port

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    run = Run(folder)
    run.wait_until_up()
    yield run
    run.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A running site for the tests that leave it as it is."""
    run = Run(checkout(tmp_path_factory.mktemp("site")))
    run.wait_until_up()
    yield run
    run.stop()


def test_one_command_starts_everything_and_the_colours_come_from_the_highlighter(site: Run):
    page = site.paste("def f():\n    return 1\n", language="python")

    site.wait_for_colours(page)
    wait_until(lambda: site.status(page)["engine"] == "http-tokens")  # at once, or on bulk where the machine is busy
    assert '<span class="k">def</span>' in requests.get(page, headers=HTML, timeout=5).text


def test_it_prints_the_addresses_and_a_password_that_opens_the_dashboard(site: Run):
    user, password = re.search(r"user (\S+) +password (\S+)", site.output).groups()

    assert f"Site        {site.url}" in site.output
    assert requests.get(f"{site.url}/rq/", timeout=5).status_code == 401
    page = requests.get(f"{site.url}/rq/", auth=(user, password), timeout=5)
    assert page.status_code == 200
    assert "snippets" in requests.get(f"{site.url}/rq/0/data/queues.json", auth=(user, password), timeout=5).text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_of_unknown_length_over_the_limit_is_refused_and_not_cut(site: Run, kind: str):
    pieces = (b"code=" + b"%0D%0A" * 10_000 for _ in range(200))

    answer = requests.post(site.url, data=pieces, headers={"Content-Type": kind}, allow_redirects=False, timeout=20)

    assert answer.status_code == 413
    assert "at most 1 MiB" in answer.text


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_process(folder: Path, how: signal.Signals):
    run = Run(folder)
    run.wait_until_up()
    processes = run.all_processes()

    run.stop(how)

    gone, alive = psutil.wait_procs(processes, timeout=5)
    assert len(gone) >= 5
    assert alive == []


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL])
def test_what_honcho_started_ends_with_it_when_its_terminal_is_closed_or_it_is_killed(
    folder: Path, how: signal.Signals
):
    run = Run(folder)
    run.wait_until_up()
    processes = run.all_processes()

    psutil.Process(run.process.pid).children()[0].send_signal(how)

    assert run.process.wait(10) != 0
    gone, alive = psutil.wait_procs(processes, timeout=10)
    for process in alive:
        process.kill()
    assert len(gone) >= 5
    assert alive == []


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Keep a shell script going; `started` has a line for each start of it."""
    started: list[subprocess.Popen[str]] = []

    def keep(script: str) -> subprocess.Popen[str]:
        command = [ROOT / "bin/keep", "sh", "-c", f"echo >> started; {script}"]
        started.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True))
        wait_until((tmp_path / "started").exists)
        return started[0]

    yield keep
    for process in started:
        process.kill()
        process.communicate()


def test_a_signal_to_the_keeper_alone_ends_what_it_keeps(keep, tmp_path: Path):
    kept = keep("trap 'echo > told; exit 7' TERM; echo > ready; while :; do sleep 0.1; done")
    wait_until((tmp_path / "ready").exists)

    kept.terminate()

    assert kept.wait(5) == 7
    assert (tmp_path / "told").exists()


def test_a_signal_ends_the_pause_before_the_next_start(keep, tmp_path: Path):
    kept = keep("exit 3")
    wait_until(lambda: len((tmp_path / "started").read_text()) == 4)  # the pause is 1.6 s by now

    kept.terminate()

    assert kept.wait(1) == 3


def test_a_process_that_dies_is_started_again_while_the_others_go_on(run: Run):
    before = {name: run.named(name).children()[0] for name in ("web", "worker", "highlighter", "redis")}

    for process in before.values():
        process.kill()

    wait_until(lambda: run.output.count("it is started again") == 4)
    run.wait_until_up()
    assert run.process.poll() is None
    assert {run.named(name).children()[0].pid for name in before}.isdisjoint(each.pid for each in before.values())
    page = run.paste("def f():\n    return 1\n", language="python")
    run.wait_for_colours(page)
    wait_until(lambda: run.status(page)["engine"] == "http-tokens")  # at once, or on bulk where the machine is busy


def test_a_process_that_keeps_dying_is_given_longer_pauses(tmp_path: Path):
    starts = tmp_path / "starts"
    keep = subprocess.Popen(
        [ROOT / "bin/keep", "sh", "-c", f"date +%s.%N >> {starts}; exit 3"], stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: starts.exists() and len(starts.read_text().split()) >= 4)
    keep.terminate()

    times = [float(line) for line in starts.read_text().split()]
    pauses = [round(later - earlier, 1) for earlier, later in pairwise(times)]
    assert pauses[:3] == pytest.approx([0.2, 0.4, 0.8], abs=0.15)
    assert "sh ended with code 3 after" in keep.communicate(timeout=5)[0]


def test_a_second_start_keeps_the_secrets_random_and_private(run: Run):
    env_file = run.folder / ".env"
    before = env_file.read_text()
    run.stop()

    again = Run(run.folder)
    again.wait_until_up()
    again.stop()

    assert env_file.read_text() == before
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    assert len(re.search(r"SECRET_KEY=(\S+)", before)[1]) >= 40


@pytest.mark.alone
def test_a_second_start_takes_under_five_seconds(run: Run):
    run.stop()
    started = time.monotonic()

    again = Run(run.folder)
    again.wait_until_up()

    took = time.monotonic() - started
    again.stop()
    assert took < 5


def test_a_redis_that_is_there_already_is_used_and_the_log_says_so(folder: Path, tmp_path: Path):
    valkey = Valkey(tmp_path)

    run = Run(folder, REDIS_URL=valkey.url)
    run.wait_until_up()
    run.stop()
    valkey.stop()

    assert f"127.0.0.1:{valkey.port}/0 answers: it is used" in run.output
    assert "redis.1 started" not in run.output


def refusal(folder: Path, **changes: str) -> str:
    """Return what `make run` says when it does not start."""
    run = Run(folder, **changes)
    code = run.process.wait(timeout=20)
    assert code != 0
    assert "Traceback" not in run.output
    return run.output


def test_a_port_in_use_is_named(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert f"Port {port} is in use" in refusal(folder, PORT=port)


def test_a_redis_port_in_use_by_something_else_is_named(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert f"Port {port} is in use by something that is no Redis" in refusal(folder, EMBEDDED_REDIS_PORT=port)


def test_a_stranger_at_the_highlighters_port_is_not_sent_peoples_code(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        output = refusal(folder, HIGHLIGHTER_URL=f"http://127.0.0.1:{port}")

    assert f"Port {port} is in use by something that is no highlighter of ours" in output


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"EMBEDDED_REDIS_PORT": "99999"},
            "EMBEDDED_REDIS_PORT is “99999”: it must be a whole number from 1 to 65535.",
        ),
        ({"WEB_CONCURRENCY": "abc"}, "WEB_CONCURRENCY is “abc”: it must be a whole number from 1 to 64."),
        ({"DATABASE_URL": "sqlite:////proc/x/y.db"}, "The database could not be prepared: "),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL is not shown here: it must be in a file"),
        (
            {"REDIS_URL": "redis://127.0.0.1?socket_timeout=x"},
            "REDIS_URL is not shown here: it must be such as redis://",
        ),
        ({"HIGHLIGHTER_URL": "http://127.0.0.1:99999"}, "an address whose port is a number up to 65535"),
    ],
    ids=lambda each: "".join(each) if isinstance(each, dict) else "",
)
def test_each_bad_start_is_one_sentence(folder: Path, changes: dict[str, str], says: str):
    assert says in refusal(folder, **changes)


def test_one_port_for_two_processes_is_named(folder: Path):
    port = str(free_port())

    assert "PORT and HIGHLIGHTER_URL both say" in refusal(folder, PORT=port, HIGHLIGHTER_URL=f"http://127.0.0.1:{port}")
    assert "PORT and EMBEDDED_REDIS_PORT are both" in refusal(folder, PORT=port, EMBEDDED_REDIS_PORT=port)


def test_a_bad_setting_is_named(folder: Path):
    assert "MAX_FILES is “many”: it must be a whole number from 1 to 1000." in refusal(folder, MAX_FILES="many")


def test_a_redis_that_does_not_answer_is_named_without_its_password(folder: Path):
    output = refusal(folder, REDIS_URL=f"redis://:hush@127.0.0.1:{free_port()}/0")

    assert "nothing answers there" in output
    assert "hush" not in output


def test_a_database_that_does_not_answer_is_named(folder: Path):
    output = refusal(folder, DATABASE_URL=f"postgresql://u:hush@127.0.0.1:{free_port()}/none")

    assert "The database could not be prepared" in output
    assert "hush" not in output


def test_a_python_that_is_too_old_is_named(folder: Path, tmp_path: Path):
    """No old Python is on every machine: one that says it is 3.8 shows the check."""
    script = (folder / "bin/setup").read_text()
    pretend = tmp_path / "setup"
    pretend.write_text(script.replace("import sys\n", "import sys\nsys.version_info = (3, 8, 18)\n", 1))

    told = subprocess.run(
        [sys.executable, str(pretend), "requirements.lock"], capture_output=True, text=True, check=False
    )

    assert told.returncode == 1
    assert "Snippets needs Python 3.11 or later" in told.stderr


def test_a_registry_out_of_reach_is_named(tmp_path: Path):
    bare = checkout(tmp_path)
    (bare / ".venv").unlink()
    nowhere = environment(PIP_INDEX_URL="http://127.0.0.1:1/simple", PIP_CONFIG_FILE=os.devnull, PIP_NO_CACHE_DIR="1")

    told = subprocess.run(
        ["make", "run"], cwd=bare, env=nowhere, capture_output=True, text=True, check=False, timeout=60
    )

    assert told.returncode != 0
    assert "is the package registry within reach?" in told.stderr
