"""The arrows point one way: app → snippets ← workers."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.settings import ROOT


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_the_worker_loads_without_flask():
    script = "import workers.jobs, sys; sys.exit('flask' in sys.modules)"

    assert subprocess.call([sys.executable, "-c", script], cwd=ROOT, env={"ENV_FILE": "/dev/null"}) == 0


def test_a_web_process_loads_neither_the_commands_nor_what_they_alone_need():
    script = "import app, sys; sys.exit(bool({'alembic', 'snippets.commands'} & sys.modules.keys()))"

    assert subprocess.call([sys.executable, "-c", script], cwd=ROOT, env={"ENV_FILE": "/dev/null"}) == 0


@pytest.mark.parametrize("path", sorted((ROOT / "snippets").rglob("*.py")), ids=lambda path: path.name)
def test_the_model_and_its_pages_know_nothing_of_the_workers(path: Path):
    assert imports(path).isdisjoint({"workers", "app"})


def test_mail_leaves_by_one_module_alone():
    ours = [*(ROOT / "snippets").rglob("*.py"), *(ROOT / "workers").rglob("*.py"), ROOT / "app.py"]

    assert [path.name for path in ours if "smtplib" in imports(path)] == ["smtp.py"]


def test_the_highlighter_knows_nothing_of_the_site():
    assert imports(ROOT / "highlighter.py").isdisjoint({"app", "snippets", "workers", "flask"})


@pytest.mark.parametrize(
    "module",
    "settings models database queue languages markup drafts sweep notes logs request_log reports statistics".split(),
)
def test_what_a_worker_may_import_has_no_flask_in_it(module: str):
    assert "flask" not in imports(ROOT / "snippets" / f"{module}.py")


@pytest.mark.parametrize(("module", "ours"), [("markup", set()), ("tracebacks", set()), ("logs", {"snippets"})])
def test_markup_and_logs_need_the_standard_library_alone(module: str, ours: set[str]):
    assert imports(ROOT / "snippets" / f"{module}.py") <= sys.stdlib_module_names | ours


def test_bandit_reads_every_package_that_runs_somewhere():
    sources = re.search(r"^SOURCES := (.*) \$\(shell", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()

    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    assert "snippets" in packages
    assert packages - {*sources} == set()


@pytest.mark.parametrize("document", ["background-jobs.md", "threat-model.md", "upgrades.md"])
def test_the_tests_that_the_documents_name_exist(document: str):
    named = re.findall(r"`(test_\w+)…?`", (ROOT / "docs" / document).read_text())
    tests = sorted((ROOT / "tests").glob("test_*.py"))
    known = [path.stem for path in tests]
    known += re.findall(r"def (test_\w+)", "".join(path.read_text() for path in tests))

    assert len(named) > (0 if document == "upgrades.md" else 15)
    assert [name for name in named if not any(each.startswith(name) for each in known)] == []
