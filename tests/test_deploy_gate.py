"""What staging and production take from whoever pushes, by bin/deploy or by git alone: real repositories and hooks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from snippets.settings import ROOT

from processes import environment

pytestmark = pytest.mark.drill
DEPLOY = ROOT / "bin/deploy"
APPROVE = "import sys, pathlib, deploying.approval as it; it.approve(pathlib.Path(sys.argv[1]), *sys.argv[2:])"
TAG = "staging-20260101120000"
LIVE = f"refs/tags/{TAG}:refs/deploy/live"


class Desk:
    """A developer's repository, with its two remotes. No push in these tests gets as far as to run anything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = folder / "desk"
        self.repo.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "operator")
        self.git("config", "user.email", "operator@example.org")
        self.commit("Makefile", "check:\n\t@echo checked\n")
        for role in ("staging", "production"):
            key = folder / "key"
            words = [
                role,
                folder / f"{role}.git",
                "--site",
                folder / role,
                "--key",
                key,
                "--up",
                "http://127.0.0.1:1/up",
            ]
            assert self.deploy("install", *words).returncode == 0
            self.git("remote", "add", role, str(folder / f"{role}.git"))

    def git(self, *words: str) -> str:
        done = self.try_git(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def try_git(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["git", *words]
        return subprocess.run(command, cwd=self.repo, env=environment(), capture_output=True, text=True, check=False)

    def deploy(self, *words: str | Path, typed: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        command = [DEPLOY, *words]
        return subprocess.run(
            command, cwd=self.repo, env=environment(**env), input=typed, capture_output=True, text=True, check=False
        )

    def commit(self, name: str, content: str) -> str:
        (self.repo / name).write_text(content)
        self.git("add", name)
        self.git("commit", "--quiet", "--message", name)
        return self.git("rev-parse", "HEAD")

    def tag(self, name: str = TAG) -> str:
        self.git("tag", "--annotate", "--message", "for the test", name)
        return name

    def approve(self, name: str = TAG, commit: str | None = None, key: str = "key") -> str:
        """Record what staging does once it runs a tag; return the ref."""
        words = [sys.executable, "-c", APPROVE, self.folder / key, name, commit or self.git("rev-parse", "HEAD")]
        subprocess.run(words, cwd=self.repo, env=environment(PYTHONPATH=str(ROOT)), check=True)
        return f"refs/approved/{name}"

    def journal(self, role: str) -> list[dict]:
        path = self.folder / role / "deployments.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Path]:
    """A desk that is set up, and a copy of its folder: each test has it so, at the place that its hooks name."""
    desk = Desk(tmp_path_factory.mktemp("gate"))
    return desk, shutil.copytree(desk.folder, tmp_path_factory.mktemp("copies") / "gate", symlinks=True)


@pytest.fixture
def desk(untouched: tuple[Desk, Path]) -> Desk:
    desk, copy = untouched
    shutil.rmtree(desk.folder)
    shutil.copytree(copy, desk.folder, symlinks=True)
    return desk


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("change", ["changed", "added"])
def test_staging_is_not_given_what_is_in_no_commit(desk: Desk, change: str):
    (desk.repo / ("Makefile" if change == "changed" else "new.py")).write_text("check:\n")

    assert "There are changes that are in no commit" in refusal(desk.deploy("staging"))


def test_staging_is_given_the_main_branch_alone(desk: Desk):
    desk.git("switch", "--quiet", "--create", "feature")

    assert "Staging takes the main branch alone" in refusal(desk.deploy("staging"))


def test_staging_is_not_given_what_fails_its_checks(desk: Desk):
    desk.commit("Makefile", "check:\n\t@exit 1\n")

    assert "The checks have not passed" in refusal(desk.deploy("staging"))
    assert desk.git("tag") == ""


def test_a_commit_without_a_branch_is_not_given_to_staging(desk: Desk):
    desk.git("switch", "--quiet", "--detach")

    assert "Staging takes the main branch alone" in refusal(desk.deploy("staging"))


def test_files_that_git_is_told_not_to_show_are_in_no_commit_either(desk: Desk):
    desk.git("config", "status.showUntrackedFiles", "no")
    (desk.repo / "new.py").touch()

    assert "There are changes that are in no commit" in refusal(desk.deploy("staging"))


def test_who_deploys_says_who_he_is(desk: Desk):
    desk.git("config", "--unset", "user.name")

    assert "git config user.name …" in refusal(desk.deploy("staging", GIT_CONFIG_GLOBAL=os.devnull))
    assert desk.git("tag") == ""


def test_a_commit_that_has_passed_its_checks_is_not_checked_again(desk: Desk):
    desk.commit("Makefile", "check:\n\t@echo checked; exit 1\n")
    desk.deploy("passed")

    done = desk.deploy("staging")

    assert "checked" not in done.stdout
    assert "The checks have not passed" not in done.stderr


def test_checks_of_files_that_are_in_no_commit_say_nothing_of_the_commit(desk: Desk):
    (desk.repo / "Makefile").write_text("check:\n\t@true\n")
    desk.deploy("passed")

    assert desk.git("for-each-ref", "refs/passed") == ""


def test_a_release_that_fails_leaves_no_tag_and_a_line_in_both_journals(desk: Desk):
    """This repository holds no site: what comes first fails."""
    done = desk.deploy("staging")

    assert done.returncode == 1
    assert desk.git("tag") == ""
    assert desk.git("ls-remote", "staging") == ""
    (there,) = desk.journal("staging")
    assert there["by"] == "operator <operator@example.org>"
    assert there["outcome"].startswith("failed: ")
    assert there["commit"] == desk.git("rev-parse", "HEAD")
    (here,) = (json.loads(line) for line in (desk.repo / "var/deployments.log").read_text().splitlines())
    assert (here["where"], here["outcome"], here["by"]) == ("staging", "failed", "operator <operator@example.org>")


def test_production_is_not_given_a_tag_that_staging_has_not_run(desk: Desk):
    desk.tag()

    assert f"Staging has not run {TAG} successfully" in refusal(desk.deploy("production", TAG, typed=f"{TAG}\n"))


@pytest.mark.parametrize("words", [["--force"], ["--yes", TAG], [TAG, "--skip-staging"], ["-f", TAG]])
def test_there_is_no_flag_to_skip_staging(desk: Desk, words: list[str]):
    desk.tag()

    refusal(desk.deploy("production", *words, typed=f"{TAG}\n"))

    assert desk.git("ls-remote", "production") == ""


def test_production_is_not_given_anything_before_the_tag_has_been_typed(desk: Desk):
    desk.tag()
    ref = desk.approve()
    staging = desk.folder / "staging.git"
    for hook in (staging / "hooks").glob("*-receive"):
        hook.unlink()  # so that it takes what we say it has run
    desk.git("push", "--quiet", "staging", "main", TAG, ref)

    for typed in ("yes\n", "\n", ""):
        refusal(desk.deploy("production", typed=typed))

    assert desk.git("ls-remote", "production") == ""
    assert desk.journal("production") == []


@pytest.mark.parametrize(
    ("refs", "says"),
    [
        (["main"], "Production takes tags that staging has run, and not refs/heads/main."),
        ([TAG], f"Staging has not run {TAG} successfully"),
        ([LIVE], f"Staging has not run {TAG} successfully"),
        ([TAG, LIVE], f"Staging has not run {TAG} successfully"),
        (["main:refs/deploy/live"], "Only a tag that bin/deploy made can be run"),
        (["main:refs/notes/x"], "and not refs/notes/x"),
    ],
)
def test_a_plain_push_to_production_gets_past_nothing(desk: Desk, refs: list[str], says: str):
    desk.tag()

    told = refusal(desk.try_git("push", "--force", "production", *refs))

    assert says in told
    assert desk.git("ls-remote", "production") == ""
    assert desk.journal("production")[-1]["outcome"].startswith("refused: ")


def test_an_approval_that_somebody_else_wrote_is_none(desk: Desk):
    desk.tag()
    (desk.folder / "other").write_text("k" * 40)
    ref = desk.approve(key="other")

    told = refusal(desk.try_git("push", "production", TAG, ref, LIVE))

    assert f"The approval of {TAG} is not staging's" in told


def test_an_approval_of_another_commit_is_none(desk: Desk):
    ref = desk.approve(commit=desk.git("rev-parse", "HEAD"))
    desk.commit("more", "1")
    desk.tag()

    told = refusal(desk.try_git("push", "production", TAG, ref, LIVE))

    assert "is of another commit" in told


def test_an_approval_of_another_tag_is_none(desk: Desk):
    other = "staging-20270101120000"
    blob = desk.git("rev-parse", desk.approve())
    desk.tag(other)

    told = refusal(desk.try_git("push", "production", other, f"{blob}:refs/approved/{other}"))

    assert f"The approval of {other} is not staging's" in told


def test_what_is_no_approval_is_refused_in_a_sentence(desk: Desk):
    blob = desk.git("hash-object", "-w", "Makefile")

    told = refusal(desk.try_git("push", "production", f"{blob}:refs/approved/{TAG}"))

    assert f"The approval of {TAG} cannot be read." in told


def test_a_tag_that_staging_has_run_is_taken_stays_and_cannot_be_moved_or_deleted(desk: Desk):
    desk.tag()
    ref = desk.approve()
    desk.git("push", "--quiet", "production", TAG, ref)
    desk.commit("more", "1")
    desk.git("tag", "--force", "--annotate", "--message", "moved", TAG)

    assert f"{TAG} stays what it was." in refusal(desk.try_git("push", "--force", "production", TAG))
    assert "nothing is deleted here" in refusal(desk.try_git("push", "production", "--delete", TAG))


def another_of_that_name(desk: Desk, commit: str) -> str:
    """Return a tag object that says it is TAG, of another commit."""
    tagger = "operator <operator@example.org> 1767268800 +0000"
    text = f"object {commit}\ntype commit\ntag {TAG}\ntagger {tagger}\n\nmoved\n"
    (desk.repo.parent / "object").write_text(text)
    return desk.git("hash-object", "-w", "-t", "tag", str(desk.repo.parent / "object"))


def test_a_tag_cannot_be_run_as_what_it_is_not(desk: Desk):
    """Else staging would restart what it runs by that name, and sign for a commit that it has never run."""
    desk.git("push", "--quiet", "staging", "main", desk.tag())
    moved = another_of_that_name(desk, desk.commit("more", "1"))

    told = refusal(desk.try_git("push", "staging", "main", f"{moved}:refs/deploy/live"))

    assert f"{TAG} stays what it was, and is another commit." in told


def test_what_is_to_be_run_must_be_a_tag_there(desk: Desk):
    desk.tag()

    assert f"{TAG} is not here" in refusal(desk.try_git("push", "staging", "main", LIVE))


def pushed_by_hand(desk: Desk, sha: str, *refs: str) -> str:
    """Send an object to staging as what each ref is to be at, which git would not send; return what is said."""
    pack = subprocess.run(
        ["git", "pack-objects", "--stdout", "-q"], cwd=desk.repo, input=sha.encode(), capture_output=True, check=True
    ).stdout
    asked = [f"{'0' * 40} {sha} {ref}" for ref in refs]
    asked[0] += "\0report-status"
    lines = "".join(f"{len(line) + 5:04x}{line}\n" for line in asked)
    done = subprocess.run(
        ["git-receive-pack", desk.folder / "staging.git"],
        env=environment(),
        input=lines.encode() + b"0000" + pack,
        capture_output=True,
        check=False,
    )
    return (done.stdout + done.stderr).decode(errors="replace")


def test_who_lies_about_what_a_tag_was_moves_it_no_more_than_others(desk: Desk):
    """Git believes whoever pushes what each ref is at, until it sets them: by then a hook has run what it was told."""
    desk.git("push", "--quiet", "staging", "main", desk.tag())
    commit = desk.commit("more", "1")
    desk.git("push", "--quiet", "staging", "main")

    said = pushed_by_hand(desk, another_of_that_name(desk, commit), f"refs/tags/{TAG}", "refs/deploy/live")

    assert f"refs/tags/{TAG} has changed meanwhile" in said
    assert "refs/deploy/live" not in desk.git("ls-remote", "staging")


def test_a_tag_that_lacks_its_lines_is_refused_before_a_hook_reads_it(desk: Desk):
    desk.git("push", "--quiet", "staging", "main")
    (desk.repo.parent / "object").write_text(f"object {desk.git('rev-parse', 'HEAD')}\ntype commit\n")
    maimed = desk.git("hash-object", "-w", "--literally", "-t", "tag", str(desk.repo.parent / "object"))

    said = pushed_by_hand(desk, maimed, "refs/deploy/live")

    assert "unpacker error" in said
    assert "Traceback" not in said


def test_staging_takes_no_tag_of_another_branch(desk: Desk):
    desk.git("switch", "--quiet", "--create", "feature")
    desk.commit("feature", "1")
    desk.tag()

    told = refusal(desk.try_git("push", "staging", "main", TAG, LIVE))

    assert f"{TAG} is not on the main branch" in told


def test_staging_takes_no_other_branch_and_no_approval(desk: Desk):
    ref = desk.approve()

    assert "Staging takes main and its tags" in refusal(desk.try_git("push", "staging", "main:feature"))
    assert "Staging takes main and its tags" in refusal(desk.try_git("push", "staging", f"{ref}:{ref}"))


def test_main_on_staging_goes_forward_only(desk: Desk):
    desk.commit("more", "1")
    desk.git("push", "--quiet", "staging", "main")
    desk.git("reset", "--quiet", "--hard", "HEAD~1")

    assert "main only goes forward." in refusal(desk.try_git("push", "--force", "staging", "main"))


def test_production_without_stagings_key_is_not_set_up(tmp_path: Path, desk: Desk):
    words = ["production", tmp_path / "p.git", "--site", tmp_path / "p", "--key", tmp_path / "missing"]

    assert "bring staging's here" in refusal(desk.deploy("install", *words))


def test_production_goes_back_to_an_earlier_tag_that_staging_has_run(desk: Desk):
    later = "staging-20260102120000"
    for name in (desk.tag(), later):
        if name == later:
            desk.commit("more", "1")
            desk.tag(later)
        desk.git("push", "--quiet", "production", name, desk.approve(name))

    told = refusal(desk.try_git("push", "--force", "production", LIVE))

    # It is let in, and comes to nothing since this repository holds no site.
    assert "Refused" not in told
    assert desk.journal("production")[-1]["outcome"].startswith("failed: ")
    assert desk.journal("production")[-1]["tag"] == TAG
