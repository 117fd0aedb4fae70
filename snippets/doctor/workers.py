"""The workers: each queue is served, by workers that live and are of one version with this code."""

from collections.abc import Iterator

from redis import Redis
from rq.version import VERSION as RQ_VERSION

from snippets import __version__
from snippets.doctor.finding import Finding, ill, well
from snippets.human import plural
from snippets.lanes import MAIL
from snippets.queue_state import QUEUES
from snippets.settings import Settings
from snippets.worker_state import WorkerState, are_suspended, worker_states

STALE = 60.0  # seconds without a sign of life


def worker_parts(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Look at all workers that Redis knows. Raises RedisError when it is away."""
    states = worker_states(redis)
    for queue in QUEUES if settings.smtp_url else (each for each in QUEUES if each != MAIL):
        yield _served(queue, [each for each in states if queue in each.queues])
    if are_suspended(redis):
        yield ill("workers", "All of them are told to take no job.", "Press “Resume” at /ops, or run rq resume.")
    yield from _of_other_versions(states)


def _served(queue: str, serving: list[WorkerState]) -> Finding:
    part = f"queue {queue}"
    if not serving:
        return ill(part, "No worker serves it.", f"Start one: rq worker {queue}, as the Procfile does.")
    latest = min(each.heartbeat for each in serving)
    said = f"{plural(len(serving), 'worker')}, the last sign of life {latest:.0f} s ago."
    return well(part, said) if latest <= STALE else ill(part, said, "Look at their log, and restart them.")


def _of_other_versions(states: list[WorkerState]) -> Iterator[Finding]:
    ours = {"site": __version__, "RQ": RQ_VERSION}
    others = {
        f"{each.host} {each.pid} has {name} {version}"
        for each in states
        for name, version in {"site": each.site_version, "RQ": each.rq_version}.items()
        if version and version != ours[name]
    }
    if others:
        here = ", ".join(f"{name} {version}" for name, version in ours.items())
        yield ill("versions", f"{'; '.join(sorted(others))}. Here: {here}.", "Restart those workers with this code.")
    elif states:
        yield well("versions", "Workers and site are of one version.")
