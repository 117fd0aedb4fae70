"""Asks git; and the one failure that everything here ends in."""

import subprocess
from pathlib import Path

NOTHING = "0" * 40  # what a hook is told in the place of an object that is not there
APPROVED = "refs/approved/"  # by staging: one for each tag that it has run
LIVE = "refs/deploy/live"  # what runs; pushed to have a tag run


class Refused(Exception):
    """What was asked for is not done, and why: one sentence for whoever asked."""


def git(*words: str, repo: Path | None = None, text: str | None = None) -> str:
    """Return what git says. Raises Refused with its own words where it fails."""
    where = ["-C", str(repo)] if repo else []
    done = subprocess.run(["git", *where, *words], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"git {words[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def holds(*words: str, repo: Path | None = None) -> bool:
    """Whether git answers a question with yes."""
    try:
        git(*words, repo=repo)
    except Refused:
        return False
    return True


def object_at(ref: str) -> str:
    """Return what a ref is at; NOTHING: there is none."""
    return git("rev-parse", ref) if holds("rev-parse", "--verify", "--quiet", ref) else NOTHING


def tag_of(sha: str) -> tuple[str, str]:
    """Return the name and the commit of a tag with a message. Raises Refused for what is none."""
    if git("cat-file", "-t", sha) != "tag":
        raise Refused("Only a tag that bin/deploy made can be run: this one has no message.")
    lines = git("cat-file", "-p", sha).splitlines()
    name = next(line.removeprefix("tag ") for line in lines if line.startswith("tag "))
    return name, git("rev-parse", f"{sha}^{{commit}}")
