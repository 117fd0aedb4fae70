"""`bin/audit`: what is made of pip-audit's answers, and of none. The far end is a program that answers as it does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.settings import ROOT

WELL = {"name": "flask", "version": "3.1.3", "vulns": []}
ILL = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"], "aliases": []}]}
UNFOUND = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited: six (1.17.0)"}


def audited(tmp_path: Path, printed: str) -> tuple[int, str]:
    auditor = tmp_path / "pip-audit"
    auditor.write_text(f"#!{sys.executable}\nprint({printed!r})\n")
    auditor.chmod(0o755)
    done = subprocess.run(
        [sys.executable, ROOT / "bin/audit"],
        env={"PIP_AUDIT": str(auditor)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([WELL], 0, "1 packages looked up, 0 vulnerable, 0 not to be found."),
        ([WELL, ILL], 1, "jinja2 2.0: PYSEC-2014-8, mended in 2.7.2"),
        ([WELL, ILL, UNFOUND], 1, "2 packages looked up, 1 vulnerable, 1 not to be found."),
        ([UNFOUND], 2, "Nothing is known of six."),
    ],
    ids=["none", "one", "one, and one unknown", "unknown"],
)
def test_vulnerable_and_unknown_packages_are_told_apart(tmp_path: Path, packages: list[dict], code: int, said: str):
    found, told = audited(tmp_path, json.dumps({"dependencies": packages, "fixes": []}))

    assert found == code
    assert said in told


@pytest.mark.parametrize("printed", ["", "ConnectionError: no service", "[]", "{}"])
def test_it_is_said_plainly_that_nobody_could_be_asked(tmp_path: Path, printed: str):
    code, told = audited(tmp_path, printed)

    assert code == 2
    assert "nothing is known" in told
