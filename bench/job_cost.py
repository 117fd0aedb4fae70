"""What a job of SnippetWorker's asks of database and Redis: a process that is told by its environment where those are.

Prints it as JSON. The horse that it forks is counted with it, from the taking of a job to the taking of the next.
"""

import json
from itertools import pairwise
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job

from bench import exchanges, jobs
from workers.jobs import sessions, settings
from workers.worker import SnippetWorker

MANY = 10  # the least is taken: some see to what is due once a second


def main() -> None:
    """Colour some files, and print the least that one of them took."""
    jobs.enqueue(settings.redis_url, sessions, MANY)
    counts: list[exchanges.Asked] = []
    with exchanges.at(settings.redis_url) as asked, Redis.from_url(settings.redis_url) as redis, asked.watching():

        class Counting(SnippetWorker):
            def execute_job(self, job: Job, queue: Queue) -> None:
                super().execute_job(job, queue)
                counts.append(asked.so_far())

        worker: Any = Counting([Queue("snippets", connection=redis)], connection=redis)
        worker.work(burst=True, logging_level="ERROR")
    each = [exchanges.between(before, after) for before, after in pairwise(counts)]
    print(json.dumps({kind: min(one[kind] for one in each) for kind in exchanges.KINDS}))


if __name__ == "__main__":
    main()
