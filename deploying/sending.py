"""What bin/deploy does here: main goes to staging, and to production what has run there."""

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from deploying.git import APPROVED, LIVE, Refused, git, holds
from deploying.journal import note
from deploying.passing import have_passed, is_clean

JOURNAL = Path("var/deployments.log")


def staging() -> int:
    """Tag the main branch, clean and green, and have staging run it."""
    if git("rev-parse", "--abbrev-ref", "HEAD") != "main":
        raise Refused("Staging takes the main branch alone: git switch main.")
    if not is_clean():
        raise Refused("There are changes that are in no commit: commit them, or put them away.")
    _has_remote("staging")
    commit = git("rev-parse", "HEAD")
    have_passed(commit)
    tag = f"staging-{datetime.now(UTC):%Y%m%d%H%M%S}"
    git("tag", "--annotate", "--message", f"For staging, by {_me()}", tag, commit)
    runs = False
    try:
        runs = _push("staging", tag, "refs/heads/main:refs/heads/main")
    finally:
        if not runs:
            git("tag", "--delete", tag)
    if not runs:
        return 1
    _fetch_approvals()
    if not _is_approved(tag):
        raise Refused(f"{tag} runs on staging, which has not approved it: see its log.")
    print(f"{tag} runs on staging. When it is good: make deploy-production TAG={tag}")
    return 0


def production(tag: str | None) -> int:
    """Have production run a tag that staging has run; the newest where none is named."""
    _has_remote("production")
    _has_remote("staging")
    _fetch_approvals()
    tag = tag or _newest()
    if not _is_approved(tag):
        raise Refused(f"Staging has not run {tag} successfully: production takes nothing else.")
    git("fetch", "--quiet", "staging", f"refs/tags/{tag}:refs/tags/{tag}")
    print(git("log", "--oneline", "--no-decorate", "--max-count=20", tag))
    if input(f"Type the tag to run it on production ({tag}): ").strip() != tag:
        raise Refused("That is not the tag: nothing was done.")
    return 0 if _push("production", tag, f"{APPROVED}{tag}:{APPROVED}{tag}") else 1


def _push(remote: str, tag: str, *more: str) -> bool:
    """Push a tag and have it run, while the server says what it does; write down what came of it."""
    commit, outcome = git("rev-parse", f"{tag}^{{commit}}"), "broken off"
    refs = [*more, f"refs/tags/{tag}:refs/tags/{tag}", f"+{_order(tag, commit)}:{LIVE}"]
    push = ["git", "push", "--quiet", "--atomic", f"--push-option=by={_me()}", remote, *refs]
    try:
        outcome = "failed" if subprocess.run(push, check=False).returncode else "runs"
    except KeyboardInterrupt:
        raise Refused(f"Broken off: {remote} ends what it has begun, and its deployments.log says how.") from None
    finally:
        note(JOURNAL, by=_me(), where=remote, tag=tag, commit=commit, outcome=outcome)
    return outcome == "runs"


def _order(tag: str, commit: str) -> str:
    """Return an object that says which tag is to be run: a new one each time, for git asks no server about an old."""
    head = f"object {commit}\ntype commit\ntag {tag}\ntagger {_me()} {int(time.time())} +0000\n"
    return git("mktag", text=f"{head}\nTo be run\n")


def _me() -> str:
    if missing := [each for each in ("user.name", "user.email") if not holds("config", each)]:
        raise Refused(f"The log is to say who it was: git config {missing[0]} …")
    return f"{git('config', 'user.name')} <{git('config', 'user.email')}>"


def _has_remote(name: str) -> None:
    if not holds("remote", "get-url", name):
        raise Refused(f"There is no remote {name}: git remote add {name} ADDRESS.")


def _fetch_approvals() -> None:
    git("fetch", "--quiet", "--prune", "staging", f"+{APPROVED}*:{APPROVED}*")


def _is_approved(tag: str) -> bool:
    return holds("rev-parse", "--verify", "--quiet", f"{APPROVED}{tag}")


def _newest() -> str:
    found = git("for-each-ref", "--format=%(refname)", APPROVED).split()
    if not found:
        raise Refused("Staging has run nothing yet: make deploy-staging.")
    return max(found).removeprefix(APPROVED)
