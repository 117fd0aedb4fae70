"""What is asked of database and Redis within a context, also by processes that are forked in it: exact anywhere."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import Value
from typing import Any
from unittest.mock import patch

from redis import Redis
from redis.connection import Connection
from sqlalchemy.engine.default import DefaultDialect

OURS = "bench"
Asked = dict[str, int]
STATEMENTS, COMMITS, TRIPS, COMMANDS = KINDS = ("statements", "commits", "round trips to Redis", "commands of Redis")


class Exchanges:
    """Counts while it is `watching`: statements and commits as SQLAlchemy sends them, commands as Redis counts them.

    For Redis a script is one command, and each that it calls another.
    """

    def __init__(self, redis: Redis) -> None:
        """Ask `redis`, whose connection is named OURS, for its counts; these questions are left out."""
        self._redis = redis
        self._counts = {kind: Value("q") for kind in KINDS[:3]}  # in memory that a forked child shares

    def so_far(self) -> Asked:
        """Return what was asked since the beginning."""
        told: dict[str, Any] = self._redis.info("commandstats")  # type: ignore[assignment]
        commands = sum(each["calls"] for name, each in told.items() if name != "cmdstat_info")
        return {kind: count.value for kind, count in self._counts.items()} | {COMMANDS: commands}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what this process asks, and each that it forks."""
        counted = ((Connection, "send_packed_command", TRIPS), (DefaultDialect, "do_commit", COMMITS))
        statements = ((DefaultDialect, f"do_execute{kind}", STATEMENTS) for kind in ("", "many", "_no_params"))
        with ExitStack() as stack:
            for owner, name, kind in (*counted, *statements):
                stack.enter_context(patch.object(owner, name, self._counting(getattr(owner, name), kind)))
            yield

    def _counting(self, method: Callable[..., Any], kind: str) -> Callable[..., Any]:
        """Return the method, counted; SQLAlchemy's own events would make it take more calls ever after."""

        def counting(owner: Any, *args: Any, **kwargs: Any) -> Any:
            if kind != TRIPS or owner.client_name != OURS:
                with (count := self._counts[kind]).get_lock():
                    count.value += 1
            return method(owner, *args, **kwargs)

        return counting

    @contextmanager
    def during(self) -> Iterator[Asked]:
        """Watch, and give what will hold the counts in the end."""
        counted: Asked = {}
        with self.watching():
            before = self.so_far()
            yield counted
            counted |= between(before, self.so_far())


@contextmanager
def at(redis_url: str) -> Iterator[Exchanges]:
    """Give what counts what is asked of this Redis, and of any database."""
    with closing(Redis.from_url(redis_url, client_name=OURS)) as redis:
        yield Exchanges(redis)


def between(before: Asked, after: Asked) -> Asked:
    """Return what was asked between two counts."""
    return {kind: after[kind] - before[kind] for kind in KINDS}
