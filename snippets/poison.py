"""Texts that took too long: not tried again for a day, whoever pastes them."""

import hashlib
import logging

from redis import Redis, RedisError

log = logging.getLogger(__name__)

DAY = 86400  # seconds


def remember(redis: Redis, language: str, code: str) -> None:
    """Remember that this text took too long in this language. Never raises for Redis' sake."""
    try:
        redis.set(_key(language, code), 1, ex=DAY)
    except RedisError as error:
        log.warning("not remembered: %s", error)


def is_known(redis: Redis, language: str, code: str) -> bool:
    """Whether it was remembered within the day; False when Redis is away."""
    try:
        return bool(redis.exists(_key(language, code)))
    except RedisError:
        return False


def forget(redis: Redis, language: str, code: str) -> None:
    """Have it tried again. Raises RedisError when Redis is away."""
    redis.delete(_key(language, code))


def _key(language: str, code: str) -> str:
    return f"snippets:poison:{language}:{hashlib.sha256(code.encode()).hexdigest()}"
