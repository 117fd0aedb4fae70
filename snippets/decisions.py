"""What an operator decides about a report by a signed link, without his password: whoever has the link may."""

from dataclasses import dataclass

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from snippets import moderation
from snippets.audit import MAIL, Action, By
from snippets.models import Report, Snippet

DAYS = 7  # for which a link is good
ACTIONS = {Action.TAKE_DOWN: moderation.take_down, Action.KEEP: moderation.keep}


@dataclass(frozen=True, slots=True)
class Decision:
    """One of ACTIONS, for one report: not for a later one, even where the database gives that the same id."""

    action: Action
    snippet_id: str
    report_id: int
    reported_at: str


class Decisions:
    """Makes the keys of links and reads them."""

    def __init__(self, secret_key: str) -> None:
        """Sign with the site's key."""
        self._serializer = URLSafeTimedSerializer(secret_key, salt="snippets.decision")

    def key(self, report: Report, action: Action) -> str:
        """Return what a link holds; the report has been flushed."""
        made = self._serializer.dumps([action, report.snippet_id, report.id, report.created_at.isoformat()])
        return str(made)

    def read(self, key: str) -> Decision:
        """Return what a link says. Raises SignatureExpired after DAYS, BadSignature for what is none of ours."""
        action, *which = self._serializer.loads(key, max_age=DAYS * 86400)
        return Decision(Action(action), *which)


def open_case(session: Session, decision: Decision) -> Snippet | None:
    """Return the snippet while there is something to decide; None: somebody has, or it is gone."""
    report = session.get(Report, decision.report_id)
    if report is None or report.created_at.isoformat() != decision.reported_at:
        return None
    snippet = session.get_one(Snippet, report.snippet_id)
    return None if snippet.taken_down_at else snippet


def carry_out(session: Session, decision: Decision) -> bool:
    """Do it, in the audit trail as a link's doing; False where there was nothing to decide any more."""
    if open_case(session, decision) is None:
        return False
    return ACTIONS[decision.action](session, decision.snippet_id, By(MAIL))
