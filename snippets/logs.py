"""The log of every process: one line for each thing that happens, as text or JSON, with the id of its request."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from snippets.tracebacks import bare

FORMATS = ("text", "json")
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def configure(log_format: str) -> None:
    """Write this process' log to stderr in one of FORMATS, unless its root logger has handlers already.

    RQ's loggers then come here too: they bring handlers of their own only where the root has none.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # it names each as it is imported


@contextmanager
def on_behalf_of(request: str | None) -> Iterator[None]:
    """Have everything that is logged and reported inside carry the id of the request that asked for it."""
    token = request_id.set(request)
    try:
        yield
    finally:
        request_id.reset(token)


def fields(**values: Any) -> dict[str, Any]:
    """Return the `extra` of a record: in JSON keys of their own, in text `name=value` behind the message."""
    return {"fields": values}


class BareFormatter(logging.Formatter):
    """Tracebacks without the messages that may quote what somebody pasted."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 — logging's own name
        """Return the traceback, of a library's record too."""
        return bare(ei).rstrip("\n")


class TextFormatter(BareFormatter):
    """`LEVEL logger message`, then the fields, then the request's id where there is one."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 — logging's own name
        """Return the line, without a traceback."""
        behind = [f"{name}={'-' if value is None else value}" for name, value in _fields(record).items()]
        if request := request_id.get():
            behind.append(f"request={request}")
        return " ".join([super().formatMessage(record), *behind])


class JsonFormatter(BareFormatter):
    """One JSON object in one line, whatever the message holds."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; `request` is null for what no request asked for."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_id.get(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return getattr(record, "fields", {})
