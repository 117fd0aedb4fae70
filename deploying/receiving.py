"""The hooks of a server's repository: what is pushed is judged and run before git takes it, and approved after."""

import getpass
import os
import signal
import sys
import time

from deploying.approval import approve
from deploying.gate import Tag, Update, judge
from deploying.git import LIVE, Refused, tag_of
from deploying.journal import note
from deploying.running import run
from deploying.server import Server, server
from deploying.shell import say
from deploying.under_way import UnderWay, alone


def pre_receive() -> int:
    """Take a push, or refuse all of it: a tag that does not come to run well is not taken."""
    for number in (signal.SIGHUP, signal.SIGINT):  # what has begun is ended, whoever still listens
        signal.signal(number, signal.SIG_IGN)
    here, updates = server(), _updates()
    who = {"by": _said("by"), "as": getpass.getuser(), "from": os.environ.get("SSH_CONNECTION", "here").split()[0]}
    try:
        with alone(here, who) as under_way:
            tag = judge(here, updates)
            return _run(here, tag, who, under_way) if tag else 0
    except Refused as refusal:
        note(here.journal, **who, pushed=[each.ref for each in updates], outcome=f"refused: {refusal}")
        say(f"Refused: {refusal}")
        return 1


def post_receive() -> int:
    """Approve on staging what has come to run there."""
    here, updates = server(), _updates()
    for each in updates:
        if each.ref == LIVE and here.role == "staging":
            approve(here.key, *tag_of(each.new))
    return 0


def _run(here: Server, tag: Tag, who: dict[str, str], under_way: UnderWay) -> int:
    began, before, outcome = time.monotonic(), here.current(), "runs"
    what = {"tag": tag.name, "commit": tag.commit, "before": before}
    under_way.begin(**who, **what)
    try:
        run(here, tag)
    except (Refused, OSError) as failure:
        outcome = f"failed: {failure}"
    note(here.journal, **who, **what, outcome=outcome, seconds=round(time.monotonic() - began, 1))
    under_way.end()
    say(f"{tag.name} {outcome}")
    return 0 if outcome == "runs" else 1


def _updates() -> list[Update]:
    return [Update(*line.split(maxsplit=2)) for line in sys.stdin.read().splitlines()]


def _said(name: str) -> str:
    """Return what whoever pushed said of himself: nobody has checked it."""
    options = (
        os.environ.get(f"GIT_PUSH_OPTION_{n}", "") for n in range(int(os.environ.get("GIT_PUSH_OPTION_COUNT", "0")))
    )
    return next((each.removeprefix(f"{name}=")[:200] for each in options if each.startswith(f"{name}=")), "")
