"""The log of a site whose output no system takes: it has an end, and no line is lost for it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from keeping.logged import KEPT, LARGEST, Log
from snippets.settings import ROOT

from processes import environment, wait_until

LOUD = """
import sys, time
for number in range(int(sys.argv[1])):
    print(number, "x" * 10_000, flush=True)
print("done", file=sys.stderr)
time.sleep(60)
"""


def files(log: Path) -> list[Path]:
    """What there is of a log, the oldest first."""
    return sorted(log.parent.glob(f"{log.name}*"), key=lambda each: -int(each.suffix[1:]) if each != log else 1)


def text(log: Path) -> str:
    return "".join(each.read_text() for each in files(log))


def say(log: Log, *lines: object) -> None:
    for line in lines:
        print(line, file=log, flush=True)


def test_a_full_file_is_kept_beside_the_new_one_and_no_line_is_lost_or_torn(tmp_path: Path):
    path = tmp_path / "site.log"

    say(Log(str(path), largest=100), *(f"line {number}" for number in range(40)))

    assert text(path).splitlines() == [f"line {number}" for number in range(40)]
    assert len(files(path)) > 3
    assert all(each.stat().st_size <= 100 and each.read_text().endswith("\n") for each in files(path))


def test_only_so_many_full_files_are_kept(tmp_path: Path):
    path = tmp_path / "site.log"

    say(Log(str(path), largest=100, kept=2), *(f"line {number}" for number in range(1000)))

    assert text(path).splitlines()[-1] == "line 999"


def test_a_site_that_starts_again_goes_on_in_its_log(tmp_path: Path):
    path = tmp_path / "site.log"
    say(Log(str(path), largest=100), "x" * 60)

    say(Log(str(path), largest=100), "y" * 60)

    assert [each.read_text() for each in files(path)] == ["x" * 60 + "\n", "y" * 60 + "\n"]


def test_nobody_else_reads_a_log_not_even_one_that_was_made_for_all(tmp_path: Path):
    path = tmp_path / "site.log"
    path.write_text("from before\n")
    path.chmod(0o644)

    say(Log(str(path), largest=20), "one", "a second", "a third")

    assert len(files(path)) == 2
    assert {stat.S_IMODE(each.stat().st_mode) for each in files(path)} == {0o600}


def test_a_log_that_leads_to_a_device_leaves_it_as_it_is(tmp_path: Path):
    ours, device = os.openpty()
    os.fchmod(device, 0o666)
    (tmp_path / "site.log").symlink_to(os.ttyname(device))

    say(Log(str(tmp_path / "site.log")), "one")

    assert stat.S_IMODE(os.fstat(device).st_mode) == 0o666
    assert os.read(ours, 100) == b"one\r\n"


def test_a_line_that_is_longer_than_a_file_is_written_whole(tmp_path: Path):
    path = tmp_path / "site.log"

    say(Log(str(path), largest=10), "x" * 50, "a\udc80ä")

    assert text(path) == "x" * 50 + "\na?ä\n"


def test_a_full_disk_ends_no_site_and_what_was_left_out_is_said(tmp_path: Path):
    path = tmp_path / "site.log"
    script = f"""
import resource, sys
sys.path.insert(0, {str(ROOT)!r})
from keeping.logged import Log
log = Log({str(path)!r})
for number in range(5):
    print(f"line {{number}}", file=log, flush=True)
    if number in (1, 3):
        resource.setrlimit(resource.RLIMIT_FSIZE, (10 if number == 1 else -1, -1))
print("the end", file=log, flush=True)
"""

    subprocess.run([sys.executable, "-c", script], check=True)

    assert path.read_text().splitlines() == [
        "line 0",
        "line 1",
        "",
        "2 lines could not be written here.",
        "line 4",
        "the end",
    ]


def test_a_folder_in_which_nothing_can_be_renamed_costs_the_limit_and_no_line(tmp_path: Path):
    path = tmp_path / "site.log"
    log = Log(str(path), largest=20, kept=1)
    (tmp_path / "site.log.1").mkdir()
    (tmp_path / "site.log.1" / "x").touch()

    say(log, *range(30))

    assert path.read_text().splitlines() == [str(number) for number in range(30)]


@pytest.mark.drill
def test_what_honchos_processes_say_is_in_the_limited_log_and_all_of_it(tmp_path: Path):
    path, lines, before = tmp_path / "site.log", 3500, tmp_path / "before"
    (tmp_path / "loud.py").write_text(LOUD)
    (tmp_path / "Procfile").write_text(f"loud: {sys.executable} {tmp_path}/loud.py {lines}\n")
    command = [sys.executable, "-m", "keeping.logged", path, "start", "-e", os.devnull, "-f", tmp_path / "Procfile"]
    with before.open("wb") as file:
        site = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=file, stderr=file)
    try:
        wait_until(lambda: "| done" in text(path)[-200:], 60)
    finally:
        site.terminate()
        site.wait(20)

    found = [line.split(" | ")[1].split()[0] for line in text(path).splitlines() if "xxx" in line]
    assert found == [str(number) for number in range(lines)]
    assert 3 <= len(files(path)) <= KEPT + 1
    assert all(each.stat().st_size <= LARGEST for each in files(path))
    assert before.read_text() == ""
