"""A worker of whom everything that it asks for the time says that it is an hour later."""

import sys
from datetime import datetime, timedelta, tzinfo

import rq.utils

import snippets.lost_jobs
import snippets.models
from workers.worker import SnippetWorker as SkewedWorker

__all__ = ["SkewedWorker"]
HOUR = timedelta(hours=1)
RIGHT = (rq.utils.now, snippets.models.now)


class Fast(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + HOUR


def now() -> datetime:
    return Fast.now(rq.utils.datetime.timezone.utc)


for module in list(sys.modules.values()):
    if getattr(module, "now", None) in RIGHT:
        module.now = now
snippets.lost_jobs.datetime = Fast
