"""The audit trail: who did what to which snippet, network or queue, when and why, in the transaction that did it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from snippets.operator_models import AuditEntry
from snippets.refused import Refused

COMMAND_LINE = "command line"
MAIL = "link in a mail"
LONGEST_NOTE = 500  # characters
LONGEST_SUBJECT = 200
SIZE = 50  # entries on a page

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Action(StrEnum):
    """What an operator can do, as it is stored in `AuditEntry.action`."""

    TAKE_DOWN = "take-down"
    RESTORE = "restore"
    KEEP = "keep"
    BLOCK = "block"
    UNBLOCK = "unblock"
    NEW_KEY = "new-key"
    REVOKE_KEY = "revoke-key"
    PURGE = "purge"
    REHIGHLIGHT = "rehighlight"
    TRY_AGAIN = "try-again"
    STOP = "stop"
    REQUEUE = "requeue"
    REQUEUE_ALL = "requeue-all"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE_BREAKER = "close-breaker"
    EXPORT = "export"
    IMPORT = "import"
    COPY_DOWN = "copy-down"
    DELETE_JOB = "delete-job"
    EMPTY_QUEUE = "empty-queue"
    COMPACT_QUEUE = "compact-queue"
    CHANGE = "change"
    DELETE = "delete"
    RESTORE_BACKUP = "restore-backup"
    MOVE = "move"
    IT_WAS_SENT = "it-was-sent"
    SEND_AGAIN = "send-again"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, a user name or one of the words above, and why."""

    name: str
    note: str | None = None


def record(session: Session, by: By, action: Action, subject: str | None = None) -> AuditEntry:
    """Note an action, to be committed with it or not at all.

    The subject is what was acted on, by its id, name, digest or network: never code, a password or a token. Of a long
    one its beginning is kept, and of any what can be printed.
    """
    shown = "".join(filter(str.isprintable, subject or ""))[:LONGEST_SUBJECT]
    entry = AuditEntry(actor=by.name, action=action, subject=shown or None, note=by.note)
    session.add(entry)
    return entry


def entries(session: Session, before: int | None = None, action: str | None = None) -> Sequence[AuditEntry]:
    """Return up to SIZE entries older than the entry `before`, the latest first; of one action, or of all."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(SIZE)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    return session.scalars(query).all()


def note(typed: str) -> str | None:
    """Return what was typed as a note; None for nothing. Raises Refused."""
    typed = typed.strip()
    if len(typed) > LONGEST_NOTE:
        raise Refused(
            f"The note has {len(typed):,} characters; at most {LONGEST_NOTE} are kept.",
            "note",
            measured=(LONGEST_NOTE, len(typed)),
        )
    if _CONTROL.search(typed):
        raise Refused("The note holds a control character or a broken one: please remove it.", "note")
    return typed or None
