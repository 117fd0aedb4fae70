"""The command line as a process: in a terminal, in a shell, installed."""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import click
import pytest

from snip.colours import coloured
from snip.command_line import snip as command
from snippets.markup import CLASSES
from snippets.settings import ROOT

CLI = ROOT / "cli"
KNOWN = {"click", "platformdirs", "requests"}


def output(terminal: int) -> str:
    """Return all that a process writes to its terminal."""
    text = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # the process has ended
            return text.decode()
        text += block


@pytest.mark.drill
@pytest.mark.parametrize(("variable", "code"), [({}, "\x1b[94mif\x1b[0m"), ({"NO_COLOR": "1"}, "if")])
def test_a_large_paste_shows_its_progress_and_its_colours_in_the_terminal(snip, snip_site, monkeypatch, variable, code):
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    snip.write("a.py", "if \x1b[2Jx\n" + "#" * 300_000 + "\n")
    ours, theirs = os.openpty()

    process = snip.process("--wait", "a.py", stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    shown = output(ours)
    os.close(ours)

    assert process.communicate()[0].decode() == f"{snip_site.url}/{next(iter(snip_site.snippets))}\n"
    assert re.search(r"Uploading .*100%", shown)
    assert f"{code} ␛[2Jx" in shown
    assert "\x1b[2J" not in shown


def test_raw_text_in_a_terminal_does_not_drive_it(snip, snip_site):
    ours, theirs = os.openpty()

    process = snip.process("get", snip_site.holds("\x1b[2J"), stdout=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)

    assert output(ours) == "␛[2J"
    os.close(ours)
    assert process.wait() == 0


def test_colours_keep_the_text_and_end_with_each_line():
    assert coloured("if x\n\n  y", [("k", 2), ("", 2), ("s", 5)]) == "\x1b[94mif\x1b[0m x\n\n\x1b[32m  y\x1b[0m"
    assert coloured("ab", [("k", 1)]) == "ab"
    assert coloured("ab", [("k", -1), ("", 3)]) == "ab"


@pytest.mark.parametrize("css", sorted(CLASSES))
def test_no_class_breaks_the_colours(css: str):
    assert re.sub(r"\x1b\[\d+m", "", coloured("a\nb", [(css, 3)])) == "a\nb"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(snip, shell: str):
    assert "_SNIP_COMPLETE" in snip("completion", shell).stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [("snip ", "search"), ("snip --bu", "--burn"), ("snip get --f", "--force"), ("snip x --ti", "--title")],
)
def test_commands_and_options_are_completed(monkeypatch, line: str, offered: str):
    from click.shell_completion import BashComplete

    *words, incomplete = line.split(" ")

    completions = BashComplete(command, {}, "snip", "_SNIP_COMPLETE").get_completions(words[1:], incomplete)

    assert offered in [each.value for each in completions]


def test_a_real_bash_completes_commands_and_files(snip):
    snip.write("searchable.txt", "")
    snip.write("snip", f'#!/bin/sh\nexec env PYTHONPATH="{CLI}/src" {sys.executable} -m snip "$@"\n').chmod(0o755)
    script = snip("completion", "bash").stdout
    ask = "complete -p snip >/dev/null; COMP_WORDS=(snip {0}); COMP_CWORD=1; _snip_completion snip {0} snip"
    shell = f'compopt() {{ echo "$@"; }}; PATH="$PWD:$PATH"; {script}\n{ask.format("sea")}; echo "${{COMPREPLY[@]}}"'

    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["-o", "default", "search"]


def options(each: click.Command) -> set[str]:
    nested = each.commands.values() if isinstance(each, click.Group) else []
    own = {name for option in each.params if isinstance(option, click.Option) for name in option.opts}
    return own.union(*(options(child) for child in nested))


def test_the_manual_names_every_command_option_variable_and_exit_code():
    manual = (CLI / "snip.1").read_text().replace("\\-", "-")

    assert [name for name in options(command) if not re.search(rf"(?<![\w-]){name}(?![\w-])", manual)] == []
    assert [name for name in command.commands if f"snip {name}" not in manual] == []
    for name in ("SNIP_URL", "SNIP_TOKEN", "SNIP_PASSWORD", "NO_COLOR", "VISUAL", "EDITOR", *"01234", "130"):
        assert re.search(rf"^\.B {name}$", manual, re.MULTILINE), name


def test_the_manual_is_well_formed():
    for checker in (["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-man", "-ww", "-z"]):
        if shutil.which(checker[0]):
            checked = subprocess.run([*checker, CLI / "snip.1"], check=False, capture_output=True, text=True)
            assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_command_line_knows_nothing_of_the_site_and_needs_three_packages():
    text = "".join(path.read_text() for path in (CLI / "src/snip").glob("*.py"))
    imported = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE))

    assert imported - set(sys.stdlib_module_names) - {"snip"} == KNOWN


@pytest.mark.drill
def test_it_installs_alone_with_pip(tmp_path: Path):
    shutil.copytree(CLI, tmp_path / "cli", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    venv.create(tmp_path / "venv", with_pip=True)
    pip = [tmp_path / "venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]

    subprocess.run([*pip, tmp_path / "cli"], check=True, timeout=300)

    version = subprocess.run([tmp_path / "venv/bin/snip", "--version"], check=True, capture_output=True, text=True)
    assert version.stdout == "snip, version 0.1.0\n"
    assert (tmp_path / "venv/share/man/man1/snip.1").exists()
    assert not list((tmp_path / "venv/lib").glob("*/site-packages/flask"))
