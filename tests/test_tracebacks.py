"""Tracebacks tell where something broke, and give away nothing that somebody pasted."""

import logging
import sys

import pytest
from redis import Redis, RedisError
from rq import Queue
from rq.results import Result

from snippets.logs import JsonFormatter, TextFormatter
from snippets.tracebacks import bare
from workers.recovery import RecoveringWorker

SECRET = "what a visitor pasted"


def chain() -> None:
    try:
        try:
            raise KeyError(SECRET)  # noqa: TRY301
        except KeyError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        raise ValueError(SECRET)  # noqa: B904 — the other kind of link


def told(function) -> str:
    try:
        function()
    except Exception:  # noqa: BLE001 — whatever it is
        return bare(sys.exc_info())
    pytest.fail("nothing was raised")


def test_the_whole_chain_is_told_without_a_message_that_may_quote_a_paste():
    text = told(chain)

    assert SECRET not in text.replace("raise KeyError(SECRET)", "")
    for part in (
        "KeyError: (its message",
        "direct cause",
        "RuntimeError: (",
        "During handling",
        "ValueError: (",
        "in chain",
    ):
        assert part in text
    assert text.index("KeyError: ") < text.index("RuntimeError: ") < text.index("ValueError: ")


def test_a_message_about_the_machine_is_kept():
    def away() -> None:
        raise RedisError("Connection refused")

    assert told(away).endswith("redis.exceptions.RedisError: Connection refused\n")


def test_a_chain_that_bites_its_tail_ends():
    def bite() -> None:
        error = ValueError(SECRET)
        error.__cause__ = KeyError(SECRET)
        error.__cause__.__cause__ = error
        raise error

    assert SECRET not in told(bite).replace("(SECRET)", "")


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
def test_no_log_line_of_whatever_library_quotes_it(formatter: logging.Formatter):
    try:
        int(SECRET)
    except ValueError:
        record = logging.LogRecord("library", logging.ERROR, __file__, 1, "it broke", (), sys.exc_info())

    line = formatter.format(record)

    assert "ValueError: (its message is not kept" in line
    assert SECRET not in line


def test_neither_the_workers_log_nor_the_record_of_the_failure_quotes_it(
    redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    class Here(RecoveringWorker):
        def execute_job(self, job, queue):
            execution = self.prepare_execution(job)
            self.perform_job(job, queue, execution)

        def subscribe(self) -> None:
            pass

    queue = Queue("snippets", connection=redis)
    job = queue.enqueue("builtins.int", SECRET, description="a job")
    caplog.set_level(logging.INFO)

    Here([queue], connection=redis).work(burst=True)

    record = Result.fetch_latest(job)
    assert "ValueError: (its message is not kept" in record.exc_string
    assert SECRET not in record.exc_string
    assert "exception raised" in caplog.text
    assert SECRET not in caplog.text
