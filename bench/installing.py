"""What the peers need, brought here: an environment of its own for each from PyPI, and tools by apt as root."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from snippets.settings import ROOT

CACHE = ROOT / "var" / "bench"  # not committed
TOOLS = {"wrk": "wrk", "nginx": "nginx-light"}  # program: Debian's package


def environment(name: str, *packages: str) -> Path:
    """Return the folder of the programs of an environment that holds packages from PyPI; made at its first use."""
    folder = CACHE / name
    done = folder / "installed"
    if not done.exists() or done.read_text() != " ".join(packages):
        print(f"Installing {' and '.join(packages)} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"]
        subprocess.run([*install, *packages], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([folder / "bin/python", "-m", "compileall", "-qq", folder / "lib"], check=False)
        done.write_text(" ".join(packages))
    return folder / "bin"


def version(programs: Path, package: str) -> str:
    """Return the version of a package in an environment."""
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    return next(each.version for each in distributions(name=package, path=[str(packages)]))


def tool(name: str) -> str | None:
    """Return where a program is, installed by apt where that may be done, or None where there is none."""
    if not found_tool(name) and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {TOOLS[name]} …", flush=True)
        for words in (["update"], ["install", "-y", "--no-install-recommends", TOOLS[name]]):
            env = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}  # 1: start no service
            subprocess.run(["apt-get", "-q", *words], env=env, capture_output=True, check=False)
    return found_tool(name)


def found_tool(name: str) -> str | None:
    """Return where a program is; None where there is none."""
    return shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
