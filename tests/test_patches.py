"""The text form of a comparison, given to the real git."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snippets.changes import changes
from snippets.models import File
from snippets.patches import patch

Folder = dict[str, str]
LONG = "".join(f"line {number}\n" for number in range(40))
CASES: dict[str, tuple[Folder, Folder]] = {
    "two hunks": ({"a.py": LONG}, {"a.py": LONG.replace("line 3\n", "three\n").replace("line 30\n", "")}),
    "no end of line": ({"a": "1\n2"}, {"a": "1\n2\n"}),
    "an end of line taken away": ({"a": "1\n2\n"}, {"a": "1\n2"}),
    "no end of line on either side": ({"a": "1\n2"}, {"a": "3\n2"}),
    "added and deleted": ({"a": "1\n", "b": LONG}, {"a": "1\n", "c": "new"}),
    "renamed": ({"a": "1\n", "b": LONG}, {"a": "1\n", "c": LONG}),
    "renamed and changed": ({"a": "1\n", "b": LONG}, {"a": "1\n", "c": LONG.replace("line 7\n", "x\n")}),
    "names exchanged": ({"a": "1\n", "b": "2\n"}, {"a": "2\n", "b": "1\n"}),
    "odd names": (
        {"a b": "1\n", 'q"uo\\te': "1\n", "é ü": "1\n", "deep/er/x": "1\n"},
        {"a b": "2\n", 'q"uo\\te': "2\n", "é ü": "2\n", "deep/er/y": "1\n"},
    ),
    "a line that looks like a head": ({"a": "-- x\n++ y\n@@ 1\n"}, {"a": "-- y\n++ x\n"}),
    "form feeds and the like": ({"a": "1\x0c2\u2028\r3\n"}, {"a": "1\x0c\u20282\r3\n"}),
}


def revision(folder: Folder) -> list[File]:
    return [
        File(position=position, name=name, language="text", code=code)
        for position, (name, code) in enumerate(folder.items(), start=1)
    ]


def applied(text: str, folder: Folder, where: Path) -> Folder:
    """Return what `git apply` makes of a folder."""
    for name, code in folder.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(code.encode())
    subprocess.run(["git", "init", "-q"], cwd=where, check=True)
    done = subprocess.run(["git", "apply", "-"], cwd=where, input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode() + text
    return {
        path.relative_to(where).as_posix(): path.read_bytes().decode()
        for path in where.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("name", CASES)
def test_git_makes_the_new_revision_of_the_old_one(name: str, tmp_path: Path):
    old, new = CASES[name]

    text = patch(changes(revision(old), revision(new)))

    assert applied(text, old, tmp_path) == new


def test_patch_takes_it_too(tmp_path: Path):
    old, new = CASES["two hunks"]
    (tmp_path / "a.py").write_text(old["a.py"])

    text = patch(changes(revision(old), revision(new)))
    subprocess.run(["patch", "-p1", "-s"], cwd=tmp_path, input=text.encode(), check=True)

    assert (tmp_path / "a.py").read_text() == new["a.py"]


def test_a_rename_and_a_file_left_alone_take_no_hunk():
    text = patch(changes(*map(revision, CASES["renamed"])))

    assert text == "diff --git a/b b/c\nrename from b\nrename to c\n"


def test_files_without_a_name_or_with_the_same_have_paths_of_their_own():
    old = [File(position=n, name=name, language="text", code=f"{n}\n") for n, name in enumerate([None, "a", "a"], 1)]
    new = [File(position=n, name=name, language="text", code=f"{n}!\n") for n, name in enumerate([None, "a", "a"], 1)]

    text = patch(changes(old, new))

    assert [line for line in text.splitlines() if line.startswith("+++")] == ["+++ b/file-1", "+++ b/a", "+++ b/3-a"]


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "}\n", "-x\n", "+x\n", " \n"]), max_size=25)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, LINES, st.booleans(), st.booleans())
def test_git_takes_any_two_texts(tmp_path_factory, a: list[str], b: list[str], ends: bool, still: bool):
    old, new = ({"a": "".join(each) + ("" if whole else "end")} for each, whole in ((a, ends), (b, still)))
    if not (old["a"] and new["a"]) or old == new:
        return

    text = patch(changes(revision(old), revision(new)))

    assert applied(text, old, tmp_path_factory.mktemp("folder")) == new
