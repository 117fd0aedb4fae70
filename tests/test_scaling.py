"""The rules of docs/scaling.md by which workers come and go, played to Prometheus' own tool; and our metrics."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from flask import Flask
from real_clients import unpacked

from app import create_app
from snippets.settings import ROOT, Settings

PAGE = (ROOT / "docs/scaling.md").read_text()
RULES = re.search(r"```yaml\n(groups:.*?)```", PAGE, re.DOTALL)[1]
SCRAPED = {"instance": "10.0.0.1:8000", "job": "snippets"}  # what Prometheus adds to each metric
QUIET = "0x100"  # a value, and how often it comes again
OLDEST, WORKERS = 'snippets_queue_oldest_seconds{queue="snippets"}', 'snippets_queue_workers{queue="snippets"}'
STARTED = 'snippets_queue_jobs{queue="snippets",state="started"}'

Fired = Callable[[str, dict[str, str]], bool]


@pytest.fixture
def fired(tmp_path: Path) -> Fired:
    """Whether a rule fires after some minutes of metrics, one value each 15 s."""
    promtool = unpacked("promtool", "prometheus")
    (tmp_path / "rules.yml").write_text(RULES)

    def play(rule: str, minutes: float, **values: str) -> bool:
        series = {OLDEST: QUIET, STARTED: QUIET, WORKERS: "3x100"} | {
            {"oldest": OLDEST, "started": STARTED, "workers": WORKERS}[name]: value for name, value in values.items()
        }
        scraped = "".join(f'{name}="{value}",' for name, value in SCRAPED.items())
        asked = {
            "interval": "15s",
            "input_series": [
                {"series": name.replace("{", "{" + scraped), "values": value} for name, value in series.items()
            ],
            "alert_rule_test": [{"eval_time": f"{round(minutes * 60)}s", "alertname": rule, "exp_alerts": []}],
        }
        test = {"rule_files": ["rules.yml"], "evaluation_interval": "15s", "tests": [asked]}
        (tmp_path / "test.yml").write_text(json.dumps(test))
        done = subprocess.run(
            [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        told = done.stdout + done.stderr
        assert "SUCCESS" in told or f"alertname: {rule}" in told, told
        return "SUCCESS" not in told

    return play


@pytest.mark.drill
def test_more_workers_are_asked_for_while_the_oldest_job_is_older_than_two_seconds(fired):
    oldest = "0x39 3x8 1x100"  # from the tenth minute on for two and a quarter

    assert [fired("MoreWorkers", at, oldest=oldest) for at in (9.5, 10.5, 12, 13)] == [False, True, True, False]


@pytest.mark.drill
@pytest.mark.parametrize(
    ("values", "leaves"),
    [
        ({}, True),
        ({"started": "0x40 1x3 0x40"}, True),
        ({"started": "1x100"}, False),  # one at work, and two would be left: that is half of them
        ({"oldest": "0x40 3x0 0x40"}, False),
        ({"workers": "4x40 3x40"}, False),
        ({"workers": "1x100"}, False),
        ({"workers": "2x100", "started": "0x40 1x100"}, True),  # for four of the ten minutes
        ({"workers": "2x100", "started": "0x20 1x100"}, False),  # for nine
    ],
)
def test_a_worker_leaves_where_half_of_those_left_had_done_for_ten_minutes(fired, values, leaves: bool):
    assert fired("OneWorkerLess", 14, **values) is leaves


@pytest.mark.drill
def test_no_worker_leaves_before_ten_minutes_are_known(fired):
    assert [fired("OneWorkerLess", at) for at in (1, 9.5, 10.5)] == [False, False, True]


@pytest.fixture
def watched(settings: Settings) -> Iterator[Flask]:
    app = create_app(replace(settings, dashboard_password="the operator's own", highlighter_url="http://127.0.0.1:1"))
    yield app
    app.extensions["snippets"].sessions.kw["bind"].dispose()
    app.extensions["snippets"].redis.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_metric_on_the_page_is_one_and_the_rules_have_its_labels(watched: Flask):
    told = watched.test_client().get("/metrics", auth=("admin", "the operator's own")).text
    named = set(re.findall(r"\b(snippets_[a-z_]+)\b(?!/)", PAGE)) - {"snippets_queue"}
    asked = {
        each for rule in yaml.safe_load(RULES)["groups"][0]["rules"] for each in re.findall(r"\w+\{.*?\}", rule["expr"])
    }

    assert len(named) > 6
    assert [each for each in named if f"# TYPE {each} " not in told] == []
    series = set(re.findall(r"\b(snippets_\w+)\{", PAGE))
    assert [each for each in series if f"# TYPE {each} histogram" in told] == [], "those have _sum, _count and _bucket"
    assert asked == {OLDEST, STARTED, WORKERS}
    assert [each for each in asked if f"\n{each} " not in told] == []
