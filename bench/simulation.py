"""A day of pastes on paper, with workers that come and go by the age of the oldest job: `python -m bench.simulation`.

--check: paste into the real site at a few rates, and compare. It takes some five minutes.
"""

import argparse
import signal
import sys
import time

from bench import rehearsal
from bench.arrivals import day, lognormal, some_bursts
from bench.machine import SQLITE, heading
from bench.queueing import Rule, Run, fixed, run, times
from bench.table import Table, milliseconds, percentile, text

COLUMNS = ("jobs", "colour p50", "p95", "max", "oldest p50", "p95", "max", "workers: mean", "most")
AGE, MOST = 2.0, 12


def main() -> None:
    """Print the tables; whatever was started is stopped, also on Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = _arguments()
    if not asked.check:
        print(text(_days(asked)))
        return
    began = time.monotonic()
    print(heading(SQLITE), flush=True)
    for table in rehearsal.measure(asked.seed):
        print(f"\n{text(table)}", flush=True)
    print(f"\nThe whole run took {time.monotonic() - began:.0f} s.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2.0, help="pastes a second, the day's mean beside its bursts")
    parser.add_argument("--service-ms", type=float, default=300.0, help="what a job takes a worker, the mean")
    parser.add_argument("--spread", type=float, default=0.5, help="sigma of the logarithm of that")
    parser.add_argument("--bursts", type=int, default=8, help="in the day, of three to six times the usual rate")
    return parser.parse_args()


def _days(asked: argparse.Namespace) -> Table:
    mean = asked.service_ms / 1000
    rules = [(f"{workers} all day", fixed(workers)) for workers in (2, 4, 8)]
    rules += [(f"2 to {MOST}, by age over {age:g} s", Rule(2, MOST, age=age)) for age in (AGE, 10.0)]
    bursts = some_bursts(asked.bursts, asked.seed)
    rows = []
    for name, rule in rules:
        arrivals = day(asked.rate, bursts, asked.seed)
        rows.append(_row(name, run(arrivals, lognormal(mean, asked.spread, asked.seed), rule)))
    told = f"{asked.rate:g} pastes a second in the mean, {asked.bursts} bursts; seed {asked.seed}."
    notes = (
        f"{told} A job takes {asked.service_ms:g} ms in the mean.",
        "Colour: from the paste to its colours, ms. Oldest: seconds that the oldest waiting job has waited, each 15 s.",
    )
    return Table("A day", COLUMNS, rows, notes)


def _row(name: str, found: Run) -> list[str]:
    colours, ages = times(found), [age for _, age, _ in found.looks]
    staff = [workers for _, _, workers in found.looks]
    told = [milliseconds(each) for each in (percentile(colours, 50), percentile(colours, 95), max(colours))]
    told += [f"{each:.1f}" for each in (percentile(ages, 50), percentile(ages, 95), max(ages))]
    return [name, f"{len(found.jobs):,}", *told, f"{sum(staff) / len(staff):.1f}", str(max(staff))]


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
