"""`/metrics`: what the site is doing, for Prometheus.

The text is made here: prometheus_client's registry would be filled from Redis at each scrape all the same, and its way
over several processes is a directory of files for each machine.
"""

from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Response, request
from redis import Redis, RedisError

from snippets import breaker, statistics
from snippets.basic_auth import Door
from snippets.exposition import CONTENT_TYPE, Family, exposition
from snippets.mail_state import MailState, mail_state
from snippets.queue_state import QUEUES, queue_state
from snippets.request_counts import CREATED, RequestCounts
from snippets.row_state import RowState, row_state
from snippets.site import site
from snippets.worker_state import worker_states

AWAY = "The metrics cannot be read: Redis does not answer.\n"


def metrics(door: Door, counts: RequestCounts) -> Blueprint:
    """Return the page behind its door: 503 while Redis or the database is away."""
    blueprint = Blueprint("metrics", __name__)
    blueprint.before_request(lambda: door.refusal(request.environ))
    blueprint.register_error_handler(RedisError, lambda _: Response(AWAY, 503, mimetype="text/plain"))

    @blueprint.get("/metrics")
    def show() -> Response:
        redis, rows = site().redis, row_state(site().sessions)
        families = [
            *_requests(counts),
            *_colours(redis),
            *_queues(redis),
            *_breaker(redis),
            *_rows(rows),
            *_messages(mail_state(site().sessions)),
            *_workers(redis),
        ]
        response = Response(exposition(families), content_type=CONTENT_TYPE)
        response.cache_control.no_store = True
        return response

    return blueprint


def _requests(counts: RequestCounts) -> Iterator[Family]:
    counted = counts.read()
    created = Family("snippets_created_total", "counter", "Snippets created.")
    created.add(counted.pop(CREATED, 0))
    answered = Family("snippets_http_responses_total", "counter", "Answers of the web, by the class of their status.")
    for status, number in sorted(counted.items()):
        answered.add(number, status=status)
    yield from (created, answered)


def _colours(redis: Redis) -> Iterator[Family]:
    totals = statistics.totals(redis)
    waits = Family("snippets_time_to_colour_seconds", "histogram", "Time from a file saved to its colours landed.")
    waits.add_timing(statistics.timing(totals, statistics.COLOUR))
    engines = Family("snippets_engine_seconds", "histogram", "Time that an engine itself took for a file.")
    landed = Family("snippets_files_coloured_total", "counter", "Files whose colours landed, by the engine.")
    for engine, number in sorted(statistics.named(totals, "engine").items()):
        engines.add_timing(statistics.timing(totals, f"engine:{engine}"), engine=engine)
        landed.add(number, engine=engine)
    fallbacks = Family("snippets_fallbacks_total", "counter", "Reasons why a file did not get better colours.")
    for reason, number in sorted(statistics.named(totals, "note").items()):
        fallbacks.add(number, reason=reason)
    yield from (waits, engines, landed, fallbacks)


def _queues(redis: Redis) -> Iterator[Family]:
    jobs = Family("snippets_queue_jobs", "gauge", "Jobs of a queue: waiting in it, or in one of RQ's registries.")
    oldest = Family("snippets_queue_oldest_seconds", "gauge", "Age of the oldest waiting job; 0: there is none.")
    for state in (queue_state(redis, name) for name in QUEUES):
        jobs.add(state.depth, queue=state.name, state="waiting")
        for registry, number in state.registries.items():
            jobs.add(number, queue=state.name, state=registry)
        oldest.add(state.oldest or 0, queue=state.name)
    yield from (jobs, oldest)


def _breaker(redis: Redis) -> Iterator[Family]:
    is_open = Family("snippets_breaker_open", "gauge", "Whether the HTTP highlighter is being left alone.")
    is_open.add(breaker.open_since(redis, site().settings) is not None)
    yield is_open


def _rows(rows: RowState) -> Iterator[Family]:
    pending = Family("snippets_files_pending", "gauge", "Files that wait for their colours.")
    pending.add(rows.pending)
    late = Family("snippets_files_late", "gauge", "Those of them that have waited for more than 30 s.")
    late.add(rows.late)
    yield from (pending, late)


def _messages(mail: MailState) -> Iterator[Family]:
    messages = Family("snippets_messages", "gauge", "Messages by mail, by their state; those that ended within a week.")
    for state, number in mail.counts.items():
        messages.add(number, state=state)
    yield messages


def _workers(redis: Redis) -> Iterator[Family]:
    states = worker_states(redis)
    living = Family("snippets_workers", "gauge", "Workers that give signs of life.")
    living.add(len(states))
    serving = Family("snippets_queue_workers", "gauge", "Those of them that serve a queue.")
    for name in QUEUES:
        serving.add(sum(name in worker.queues for worker in states), queue=name)
    memory = Family("snippets_worker_memory_bytes", "gauge", "Memory of the workers of a host on the same queues.")
    held: Counter[tuple[str, str]] = Counter()  # not by worker: each start would begin a series
    for worker in states:
        held[worker.host, ",".join(worker.queues)] += round((worker.memory_mb or 0) * 2**20)
    for (host, queues), count in held.items():
        memory.add(count, host=host, queues=queues)
    yield from (living, serving, memory)
