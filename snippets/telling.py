"""A report by mail, with the links by which the operator decides."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snippets import letters
from snippets.absolute import absolute
from snippets.audit import Action
from snippets.mail_models import Message
from snippets.messages import Kind, write
from snippets.models import Report, Snippet, now
from snippets.site import site
from snippets.visible import titled

MOST = 100  # messages in a day: a mailbox is not to be filled by whoever has many addresses; /ops has all reports


def tell_operator(session: Session, snippet: Snippet, report: Report) -> Message | None:
    """Write the message in the report's own transaction; None where nobody is to be told, or was often enough."""
    settings = site().settings
    if not (settings.smtp_url and settings.operator_mail) or _have_been_told_enough(session):
        return None
    session.flush()
    letter = letters.report(
        letters.Page(titled(snippet.title, None), absolute("reading.show", snippet_id=snippet.id)),
        reason=report.reason,
        address=report.address,
        take_down=_link(report, Action.TAKE_DOWN),
        keep=_link(report, Action.KEEP),
    )
    return write(session, Kind.REPORT, settings.operator_mail, letter)


def _link(report: Report, action: Action) -> str:
    return absolute("deciding.ask", key=site().decisions.key(report, action))


def _have_been_told_enough(session: Session) -> bool:
    today = Message.kind == Kind.REPORT, Message.created_at > now() - timedelta(days=1)
    return (session.scalar(select(func.count(Message.id)).where(*today)) or 0) >= MOST
