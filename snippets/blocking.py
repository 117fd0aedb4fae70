"""What an operator keeps out: a content, under whatever name it comes, and a network, which may go on reading."""

import re
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from snippets.audit import Action, By, record
from snippets.models import Snippet, Unwelcome, now
from snippets.networks import network
from snippets.operator_models import BlockedNetwork, Origin
from snippets.refused import Refused
from snippets.unwelcome import digest, welcome

CONTENT, NETWORK = "content", "network"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SNIPPET = re.compile(r"[A-Za-z0-9_-]{11}")


class Target(NamedTuple):
    """What can be blocked: a content by its digest, or a network as ipaddress writes it."""

    kind: str
    value: str


class Block(NamedTuple):
    """A target that is kept out until a moment, or for good (None), and why; `since` None: nobody noted when."""

    target: Target
    until: datetime | None
    note: str | None
    since: datetime | None


def target(session: Session, typed: str) -> Target:
    """Return what was named: a network, an address, a digest, or a snippet for its content. Raises Refused."""
    typed = typed.strip()
    if _DIGEST.fullmatch(typed.lower()):
        return Target(CONTENT, typed.lower())
    if _SNIPPET.fullmatch(typed):
        return content_of(session, typed)
    if "." in typed or ":" in typed:
        return Target(NETWORK, str(network(typed)))
    raise Refused(
        f"“{typed[:60]}” is no network such as 203.0.113.0/24, no id of a snippet, and no SHA-256 of a content.",
        "what",
    )


def content_of(session: Session, snippet_id: str) -> Target:
    """Return what a snippet holds. Raises Refused where there is no such snippet."""
    if (snippet := session.get(Snippet, snippet_id)) is None:
        raise Refused(f"There is no snippet {snippet_id}.", "what", status=404)
    return Target(CONTENT, digest(snippet.files))


def network_of(session: Session, snippet_id: str) -> Target:
    """Return the network from which a snippet was last written. Raises Refused where nobody knows it."""
    if (found := session.scalar(select(Origin.network).where(Origin.snippet_id == snippet_id))) is None:
        raise Refused(
            f"From which network {snippet_id} came is not known: that is kept for 30 days.", "what", status=404
        )
    return Target(NETWORK, found)


def block(session: Session, target: Target, until: datetime | None, by: By) -> None:
    """Keep a target out until a moment, or for good; one that is kept out already from now on until then."""
    if target.kind == NETWORK:
        session.merge(BlockedNetwork(network=target.value, until=until, note=by.note, created_at=now()))
    else:
        session.merge(Unwelcome(digest=target.value, until=until, note=by.note, created_at=now()))
    record(session, by, Action.BLOCK, target.value)


def unblock(session: Session, target: Target, by: By) -> bool:
    """Let a target in again; False when it was not kept out."""
    if target.kind == NETWORK:
        here = delete(BlockedNetwork).where(BlockedNetwork.network == target.value)
        was = session.scalar(here.returning(BlockedNetwork.network)) is not None
    else:
        was = welcome(session, target.value)
    if was:
        record(session, by, Action.UNBLOCK, target.value)
    return was


def blocks(session: Session, most: int | None = None) -> list[Block]:
    """Return what is kept out, networks first, the newest first of each kind; at most so many of each."""
    networks = select(BlockedNetwork).where(_holds(BlockedNetwork.until))
    contents = select(Unwelcome).where(_holds(Unwelcome.until))
    newest_networks = networks.order_by(BlockedNetwork.created_at.desc()).limit(most)
    newest_contents = contents.order_by(Unwelcome.created_at.desc().nulls_last()).limit(most)
    found = [(Target(NETWORK, each.network), each) for each in session.scalars(newest_networks)]
    found += [(Target(CONTENT, each.digest), each) for each in session.scalars(newest_contents)]  # type: ignore[misc]
    return [Block(target, each.until, each.note, each.created_at) for target, each in found]


def _holds(until: Any) -> ColumnElement[bool]:
    return or_(until.is_(None), until > now())
