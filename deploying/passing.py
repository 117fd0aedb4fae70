"""Which commits have passed all checks: a ref for each, in the repository where they ran."""

import subprocess

from deploying.git import Refused, git, holds

PASSED = "refs/passed/"
CHECKS = ["make", "check"]


def is_clean() -> bool:
    """Whether nothing is changed, added or in the way that the commit does not have."""
    return not git("status", "--porcelain", "--untracked-files=normal")  # whatever his configuration shows


def passed() -> int:
    """Note that the checks have passed; what `make check` ends with. Says nothing of a tree that is not clean."""
    if holds("rev-parse", "--git-dir") and is_clean():
        commit = git("rev-parse", "HEAD")
        git("update-ref", f"{PASSED}{commit}", commit)
    return 0


def have_passed(commit: str) -> None:
    """Return where the checks are known to have passed; else run them. Raises Refused where they do not pass."""
    if holds("rev-parse", "--verify", "--quiet", f"{PASSED}{commit}"):
        return
    print("The checks have not passed for this commit yet: they are run now.", flush=True)
    if subprocess.run(CHECKS, check=False).returncode:
        raise Refused("The checks have not passed: staging takes what is green.")
    if not is_clean() or git("rev-parse", "HEAD") != commit:
        raise Refused("The files have changed while the checks ran.")
    passed()
