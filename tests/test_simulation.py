"""The simulated queue obeys the laws of queues, and its workers come and go by the rule."""

import random
from bisect import bisect_right
from statistics import mean

import pytest

from bench.arrivals import Burst, day, drawn, lognormal, rate_at, some_bursts, steady
from bench.queueing import Rule, capacity, fixed, mean_wait, run, times

SERVICE = 0.02  # seconds: 50 jobs a second for one worker
HOUR = 3600.0


def exponential(seed: int):
    dice = random.Random(seed)
    return lambda: dice.expovariate(1 / SERVICE)


@pytest.mark.drill
def test_as_many_are_in_the_system_as_come_while_one_is_in_it():
    """Little's law, L = λW; L is counted at moments of its own."""
    found = run(steady(40, HOUR, seed=1), exponential(2), fixed(1))

    came, left = sorted(job.arrived for job in found.jobs), sorted(job.done for job in found.jobs)
    moments = [HOUR * n / 5_000 for n in range(5_000)]
    present = mean(bisect_right(came, at) - bisect_right(left, at) for at in moments)
    assert present == pytest.approx(len(came) / HOUR * mean(times(found)), rel=0.03)


@pytest.mark.drill
@pytest.mark.parametrize(("workers", "load"), [(1, 0.5), (1, 0.8), (2, 0.8), (4, 0.7)])
def test_jobs_wait_as_long_as_erlang_says(workers: int, load: float):
    rate = load * capacity(workers, SERVICE)

    found = run(steady(rate, HOUR, seed=3), exponential(4), fixed(workers))

    waited = mean(job.begun - job.arrived for job in found.jobs)
    assert waited == pytest.approx(mean_wait(rate, SERVICE, workers), rel=0.1)


@pytest.mark.drill
@pytest.mark.parametrize("workers", [1, 3])
def test_the_queue_grows_above_saturation_as_the_sums_say_and_not_below(workers: int):
    most, seconds = capacity(workers, SERVICE), 600.0

    below, above = (
        run(steady(share * most, seconds, seed=5), lognormal(SERVICE, 0.5, 6), fixed(workers)) for share in (0.9, 1.25)
    )

    assert max(age for _, age, _ in below.looks) < 1
    assert above.looks[-1][1] == pytest.approx(above.looks[-1][0] * (1 - 1 / 1.25), rel=0.1)


SLOW = 1.0  # seconds: one job a second for one worker
BURST = (Burst(HOUR, 600, 5),)  # five times 1.3/s: six workers' work, where two do for the rest
RULE = Rule(least=2, most=10, rest=300)


def a_night():
    return day(4, BURST, seed=7, seconds=3 * HOUR)


def test_workers_added_by_age_keep_the_oldest_job_young_where_those_of_the_start_do_not():
    bound = RULE.age + 2 * (RULE.every + RULE.boot)  # seconds: two workers, four, eight

    kept = run(a_night(), lognormal(SLOW, 0.5, 8), RULE)
    left = run(a_night(), lognormal(SLOW, 0.5, 8), fixed(RULE.least))

    assert max(age for _, age, _ in kept.looks) < bound
    assert max(age for _, age, _ in left.looks) > 3 * bound


def test_workers_leave_once_they_are_idle_and_never_more_than_the_rule_allows():
    found = run(a_night(), lognormal(SLOW, 0.5, 8), RULE)

    numbers = [workers for _, _, workers in found.looks]
    assert RULE.least < max(numbers) <= RULE.most
    assert numbers[0] == numbers[-1] == RULE.least


def test_no_job_begins_before_it_came_and_each_worker_does_one_at_a_time():
    found = run(steady(90, 60, seed=9), drawn([0.01, 0.03], seed=10), fixed(2))

    changes = sorted([(job.begun, 1) for job in found.jobs] + [(job.done, -1) for job in found.jobs])
    at_work, most = 0, 0
    for _, step in changes:
        at_work += step
        most = max(most, at_work)
    assert most == 2
    assert all(job.arrived <= job.begun < job.done for job in found.jobs)


def test_the_same_seed_gives_the_same_day_with_as_many_pastes_as_its_curve():
    bursts = some_bursts(4, seed=11)

    once, again = (list(day(0.5, bursts, seed=12)) for _ in range(2))

    assert once == again
    expected = sum(rate_at(at, 0.5, bursts) for at in range(86_400))
    assert len(once) == pytest.approx(expected, rel=0.02)
