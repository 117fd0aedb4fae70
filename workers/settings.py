"""What `RQ_CONFIG=workers.settings` names: read in the worker's parent, before any fork; RQ takes the upper-case names.

Importing the jobs here is the preload: each horse inherits them instead of importing them anew.
"""

import sys
import time

from redis import Redis
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError  # noqa: A004

from snippets import logs
from snippets.expected_schema import SchemaError, refuse_older
from workers import jobs
from workers.local import warm

PATIENCE = 30  # seconds
# A horse of RQ's own lives for one job, and a lexer's first use costs it 11 to 167 ms: these are inherited ready.
USUAL = "bash c cpp css diff go html java javascript json markdown php python ruby rust sql typescript yaml".split()


def _wait_for_redis(url: str) -> None:
    """Give a Redis that is started beside us, or reads a long log, the time that RQ would not give it."""
    give_up = time.monotonic() + PATIENCE
    with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as redis:
        while time.monotonic() < give_up:
            try:
                redis.ping()
            except (BusyLoadingError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return


def _refuse_older() -> None:
    """End where the tables are older than this code, which would fail at each job; without tables there is none."""
    try:
        refuse_older(jobs.sessions, may_be_empty=True)
    except SchemaError as error:
        sys.exit(str(error))
    finally:
        jobs.sessions.kw["bind"].dispose()  # no horse is to inherit a connection


def _report_errors(dsn: str) -> None:
    from sentry_sdk.integrations.rq import RqIntegration  # noqa: PLC0415 — only who sets the DSN pays for it

    from snippets import reports  # noqa: PLC0415

    reports.start(dsn, RqIntegration())


logs.configure(jobs.settings.log_format)
if jobs.settings.sentry_dsn:
    _report_errors(jobs.settings.sentry_dsn)
for language in USUAL:
    warm(language)
_refuse_older()
REDIS_URL = jobs.settings.redis_url
_wait_for_redis(REDIS_URL)
