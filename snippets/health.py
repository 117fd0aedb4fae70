"""`/up`: whether the site can serve, and which of its parts are there."""

import socket
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify
from redis import RedisError
from rq import Worker
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from snippets.site import site

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
    return jsonify(ok=database, **parts), 200 if database else 503


def _database_answers() -> bool:
    try:
        with site().sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis_and_workers() -> tuple[bool, int]:
    try:
        return True, Worker.count(connection=site().redis)
    except RedisError:
        return False, 0


def _highlighter_listens() -> bool | None:
    """Whether something listens at the highlighter's address; None when none is configured."""
    if not (address := site().settings.highlighter_url):
        return None
    parts = urlsplit(address)
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        socket.create_connection((parts.hostname or "", port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True
