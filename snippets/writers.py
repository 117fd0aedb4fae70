"""Who may write, as far as that depends on where he writes from, and where that was."""

from flask import request
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from snippets.networks import truncated
from snippets.operator_models import Origin
from snippets.refused import Refused
from snippets.site import site

_NEW = insert(Origin.__table__)  # type: ignore[arg-type]  # no object is made for a row that nobody reads here


def refuse_blocked() -> None:
    """Raise Refused, with 403, for who writes from a network that is blocked; he may read all the same."""
    blocked = site().blocked.holding(request.remote_addr or "")
    if blocked is None:
        return
    until = f"until {blocked.until:%-d %B %Y, %H:%M} UTC" if blocked.until else "for good"
    contact = site().settings.contact
    ask = f"the operator of this site: {contact}" if contact else "the operator of this site"
    raise Refused(
        f"Your network, {blocked.network}, is blocked {until} because of what came from it: nobody can share, change or"
        f" report anything from there. Reading goes on. If you think that it should not be blocked, ask {ask}.",
        status=403,
    )


def note_origin(session: Session, snippet_id: str, *, again: bool = False) -> None:
    """Keep for a while from which network a snippet is written, so that it can be blocked; `again`: by an edit."""
    if again:
        session.execute(delete(Origin).where(Origin.snippet_id == snippet_id))
    if site().settings.keep_networks and (network := truncated(request.remote_addr or "")):
        session.connection().execute(_NEW, {"snippet_id": snippet_id, "network": network})
