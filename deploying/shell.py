"""Runs the commands of a deployment on a server, and tells whoever pushed what goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from deploying.git import Refused
from deploying.server import Server, clean_environment

PATIENCE = 1800  # seconds: packages may have to be brought


def say(sentence: str) -> None:
    """Tell whoever pushed; git shows it as the remote's."""
    try:
        print(sentence, flush=True)
    except BrokenPipeError:  # who has left: the journal has it too
        return


def call(server: Server, command: str, folder: Path, failure: str) -> None:
    """Run a command with the site's packages. Raises Refused with `failure` where it fails, and shows what it said."""
    env = clean_environment()
    env |= {"PATH": f"{folder}/.venv/bin:{env['PATH']}", "RUN_FOLDER": f"{server.site}/var/run"}
    shell = ["/bin/sh", "-c", command]
    with subprocess.Popen(
        shell,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            told, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # and what it has started
            raise Refused(f"{failure}: it took longer than {PATIENCE} s.") from None
    if process.returncode:
        sys.stdout.write(told.decode(errors="replace")[-3000:])
        raise Refused(f"{failure} (code {process.returncode}).")
