"""Messages to be sent by mail: a row each, which one job claims before it sends, so that nothing is sent twice."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from snippets.database import Sessions
from snippets.mail_address import is_address
from snippets.mail_models import Message
from snippets.models import now

# After each attempt that the server did not accept, until the next; after the last the message has failed.
PAUSES = [timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720, 1440)]
EARLY = timedelta(seconds=10)  # that a worker's clock may be behind
LONGEST_SUBJECT = 150  # characters
LONGEST_ERROR = 200


class Kind(StrEnum):
    """What a message is for."""

    REPORT = "report"  # a reader's, to the operator
    SHARE = "share"  # a reader's, to somebody else
    DIGEST = "digest"  # of what failed, to the operator


class State(StrEnum):
    """What is known of a message. From SENT on it stays as it is, but for what an operator says of UNCERTAIN."""

    WAITING = "waiting"
    SENDING = "sending"  # one job has it
    SENT = "sent"  # the server has accepted it
    FAILED = "failed"  # the server has refused it, or could not be had for two days: it is not sent
    UNCERTAIN = "uncertain"  # it may have been accepted, and nobody knows: it is not sent again by itself


class Letter(NamedTuple):
    """What a message says."""

    subject: str
    body: str


class Outcome(NamedTuple):
    """What came of an attempt: WAITING, for another, where the server has certainly not accepted it."""

    state: State
    error: str | None = None


def write(session: Session, kind: Kind, recipient: str, letter: Letter) -> Message:
    """Add a message to a transaction; once that is committed, enqueue it by its id. Raises ValueError: no address."""
    if not is_address(recipient):
        raise ValueError("that is no mail address")
    subject, body = one_line(letter.subject)[:LONGEST_SUBJECT], printable(letter.body)
    message = Message(kind=kind, state=State.WAITING, recipient=recipient, subject=subject, body=body)
    session.add(message)
    session.flush()
    return message


def claim(sessions: Sessions, message_id: int) -> Message | None:
    """Take a message that waits, for this job alone; None: another has it, it has ended, or it is not due yet."""
    here = Message.id == message_id, Message.state == State.WAITING, Message.due_at < now() + EARLY
    taken = {"state": State.SENDING, "claimed_at": now(), "attempts": Message.attempts + 1}
    with sessions.begin() as session:
        return session.scalar(update(Message).where(*here).values(taken).returning(Message))


def settle(sessions: Sessions, message: Message, outcome: Outcome) -> State:
    """Say what came of the attempt that claimed the message; return its state.

    One that was given up meanwhile is put right by who knows better, but never sent again.
    """
    state, error = outcome
    if state == State.WAITING and message.attempts > len(PAUSES):
        state = State.FAILED
    values: dict[str, Any] = {"error": error and one_line(error)[:LONGEST_ERROR]}
    if state == State.WAITING:
        values |= {"state": state, "due_at": now() + PAUSES[message.attempts - 1], "claimed_at": None}
    else:
        values |= ended(state)
    mine = [State.SENDING] if state == State.WAITING else [State.SENDING, State.UNCERTAIN]
    here = Message.id == message.id, Message.attempts == message.attempts, Message.state.in_(mine)
    with sessions.begin() as session:
        session.execute(update(Message).where(*here).values(values))
    return state


def ended(state: State) -> dict[str, Any]:
    """Return what a message becomes that no worker sends again by itself: what nobody needs of it any more goes.

    The text stays of an uncertain one alone, for the operator may have it sent again.
    """
    gone = {State.SENT: ("recipient", "subject", "body"), State.FAILED: ("body",)}.get(state, ())
    return {"state": state, "ended_at": now(), "claimed_at": None, **dict.fromkeys(gone)}


def printable(text: str) -> str:
    """Return a text without what moves the cursor or turns the line, but with its line ends and tabs."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


def one_line(text: str) -> str:
    """Return a text as one line, fit for a header or a table."""
    return " ".join(printable(text).split())
