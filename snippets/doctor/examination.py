"""All looks, one after the other; what depends on a part that is away is said to be unseen."""

import os
from collections.abc import Callable, Iterator

from dotenv import dotenv_values
from redis import Redis, RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from snippets.database import connect
from snippets.doctor import clock, database, disk, names
from snippets.doctor.finding import Finding, ill, unseen
from snippets.doctor.highlighter import breaker_part, highlighter
from snippets.doctor.mail import mail
from snippets.doctor.redis import redis_parts
from snippets.doctor.workers import worker_parts
from snippets.settings import Settings, SettingsError, env_file

PATIENCE = 3.0  # seconds that Redis is given
LOOKS: tuple[tuple[str, Callable[[Connection], Finding], str], ...] = (
    ("database", database.reachable, "Start it, or see what DATABASE_URL says."),
    ("migrations", database.migrated, "Let the site's user read the table alembic_version."),
    ("writing", database.writable, "Let the site's user write: the file and its folder, or the tables; or make room."),
    ("set-up", database.set_up, "Look at the database's own log."),
    ("clock, database", clock.against_database, "Look at the database's own log."),
)


def examine() -> Iterator[Finding]:
    """Yield what each look finds. Nothing is changed, and nothing of what people shared is read."""
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        yield ill("settings", str(error), "Mend it in the environment or in .env: nothing starts before.")
        return
    yield from names.unknown_names(os.environ, dotenv_values(env_file(os.environ), interpolate=False))
    yield names.secret_key(settings)
    yield disk.disk(settings)
    yield from of_database(settings)
    yield from of_redis(settings)
    yield highlighter(settings)
    yield from mail(settings)


def of_database(settings: Settings) -> Iterator[Finding]:
    """Yield what is found of the database; one look that fails spoils no other, unless nothing answers at all."""
    engine = connect(settings.database_url).kw["bind"]
    try:
        for part, look, mend in LOOKS:
            try:
                with engine.connect() as connection:
                    yield look(connection)
            except (SQLAlchemyError, OSError) as error:
                yield ill(part, f"{_reason(error)}.", mend)
                if look is database.reachable:
                    yield from (unseen(other, "The database does not answer.") for other, *_ in LOOKS[1:])
                    return
    finally:
        engine.dispose()


def of_redis(settings: Settings) -> Iterator[Finding]:
    """Yield what is found of Redis, and of the workers, who are known by it alone."""
    with Redis.from_url(settings.redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as redis:
        try:
            yield from redis_parts(redis)
            yield clock.against_redis(redis)
            yield from worker_parts(redis, settings)
            yield from breaker_part(redis, settings)
        except (RedisError, OSError) as error:
            yield ill("redis", f"{_reason(error)}.", "Start it, or see what REDIS_URL says: colours wait meanwhile.")
            yield unseen("workers", "Redis does not answer.")


def _reason(error: Exception) -> str:
    """Return the first line of what a driver says: no SQL, no value, no password is in it."""
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
