"""Errors to Sentry: what broke and where, never on what. Imported only where SENTRY_DSN is set."""

import os
from functools import partial
from typing import Any

import sentry_sdk
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from snippets import __version__
from snippets.logs import request_id

PATIENCE = 1  # seconds that a job, or an ending process, waits for its report to be sent
OUR_LOGGERS = ("app", "snippets", "workers")
SENT = frozenset("event_id timestamp level platform logger transaction release environment server_name sdk".split())
SENT_OF_FRAME = frozenset("filename function module lineno in_app pre_context context_line post_context".split())
OFF = {"mode": "off"}
NOTHING: Any = {  # what send_default_pii=False meant, and more, in the words of the SDK that deprecates it
    "user_info": False,
    "cookies": OFF,
    "http_headers": {"request": OFF, "response": OFF},
    "http_bodies": [],
    "url_query_params": OFF,
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}


def start(dsn: str, integration: Integration) -> None:
    """Report this process' errors from now on, and those of its forked children, each by a connection of its own.

    A child that took over its parent's unsent reports would wait for them for ever. Everything that the SDK would
    find in its own environment variables is given here instead, and no integration comes along by itself.
    """
    begin = partial(
        sentry_sdk.init,
        dsn=dsn,
        release=__version__,
        environment="production",
        integrations=[
            integration,
            LoggingIntegration(level=None, sentry_logs_level=None),  # errors, no breadcrumbs
            AtexitIntegration(callback=_wait_in_silence),
            DedupeIntegration(),
            ExcepthookIntegration(),
        ],
        default_integrations=False,
        auto_enabling_integrations=False,
        before_send=without_data,
        data_collection=NOTHING,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        traces_sample_rate=None,
        shutdown_timeout=PATIENCE,
        debug=False,
        keep_alive=False,
        spotlight=False,
    )
    begin()
    os.register_at_fork(after_in_child=begin)


def _wait_in_silence(_pending: int, _seconds: float) -> None:
    """Wait for reports at the end of a process without printing so, as the SDK would."""


def without_data(event: Any, _hint: Any) -> Any:
    """Return what may be sent of an event: names, places in our own source, and the request's id.

    A list of what is let through, not of what is held back. Not among it: messages of exceptions, which may quote
    the text they failed on or an address with a password; the values in log messages; and the request's address,
    since whoever knows a snippet's can read it. The id finds them all in the log.
    """
    sent = {name: value for name, value in event.items() if name in SENT}
    if request := request_id.get():
        sent["tags"] = {"request": request}
    if logged := event.get("logentry"):
        sent["logentry"] = {"message": _template(str(event.get("logger")), logged)}
    if job := event.get("extra", {}).get("rq-job"):
        sent["extra"] = {"job_id": job.get("job_id")}
    exceptions = event.get("exception", {}).get("values", [])
    sent["exception"] = {"values": [_bare(exception) for exception in exceptions]}
    return sent


def _template(logger: str, logged: dict[str, Any]) -> str:
    """Return a message of ours, with %s where its values were; others may have put theirs in before."""
    ours = logger.split(".", maxsplit=1)[0] in OUR_LOGGERS
    return str(logged.get("message")) if ours else f"an error that {logger} logged"


def _bare(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames", [])
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "mechanism": {name: (exception.get("mechanism") or {}).get(name) for name in ("type", "handled")},
        "stacktrace": {"frames": [{name: frame[name] for name in SENT_OF_FRAME & frame.keys()} for frame in frames]},
    }
