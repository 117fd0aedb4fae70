"""A worker of whom everything that it asks for the time says that it is hours later, or earlier: SKEW of them."""

import os
import sys
from datetime import datetime, timedelta

import rq.utils

import snippets.models
from workers.worker import SnippetWorker as SkewedWorker

__all__ = ["SkewedWorker"]
SKEW = timedelta(hours=float(os.environ["SKEW"]))
RIGHT = (rq.utils.now, snippets.models.now)


def now() -> datetime:
    return datetime.now(rq.utils.datetime.timezone.utc) + SKEW


for module in list(sys.modules.values()):
    if getattr(module, "now", None) in RIGHT:
        module.now = now
