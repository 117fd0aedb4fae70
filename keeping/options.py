"""What bin/keep is told on its command line."""

import argparse
import os
import re
from collections.abc import Callable


def options(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options and, as `command`, what is to be kept. Ends the process with a sentence for what is wrong."""
    parser = argparse.ArgumentParser(
        prog="bin/keep",
        description="Run a command, and start it again whenever it ends: at once, then after a pause that doubles "
        "while it keeps ending early. SIGTERM, SIGINT and SIGHUP end both, as does the end of whoever started us, or "
        "of the process that KEEP_WHILE names. SIGUSR1, which bin/restart sends, puts a new process in the place of "
        "each: the old one is told to go once the new one says that it is ready.",
    )
    parser.add_argument("--copies", type=_number(1, 64), default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument(
        "--listen", type=_address, metavar="HOST:PORT", help="a socket that all of them inherit as fd 3"
    )
    parser.add_argument("--notices", action="store_true", help="they say when they are ready, as systemd has it")
    parser.add_argument(
        "--watchdog", type=_number(1, 3600), metavar="SECONDS", help="kill who gave signs of life and stops to"
    )
    parser.add_argument(
        "--grace", type=_number(1, 3600), default=150, metavar="SECONDS", help="from SIGTERM to SIGKILL (default: 150)"
    )
    parser.add_argument("--in", dest="folder", metavar="FOLDER", help="where they run; looked up anew at each start")
    parser.add_argument("--fixed", action="store_true", help="what cannot be there twice: bin/restart leaves it alone")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what is kept")
    given = parser.parse_args(words)
    if given.command[:1] == ["--"]:
        del given.command[0]
    if not given.command:
        parser.error("say what is to be kept")
    if given.folder and not os.path.isdir(given.folder):
        parser.error(f"there is no folder {given.folder}")
    return given


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(given: str) -> int:
        if not (given.isdecimal() and least <= int(given) <= most):
            raise argparse.ArgumentTypeError(f"“{given}” must be a whole number from {least} to {most}")
        return int(given)

    return parse


def _address(given: str) -> tuple[str, int]:
    found = re.fullmatch(r"\[?([^\[\]]+?)\]?:(\d{1,5})", given)
    if not found or int(found[2]) > 65535:
        raise argparse.ArgumentTypeError(f"“{given}” must be like 127.0.0.1:8000")
    return found[1], int(found[2])
