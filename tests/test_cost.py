"""What a request takes in calls of functions: a busy machine counts the same, so nothing fails by chance."""

import json

import pytest

from bench import cost

pytestmark = pytest.mark.drill
WITHIN = 0.10


def test_reading_and_creating_take_as_many_calls_as_they_did():
    baseline = json.loads(cost.BASELINE.read_text()).get(cost.version(), {})  # each Python has other calls inside

    found = cost.count()

    off = {kind: (baseline.get(kind), calls) for kind, calls in found.items()
           if abs(calls - baseline.get(kind, 0)) > WITHIN * calls}  # fmt: skip
    assert not off, (
        f"calls, before and now: {off}. If it is meant: python -m bench.cost, and commit tests/baseline.json"
    )
