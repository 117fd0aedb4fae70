"""What may be done so often is done so often and no oftener, also by those who come at the same instant."""

import threading
from collections.abc import Callable

from redis import Redis

from snippets.attempts import Attempts
from snippets.mail_limits import MailLimits
from snippets.refused import Refused

CROWD = 12


def at_once(try_it: Callable[[int], bool]) -> int:
    """Have a crowd try something at the same instant; return how many could."""
    together, done = threading.Barrier(CROWD), []

    def run(number: int) -> None:
        together.wait()
        if try_it(number):
            done.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


def test_of_a_crowd_that_asks_several_processes_at_once_no_more_are_let_through(redis: Redis):
    processes = [Attempts(redis, "try", "5/minute") for _ in range(3)]

    assert at_once(lambda number: processes[number % 3].take("192.0.2.1") == 0) == 5
    assert 0 < processes[0].take("192.0.2.1") <= 60
    assert processes[0].take("192.0.2.2") == 0


def test_of_a_crowd_that_asks_while_redis_is_away_no_more_are_let_through(away: Redis):
    attempts = Attempts(away, "try", "5/minute")

    assert at_once(lambda _number: attempts.take("192.0.2.1") == 0) == 5


def test_an_attempt_that_one_process_refuses_takes_no_place_of_anothers(redis: Redis):
    one, other = Attempts(redis, "try", "2/minute"), Attempts(redis, "try", "2/minute")
    assert [one.count("192.0.2.1") for _ in range(2)] == [True, True]
    redis.flushdb()  # as if its two were still on their way there

    assert not one.count("192.0.2.1")

    assert [other.take("192.0.2.1") for _ in range(2)] == [0, 0]


def test_messages_are_limited_for_who_sends_them_at_the_same_instant_too(redis: Redis):
    processes = [MailLimits(redis, "100/day", "a key") for _ in range(3)]

    def send(number: int) -> bool:
        try:
            processes[number % 3].take(f"192.0.2.{number}", "reader@example.org")
        except Refused:
            return False
        return True

    assert at_once(send) == 3
