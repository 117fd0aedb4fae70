"""Jobs that wait, moved to the front of their queue."""

from redis import Redis
from rq import Queue

from snippets.lanes import AGAIN, PENDING

# In one step: between two a worker would find the job nowhere, or twice.
MOVE = "if redis.call('lrem', KEYS[1], 1, ARGV[1]) == 0 then return 0 end return redis.call('lpush', KEYS[1], ARGV[1])"


def move_to_front(redis: Redis, file_id: int) -> bool:
    """Have a file's waiting job done next, on whichever queue it is; False when none waits. Raises RedisError."""
    move = redis.register_script(MOVE)
    lanes = (*PENDING, AGAIN)
    return any(move([Queue(lane.queue, connection=redis).key], [lane.job_id(file_id)]) for lane in lanes)
