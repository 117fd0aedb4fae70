"""A release on a server's disk: the files of its tag, with the data, settings and packages that all releases share."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from shlex import quote

from deploying.gate import Tag
from deploying.git import Refused
from deploying.server import Server
from deploying.shell import call, say

CODE = "app.py highlighter.py keeping migrations snippets workers"
KEPT = 5  # releases that stay, for whoever has to go back


def unpack(server: Server, tag: Tag) -> Path:
    """Return the folder of a release, ready to be started."""
    folder = server.releases / tag.name
    if tag.name not in {server.current(), server.good()}:  # which may have processes in it
        shutil.rmtree(folder, ignore_errors=True)
        _extract(tag, folder)
    (folder / "RELEASE").write_text(json.dumps({"tag": tag.name, "commit": tag.commit}) + "\n")
    (server.site / "var").mkdir(exist_ok=True)
    link(folder / "var", Path("../../var"))
    link(folder / ".env", Path("../../.env"))
    _have_packages(server, folder)
    call(server, f".venv/bin/python -m compileall -q {CODE}", folder, "The code cannot be compiled")
    return folder


def link(place: Path, target: Path) -> None:
    """Make a link, or have one lead elsewhere, in one step."""
    new = place.with_name(f"{place.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(place)


def prune(server: Server, used: set[str]) -> None:
    """Delete all but the newest releases and those in use, and environments that no release is left for."""
    newest = sorted(each.name for each in server.releases.iterdir())[-KEPT:]
    for each in server.releases.iterdir():
        if each.name not in {*newest, *used}:
            shutil.rmtree(each, ignore_errors=True)  # what is left decides nothing of a release that runs
    needed = {(each / ".venv").resolve() for each in server.releases.iterdir()}
    for each in server.site.glob("venvs/*"):
        if each.is_dir() and each.resolve() not in needed:
            shutil.rmtree(each, ignore_errors=True)


def _extract(tag: Tag, folder: Path) -> None:
    folder.mkdir(parents=True)
    # Not tarfile: what makes it safe came with Python 3.11.4, and Debian 12 has 3.11.2.
    with subprocess.Popen(["git", "archive", tag.commit], stdout=subprocess.PIPE) as archive:
        unpacked = subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=False)
    if archive.returncode or unpacked.returncode or not (folder / "requirements.lock").exists():
        raise Refused(f"{tag.name} cannot be unpacked.")


def _have_packages(server: Server, folder: Path) -> None:
    """Link the environment that holds what the lock file names; one that is not there yet is made."""
    if given := os.environ.get("SNIPPETS_VENV"):
        link(folder / ".venv", Path(given))
        return
    lock = (folder / "requirements.lock").read_bytes() + sys.version.encode()
    venv = server.site / "venvs" / hashlib.sha256(lock).hexdigest()[:16]
    venv.parent.mkdir(exist_ok=True)
    say("Packages …")
    command = f"SNIPPETS_VENV={quote(str(venv))} {quote(sys.executable)} bin/setup requirements.lock"
    call(server, command, folder, "There are no packages")
    link(folder / ".venv", venv)
