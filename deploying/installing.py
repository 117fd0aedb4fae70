"""Sets a server's repository up: a bare one, with hooks whose code no push changes."""

import argparse
import os
import secrets
import shutil
import sys
from pathlib import Path

from deploying.git import Refused, git

OURS = Path(__file__).resolve().parent
HOOK = "#!/bin/sh\nexec '{python}' -I '{code}/bin/deploy' {name}\n"
CONFIG = {
    "receive.fsckObjects": "true",  # what is no whole tag is refused by git, before a hook reads it
    "receive.advertisePushOptions": "true",
    "receive.denyNonFastForwards": "false",  # the hook says what may go back: the running tag, and nothing else
    "receive.denyCurrentBranch": "ignore",
}


def install(words: list[str]) -> int:
    """Make the repository, or set it up anew."""
    given = _options(words)
    repo = Path(given.repo).absolute()
    for folder in (repo, Path(given.site)):
        folder.mkdir(parents=True, exist_ok=True)
    git("init", "--quiet", "--bare", "--initial-branch=main", str(repo))
    told = {f"snippets.{name}": str(getattr(given, name)) for name in ("role", "site", "key", "up", "restart")}
    for name, value in {**CONFIG, **told}.items():
        git("config", name, value, repo=repo)
    _have_key(Path(given.key), given.role)
    code = repo / "snippets"
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(OURS, code / "deploying", ignore=shutil.ignore_patterns("__pycache__"))
    (code / "bin").mkdir()
    shutil.copy(OURS.parent / "bin" / "deploy", code / "bin" / "deploy")
    for name in ("pre-receive", "post-receive"):
        hook = repo / "hooks" / name
        hook.write_text(HOOK.format(python=sys.executable, code=code, name=name))
        hook.chmod(0o755)
    print(f"{repo} takes what bin/deploy {given.role} pushes, and runs it in {given.site}.")
    return 0


def _have_key(key: Path, role: str) -> None:
    if role == "production" and not key.exists():
        raise Refused(f"{key} is missing: bring staging's here, for production takes what that has signed.")
    if not key.exists():
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, f"{secrets.token_urlsafe(48)}\n".encode())
        os.close(descriptor)


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/deploy install", description=__doc__)
    parser.add_argument("role", choices=["staging", "production"])
    parser.add_argument("repo", help="the bare repository to make")
    parser.add_argument("--site", required=True, type=_whole, help="the site's folder: releases, current, var, .env")
    parser.add_argument("--key", required=True, type=_whole, help="the file of the key that both servers hold")
    parser.add_argument("--up", default="http://127.0.0.1:8000/up", help="says whether the site is well (%(default)s)")
    parser.add_argument("--restart", help="the command that restarts it (default: SITE/current/bin/restart --start)")
    given = parser.parse_args(words)
    given.restart = given.restart or f"'{given.site}/current/bin/restart' --start"
    return given


def _whole(path: str) -> Path:
    return Path(path).absolute()
