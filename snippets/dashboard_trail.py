"""What rq-dashboard's buttons do, in the audit trail: written before it is done, so that nothing is done unrecorded."""

import logging

from flask import Flask, Response, g, request
from sqlalchemy import delete

from snippets.audit import Action, record
from snippets.database import DATABASE_AWAY
from snippets.operator_models import AuditEntry
from snippets.operator_name import operator
from snippets.site import Site, site

log = logging.getLogger(__name__)

BUTTONS = {  # by the endpoint: the action, and what it is done to
    "rq_dashboard.requeue_job_view": (Action.REQUEUE, "{job_id}"),
    "rq_dashboard.delete_job_view": (Action.DELETE_JOB, "{job_id}"),
    "rq_dashboard.requeue_all": (Action.REQUEUE_ALL, "{queue_name}"),
    "rq_dashboard.empty_queue": (Action.EMPTY_QUEUE, "{registry_name} on {queue_name}"),
    "rq_dashboard.compact_queue": (Action.COMPACT_QUEUE, "{queue_name}"),
}
UNRECORDED = "Nothing was done: the database does not answer, and what is done here belongs in the audit trail.\n"


def keep_trail(app: Flask, site: Site) -> None:
    """Have the dashboard record what it does in a site's trail; behind all that may refuse a request before."""
    app.extensions["snippets"] = site
    app.before_request(_write)
    app.after_request(_strike)
    for error in DATABASE_AWAY:
        app.register_error_handler(error, lambda _: Response(UNRECORDED, 503, mimetype="text/plain"))


def _write() -> None:
    # By the endpoint, for one of them answers to GET as well.
    if request.endpoint not in BUTTONS or request.method == "OPTIONS":
        return
    action, subject = BUTTONS[request.endpoint]
    with site().sessions.begin() as session:
        entry = record(session, operator(), action, subject.format(**(request.view_args or {})))
        session.flush()
        g.entry_id = entry.id


def _strike(response: Response) -> Response:
    """Take back what was written of a request that was refused; after an error, something may have been done."""
    if "entry_id" in g and 400 <= response.status_code < 500:
        try:
            with site().sessions.begin() as session:
                session.execute(delete(AuditEntry).where(AuditEntry.id == g.entry_id))
        except DATABASE_AWAY as error:
            log.warning("audit entry %d stays, of what was not done: %s", g.entry_id, type(error).__name__)
    return response
