"""What a server takes: staging new tags of main, production what staging has run; any other push fails."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from deploying import approval
from deploying.git import APPROVED, LIVE, NOTHING, Refused, git, holds, object_at, tag_of
from deploying.server import Server

TAG = re.compile(r"refs/tags/(staging-\d{14})")


class Update(NamedTuple):
    """One line of what pre-receive is told: see githooks(5)."""

    old: str
    new: str
    ref: str


class Tag(NamedTuple):
    """What is to be run."""

    name: str
    commit: str


def judge(server: Server, updates: Sequence[Update]) -> Tag | None:
    """Return what a push asks to be run, None where it asks for nothing. Raises Refused for what must not come in."""
    if gone := [each.ref for each in updates if each.new == NOTHING]:
        raise Refused(f"{gone[0]} stays: nothing is deleted here.")
    if stale := [each.ref for each in updates if each.old != object_at(each.ref)]:
        raise Refused(f"{stale[0]} has changed meanwhile: try again.")
    judge_one = _on_staging if server.role == "staging" else _on_production
    for each in updates:
        judge_one(server, each, updates)
    live = [each for each in updates if each.ref == LIVE]
    return _asked(server, live[0], updates) if live else None


def _asked(server: Server, live: Update, updates: Sequence[Update]) -> Tag:
    """Return the tag that is to be run: what is pushed to LIVE says its name, and its commit must be the tag's."""
    tag = Tag(*tag_of(live.new))
    ref = f"refs/tags/{tag.name}"
    known = next((each.new for each in updates if each.ref == ref), ref)
    if not holds("rev-parse", "--verify", "--quiet", known):
        raise Refused(f"{tag.name} is not here: push the tag as well.")
    if git("rev-parse", f"{known}^{{commit}}") != tag.commit:
        raise Refused(f"{tag.name} stays what it was, and is another commit.")
    if server.current() == server.good() == tag.name:
        raise Refused(f"{tag.name} is what {server.role} runs.")
    return tag


def _on_staging(_server: Server, update: Update, updates: Sequence[Update]) -> None:
    if update.ref == "refs/heads/main":
        if update.old != NOTHING and not holds("merge-base", "--is-ancestor", update.old, update.new):
            raise Refused("main only goes forward.")
    elif update.ref == LIVE or TAG.fullmatch(update.ref):
        tag = _named(update)
        main = next((each.new for each in updates if each.ref == "refs/heads/main"), "refs/heads/main")
        if not holds("merge-base", "--is-ancestor", tag.commit, main):
            raise Refused(f"{tag.name} is not on the main branch, and staging takes that alone.")
    else:
        raise Refused(f"Staging takes main and its tags, and not {update.ref}.")


def _on_production(server: Server, update: Update, updates: Sequence[Update]) -> None:
    if update.ref.startswith(APPROVED):
        name = update.ref.removeprefix(APPROVED)
        approval.check(server.key, update.new, name)
    elif update.ref == LIVE or TAG.fullmatch(update.ref):
        tag = _named(update)
        ref = f"{APPROVED}{tag.name}"
        blob = next((each.new for each in updates if each.ref == ref), "")
        if not blob and not holds("rev-parse", "--verify", "--quiet", ref):
            raise Refused(f"Staging has not run {tag.name} successfully: production takes nothing else.")
        approval.check(server.key, blob or git("rev-parse", ref), tag.name, tag.commit)
    else:
        raise Refused(f"Production takes tags that staging has run, and not {update.ref}.")


def _named(update: Update) -> Tag:
    """Return the tag; it must be named as it says itself, and stay what it was."""
    tag = Tag(*tag_of(update.new))
    named = TAG.fullmatch(update.ref) or TAG.fullmatch(f"refs/tags/{tag.name}")
    if named is None or named[1] != tag.name:
        raise Refused(f"{update.ref} is no tag that bin/deploy made.")
    if update.ref != LIVE and update.old != NOTHING:
        raise Refused(f"{tag.name} stays what it was.")
    return tag
