"""The queues as an operator sees them in a terminal."""

import time

from redis import Redis

from snippets import breaker
from snippets.columns import columns
from snippets.database import Sessions
from snippets.ops_figures import duration
from snippets.queue_state import QUEUES, queue_state
from snippets.row_state import row_state
from snippets.settings import Settings
from snippets.worker_state import are_suspended, worker_states

REGISTRIES = ("started", "scheduled", "deferred", "failed")


def queue_table(sessions: Sessions, redis: Redis, settings: Settings) -> str:
    """Return lines of text, without one at the end. Raises RedisError and SQLAlchemyError."""
    rows, since = row_state(sessions), breaker.open_since(redis, settings)
    oldest = f", the oldest for {duration(rows.oldest)}" if rows.oldest else ""
    said = [
        f"pending   {rows.pending} files, {rows.late} for over 30 s{oldest}",
        f"expired   {f'overdue by {duration(rows.overdue)}' if rows.overdue else 'none overdue'}",
        f"breaker   {'closed' if since is None else f'open for {duration(time.time() - since)}'}",
        f"workers   {'suspended' if are_suspended(redis) else 'taking jobs'}",
    ]
    return "\n".join([*said, "", *columns(_queues(redis)), "", *columns(_workers(redis))])


def _queues(redis: Redis) -> list[list[str]]:
    table = [["QUEUE", "WAITING", "OLDEST", *map(str.upper, REGISTRIES)]]
    for state in (queue_state(redis, name) for name in QUEUES):
        counts = (str(state.registries[name]) for name in REGISTRIES)
        table.append([state.name, str(state.depth), duration(state.oldest), *counts])
    return table


def _workers(redis: Redis) -> list[list[str]]:
    table = [["WORKER", "QUEUES", "DOING", "MEMORY", "HEARTBEAT"]]
    for worker in worker_states(redis):
        memory = "–" if worker.memory_mb is None else f"{worker.memory_mb:.0f} MiB"
        doing = worker.job_id or worker.state
        heartbeat = f"{duration(worker.heartbeat)} ago"
        table.append([f"{worker.host} {worker.pid}", ",".join(worker.queues), doing, memory, heartbeat])
    return table if len(table) > 1 else [["no worker gives signs of life"]]
