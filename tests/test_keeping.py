"""What bin/keep promises of the processes that it keeps, and bin/restart of those that it replaces."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from keeping.child import Command
from keeping.record import Record, records
from keeping.slot import Slot
from snippets.settings import ROOT

from processes import environment, migrate, wait_until, work_off
from servers import free_port

pytestmark = pytest.mark.drill

# A kept process: says when it is ready and that it lives, and writes down what happens to it.
KEPT = f"""
import os, signal, sys, threading, time
sys.path.insert(0, {str(ROOT)!r})
from snippets.notices import ALIVE, READY, interval, tell

def note(what):
    with open("diary", "a") as diary:
        diary.write(f"{{os.getpid()}} {{what}}\\n")

def leave(*_):
    note("leaves")
    sys.exit(0)

signal.signal(signal.SIGTERM, leave)
note("starts")
if os.path.exists("broken"):
    sys.exit(5)
time.sleep(2 if os.path.exists("slow") else 0.3)
note("ready")
tell(READY)
while True:
    tell(ALIVE)
    time.sleep(interval() or 1)
"""

Keep = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    """Keep the process above in the test's folder."""
    started: list[subprocess.Popen[str]] = []

    def keep(*options: str, **env: str) -> subprocess.Popen[str]:
        (tmp_path / "kept.py").write_text(KEPT)
        command = [ROOT / "bin/keep", "--notices", *options, sys.executable, "kept.py"]
        env = environment(RUN_FOLDER=str(tmp_path / "run"), **env)
        started.append(subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield keep
    for process in started:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def diary(tmp_path: Path) -> Callable[[str], list[int]]:
    """Return the pids of those to whom something happened, in order."""

    def diary(what: str) -> list[int]:
        path = tmp_path / "diary"
        lines = path.read_text().splitlines() if path.exists() else []
        return [int(line.split()[0]) for line in lines if line.endswith(what)]

    return diary


def restart(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin/restart"],
        env=environment(RUN_FOLDER=str(folder / "run")),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_as_many_processes_run_as_were_asked_for_and_a_dead_one_is_replaced(keep: Keep, diary):
    keep("--copies", "3")
    wait_until(lambda: len(diary("ready")) == 3)
    first = diary("ready")

    os.kill(first[1], signal.SIGKILL)

    wait_until(lambda: len(diary("ready")) == 4)
    assert len(set(diary("ready"))) == 4
    assert psutil.pid_exists(first[0])
    assert psutil.pid_exists(first[2])


def test_a_signal_ends_all_of_them_gracefully(keep: Keep, diary):
    kept = keep("--copies", "3")
    wait_until(lambda: len(diary("ready")) == 3)

    kept.terminate()

    assert kept.wait(10) == 0
    assert sorted(diary("leaves")) == sorted(diary("ready"))


def test_who_does_not_go_when_told_is_killed_after_the_grace(tmp_path: Path):
    script = "trap : TERM; echo > ready; while :; do sleep 0.1; done"
    kept = subprocess.Popen([ROOT / "bin/keep", "--grace", "1", "sh", "-c", script], cwd=tmp_path)
    wait_until((tmp_path / "ready").exists)

    kept.terminate()

    assert kept.wait(20) == 128 + signal.SIGKILL


def test_a_restart_replaces_each_process_once_its_successor_is_ready(keep: Keep, diary, tmp_path: Path):
    keep("--copies", "2")
    wait_until(lambda: len(diary("ready")) == 2)

    done = restart(tmp_path)

    assert done.returncode == 0, done.stderr
    assert "kept.py" in done.stdout
    told = (tmp_path / "diary").read_text().splitlines()
    events = [line.split()[1] for line in told]
    assert events[:4] in (["starts", "starts", "ready", "ready"], ["starts", "ready", "starts", "ready"])
    wait_until(lambda: len(diary("leaves")) == 2)
    assert events[4:6] == ["starts", "ready"]  # and only then does the first leave
    assert set(diary("leaves")) == set(diary("ready")[:2])


def test_what_is_broken_now_takes_nobodys_place(keep: Keep, diary, tmp_path: Path):
    kept = keep()
    wait_until(lambda: len(diary("ready")) == 1)
    (tmp_path / "broken").touch()

    done = restart(tmp_path)

    assert done.returncode == 1
    assert "ended with code 5 before it was ready" in done.stderr
    assert diary("leaves") == []
    assert psutil.Process(kept.pid).children()[0].pid == diary("ready")[0]


def test_what_was_repaired_takes_its_place_at_the_next_restart(keep: Keep, diary, tmp_path: Path):
    keep()
    wait_until(lambda: len(diary("ready")) == 1)
    (tmp_path / "broken").touch()
    restart(tmp_path)
    (tmp_path / "broken").unlink()

    assert restart(tmp_path).returncode == 0

    wait_until(lambda: diary("leaves") == diary("ready")[:1])


def test_a_restart_that_is_asked_for_during_another_ends_with_the_next(keep: Keep, diary, tmp_path: Path):
    """What has come into the folder meanwhile is not what the other has started."""
    keep()
    wait_until(lambda: len(diary("ready")) == 1)
    (tmp_path / "slow").touch()
    command, env = [ROOT / "bin/restart"], environment(RUN_FOLDER=str(tmp_path / "run"))
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as other:
        wait_until(lambda: len(diary("starts")) == 2)

        assert restart(tmp_path).returncode == 0

        assert len(diary("ready")) == 3
        assert other.wait(20) == 0


@pytest.mark.parametrize("words", [["--help"], ["--strat"], ["--stop", "--start"]])
def test_nothing_is_restarted_for_words_that_do_not_mean_it(keep: Keep, diary, tmp_path: Path, words: list[str]):
    keep()
    wait_until(lambda: len(diary("ready")) == 1)

    env = environment(RUN_FOLDER=str(tmp_path / "run"))
    done = subprocess.run([ROOT / "bin/restart", *words], env=env, capture_output=True, text=True, check=False)

    assert "--check" in done.stdout + done.stderr
    assert len(diary("starts")) == 1


def test_a_signal_at_the_moment_at_which_a_keeper_can_be_found_is_not_its_end(tmp_path: Path):
    for number in range(10):
        folder = tmp_path / str(number)
        kept = subprocess.Popen(
            [ROOT / "bin/keep", "sleep", "60"], env=environment(RUN_FOLDER=str(folder)), stdout=subprocess.DEVNULL
        )
        record = folder / f"keep-{kept.pid}"
        while not record.exists():
            pass

        kept.send_signal(signal.SIGUSR1)

        wait_until(lambda kept=kept: psutil.Process(kept.pid).children() or kept.poll() is not None)
        assert kept.poll() is None
        kept.terminate()
        kept.wait(10)


def test_a_keeper_whose_output_nobody_reads_goes_on(tmp_path: Path):
    command = [ROOT / "bin/keep", "--copies", "2", "sleep", "60"]
    kept = subprocess.Popen(command, env=environment(RUN_FOLDER=str(tmp_path)), stdout=subprocess.PIPE)
    keeper = psutil.Process(kept.pid)
    wait_until(lambda: len(keeper.children()) == 2)
    first, second = keeper.children()
    kept.stdout.close()

    first.kill()

    wait_until(lambda: kept.poll() is not None or first not in keeper.children())
    wait_until(lambda: kept.poll() is not None or len(keeper.children()) == 2)
    assert kept.poll() is None
    assert second in keeper.children()
    kept.terminate()
    kept.wait(10)


def test_a_machine_without_room_for_another_process_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    slot = Slot(Command(["sleep", "60"], folder=None, listener=None), 1, said.append)
    with monkeypatch.context() as full:
        full.setattr(os, "fork", no_room)
        slot.look()
    assert slot.child is None
    assert said == ["sleep cannot be started now: Resource temporarily unavailable"]

    wait_until(lambda: slot.look() or slot.child)
    with monkeypatch.context() as full:
        full.setattr(os, "fork", no_room)
        slot.replace()

    assert slot.failed == "no new sleep could be started"
    slot.child.signal(signal.SIGKILL)
    os.waitpid(slot.child.pid, 0)


def no_room() -> int:
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def test_keepers_that_come_and_go_are_no_trouble_to_who_looks_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    gone, wrong = threading.Event(), []

    def look() -> None:
        try:
            while not gone.is_set():
                list(records(str(tmp_path)))
        except (OSError, ValueError) as error:
            wrong.append(error)

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(500):
        monkeypatch.setattr(os, "getpid", lambda number=number: number)
        record = Record(str(tmp_path), "long " * 200)
        record.restarted("because" * number)
        assert (tmp_path / f"keep-{number}").exists()
        record.restarted("")
        assert [each["failed"] for each in records(str(tmp_path))] == [""]
        record.close()
    gone.set()
    looking.join()

    assert wrong == []


def test_where_nothing_runs_a_restart_says_so(tmp_path: Path):
    done = restart(tmp_path)

    assert done.returncode == 1
    assert done.stderr == "Nothing runs here that bin/keep keeps.\n"


def test_who_stops_to_give_signs_of_life_is_killed_and_replaced(keep: Keep, diary):
    keep("--watchdog", "1")
    wait_until(lambda: len(diary("ready")) == 1)

    os.kill(diary("ready")[0], signal.SIGSTOP)

    wait_until(lambda: len(diary("ready")) == 2)
    assert not psutil.pid_exists(diary("ready")[0])


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """A socket to which systemd would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(listening: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listening.recv(4096).decode())
        except BlockingIOError:
            return found


def test_systemd_is_told_when_they_serve_and_that_they_live_and_who_is_stuck_is_replaced(
    keep: Keep, diary, systemd: socket.socket, tmp_path: Path
):
    keep("--copies", "2", NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="2000000")
    wait_until(lambda: len(diary("ready")) == 2)
    told: list[str] = []
    wait_until(lambda: told.extend(heard(systemd)) or told.count("WATCHDOG=1") >= 2)
    assert told[0] == "READY=1"
    assert told.count("READY=1") == 1
    stuck = diary("ready")[0]

    os.kill(stuck, signal.SIGSTOP)

    wait_until(lambda: not psutil.pid_exists(stuck))  # for what systemd is promised, each of them has to keep
    wait_until(lambda: len(diary("ready")) == 3)


def test_systemd_does_not_end_those_that_serve_for_one_that_cannot_be_started(
    keep: Keep, diary, systemd: socket.socket, tmp_path: Path
):
    keep("--copies", "2", NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="2000000")
    wait_until(lambda: len(diary("ready")) == 2)
    (tmp_path / "broken").touch()
    os.kill(diary("ready")[0], signal.SIGKILL)
    wait_until(lambda: len(diary("starts")) > 3)
    heard(systemd)

    told: list[str] = []
    wait_until(lambda: told.extend(heard(systemd)) or told.count("WATCHDOG=1") >= 3)


def test_a_notice_of_somebody_else_is_nobodys(keep: Keep, diary, systemd: socket.socket, tmp_path: Path):
    (tmp_path / "broken").touch()  # so that nothing is ever ready
    kept = keep(NOTIFY_SOCKET=str(tmp_path / "notify"))
    wait_until(lambda: diary("starts"))
    (name,) = {
        line.split()[-1]
        for line in Path("/proc/net/unix").read_text().splitlines()
        if f"@snippets-keep-{kept.pid}-" in line
    }

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"READY=1", "\0" + name[1:])
    time.sleep(0.5)

    assert heard(systemd) == []


def test_connections_wait_for_the_next_process(tmp_path: Path):
    port = free_port()
    serve = (
        "import os, socket; listening = socket.socket(fileno=3); "
        "assert os.environ['LISTEN_PID'] == str(os.getpid()); "
        "connection = listening.accept()[0]; connection.sendall(str(os.getpid()).encode())"
    )
    command = [ROOT / "bin/keep", "--listen", f"127.0.0.1:{port}", sys.executable, "-c", serve]
    env = environment(RUN_FOLDER=str(tmp_path))
    kept = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    wait_until(lambda: _answers(port))

    answers = [_answers(port) for _ in range(3)]  # each process serves one and ends

    kept.terminate()
    kept.wait(10)
    assert all(answers)
    assert len(set(answers)) == 3


def _answers(port: int) -> bytes:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
            return connection.recv(100)
    except ConnectionRefusedError:
        return b""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "say what is to be kept"),
        (["--copies", "0", "true"], "“0” must be a whole number from 1 to 64"),
        (["--listen", "8000", "true"], "“8000” must be like 127.0.0.1:8000"),
        (["--in", "/nowhere", "true"], "there is no folder /nowhere"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(words: list[str], says: str):
    done = subprocess.run([ROOT / "bin/keep", *words], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_port_in_use_is_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [ROOT / "bin/keep", "--listen", f"127.0.0.1:{port}", "true"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert done.stdout == f"bin/keep: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_folder_that_is_a_link_is_looked_up_at_each_start(tmp_path: Path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "current").symlink_to("old")
    script = "pwd -P >> ../seen; sleep 60"
    command = [ROOT / "bin/keep", "--in", tmp_path / "current", "sh", "-c", script]
    kept = subprocess.Popen(command, env=environment(RUN_FOLDER=str(tmp_path / "run")), stdout=subprocess.DEVNULL)
    seen = tmp_path / "seen"
    wait_until(lambda: seen.exists() and seen.read_text())
    (tmp_path / "next").symlink_to("new")
    (tmp_path / "next").rename(tmp_path / "current")

    done = restart(tmp_path)

    kept.terminate()
    kept.wait(10)
    assert done.returncode == 0, done.stderr
    assert [Path(line).name for line in seen.read_text().splitlines()] == ["old", "new"]


def test_whether_all_that_runs_is_ready_can_be_asked(keep: Keep, diary, tmp_path: Path):
    def check() -> tuple[int, str]:
        env = environment(RUN_FOLDER=str(tmp_path / "run"))
        done = subprocess.run([ROOT / "bin/restart", "--check"], env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.partition(": ")[2].strip()

    assert check() == (1, "")
    (tmp_path / "broken").touch()
    keep()
    wait_until(lambda: diary("starts"))
    assert check() == (1, "not ready")
    (tmp_path / "broken").unlink()

    wait_until(lambda: check() == (0, "ready"))


def test_a_worker_says_that_it_is_ready_and_that_it_lives(systemd: socket.socket, tmp_path: Path, redis_url: str):
    migrate(f"sqlite:///{tmp_path}/snippets.db")
    env = environment(
        ENV_FILE="/dev/null",
        DATABASE_URL=f"sqlite:///{tmp_path}/snippets.db",
        REDIS_URL=redis_url,
        NOTIFY_SOCKET=str(tmp_path / "notify"),
    )

    work_off("snippets", env)

    told = heard(systemd)
    assert told[0] == "READY=1"
    assert "WATCHDOG=1" in told
