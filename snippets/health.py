"""`/up`: whether the site can serve, and which of its parts are there."""

import socket
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from snippets.breaker import open_since
from snippets.models import File
from snippets.release import release
from snippets.site import site
from snippets.worker_state import count_workers

health = Blueprint("health", __name__)
PATIENCE = 0.3  # seconds to wait for the highlighter's port


@health.get("/up")
def up() -> tuple[Response, int]:
    """Answer 200 while pastes can be saved and read, 503 when the database is away.

    Redis, a worker and the highlighter are reported only: without them just colours wait, or are plainer.
    """
    database = _database_answers()
    redis, workers = _redis_and_workers()
    parts = {"database": database, "redis": redis, "workers": workers, "highlighter": _highlighter_listens()}
    return jsonify(ok=database, **parts, **release()), 200 if database else 503


def _database_answers() -> bool:
    try:
        with site().sessions() as session:
            session.execute(select(File.id).limit(1))  # a table, for one without them can save nothing
    except SQLAlchemyError:
        return False
    return True


def _redis_and_workers() -> tuple[bool, int]:
    try:
        return True, count_workers(site().redis)
    except RedisError:
        return False, 0


def _highlighter_listens() -> bool | None:
    """Whether something listens there and the breaker is closed; None when no highlighter is configured."""
    if not (address := site().settings.highlighter_url):
        return None
    parts = urlsplit(address)
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        socket.create_connection((parts.hostname or "", port), timeout=PATIENCE).close()
        return open_since(site().redis, site().settings) is None
    except (OSError, UnicodeError):  # the second: a name that no host can have
        return False
    except RedisError:
        return True
