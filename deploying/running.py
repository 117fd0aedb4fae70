"""Runs a release on a server in the place of the one before, and takes it back where it is not well."""

import json
from pathlib import Path

from deploying.gate import Tag
from deploying.git import Refused
from deploying.health import wait_until_well
from deploying.server import Server
from deploying.shell import call, say
from deploying.unpacking import link, prune, unpack

KEEPING = ("Procfile", "bin/keep", "keeping")  # what a restart without an end does not replace


def run(server: Server, tag: Tag) -> None:
    """Have a tag run.

    Raises Refused where it does not come to run well. What ran before then runs on, or again; the migrations stay,
    and it gets along with them: they expand first, and contract in a later release.
    """
    before = server.good()
    folder = unpack(server, tag)
    say("Release phase …")
    call(server, _release_phase(folder), folder, "The release phase failed, and nothing was restarted")
    try:
        _start(server, tag)
    except (Refused, OSError) as failure:
        _take_back(server, tag, before, failure)
    if before and _differ(server.releases / before, folder):
        say("The Procfile or bin/keep has changed, which takes effect once the site is stopped and started.")
    prune(server, {before, tag.name})


def _start(server: Server, tag: Tag) -> None:
    link(server.site / "current", Path("releases") / tag.name)
    say(f"Restarting with {tag.name} …")
    call(server, server.restart, server.site / "current", "The restart failed")
    wait_until_well(server.up, tag)


def _take_back(server: Server, tag: Tag, before: str, failure: Exception) -> None:
    if before in {"", tag.name}:
        raise Refused(f"{failure} Nothing else ran before, so there is nothing to go back to.")
    say(f"{failure} Going back to {before} …")
    told = json.loads((server.releases / before / "RELEASE").read_text())
    try:
        _start(server, Tag(told["tag"], told["commit"]))
    except (Refused, OSError) as second:
        raise Refused(f"{failure} Going back to {before} failed too: {second} See to the site.") from second
    raise Refused(f"{failure} {before} runs again.")


def _release_phase(folder: Path) -> str:
    for line in (folder / "Procfile").read_text().splitlines():
        if line.startswith("release:"):
            return line.removeprefix("release:")
    raise Refused("The Procfile of this tag has no release phase.")


def _differ(one: Path, other: Path) -> bool:
    return any(_content(one / name) != _content(other / name) for name in KEEPING)


def _content(path: Path) -> list[bytes]:
    return [each.read_bytes() for each in sorted(path.glob("*.py"))] if path.is_dir() else [path.read_bytes()]
