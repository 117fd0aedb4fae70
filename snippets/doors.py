"""The doors of what only operators see: one password, one token, one count of wrong answers to either."""

from typing import NamedTuple

from redis import Redis

from snippets.attempts import Attempts
from snippets.basic_auth import Door
from snippets.settings import Settings


class Doors(NamedTuple):
    """Who may see what; None: nobody, it is not there."""

    operators: Door | None  # /rq and /ops
    metrics: Door | None  # /metrics, to a program with its own token as well


def doors(settings: Settings, redis: Redis) -> Doors:
    """Return the doors that the settings ask for; nothing is opened yet."""
    attempts = Attempts(redis, "dashboard")
    user, password, token = settings.dashboard_user, settings.dashboard_password, settings.metrics_token
    credentials = None if password is None else f"{user}:{password}"
    return Doors(
        operators=Door(credentials, attempts, realm="Queues") if credentials else None,
        metrics=Door(credentials, attempts, realm="Queues", token=token) if credentials or token else None,
    )
