"""How long a rung of the ladder may take while other people's files may be waiting behind this one."""

from collections.abc import Callable
from dataclasses import dataclass

from redis import RedisError
from rq import Queue
from rq.job import Job

from snippets.lanes import BULK
from snippets.worker_state import count_workers

LOOK = 0.05  # seconds between two looks at whether anybody waits
USUAL = 0.2  # seconds for one rung, of two
LEAST = 0.05  # seconds: several times what a usual file takes
CROWD = 10  # jobs that wait: with more of them each file gets less, a large one too: sixty of poison are through in 6 s
ALONE = 0.3  # seconds, where nobody goes on with what takes longer
PER_MEBIBYTE = 1.0  # seconds more: a large file is slow without being poison
ALONE_PER_MEBIBYTE = 3.0  # seconds more, where it would end plain: Pygments needs half of that on a slow machine


@dataclass(frozen=True, slots=True)
class Patience:
    """So many seconds, and then as long as `others_wait` says False; without it, no longer: somebody else goes on."""

    seconds: float
    others_wait: Callable[[], bool] | None = None

    @property
    def hands_over(self) -> bool:
        """Whether somebody else goes on with what takes longer."""
        return self.others_wait is None

    def is_over(self) -> bool:
        """Whether a rung that has had its seconds must give way now."""
        return self.others_wait is None or self.others_wait()


def patience_for(size: int, job: Job) -> Patience:
    """Return how long a rung of this job may take for a text of so many characters. Raises RedisError.

    It hands over to the worker on bulk, sooner in a crowd; where there is none, it lasts until somebody waits.
    """
    queue = Queue(job.origin, connection=job.connection)
    if not count_workers(job.connection, BULK):
        return Patience(ALONE + ALONE_PER_MEBIBYTE * size / 2**20, lambda: _waiting(queue) > 0)
    share = min(1, CROWD / max(1, _waiting(queue)))
    return Patience(max(LEAST, share * (USUAL + PER_MEBIBYTE * size / 2**20)))


def _waiting(queue: Queue) -> int:
    """Return how many jobs wait; none while Redis is away, for nobody can join them."""
    try:
        return queue.count
    except RedisError:
        return 0
