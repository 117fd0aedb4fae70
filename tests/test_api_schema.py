"""The API is what its document says: schemathesis tries it with what the document allows, and with what it does not."""

import dataclasses
import re
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from snippets.settings import ROOT

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("options", "requests"),
    [
        pytest.param(["--phases=coverage"], 300, marks=pytest.mark.drill, id="each rule of the document"),
        pytest.param(["--max-examples=340"], 5_000, marks=pytest.mark.fuzz, id="five thousand requests"),
    ],
)
def test_no_answer_is_an_error_of_ours_or_missing_from_the_document(
    app: Flask, url: str, tmp_path: Path, options: list[str], requests: int
):
    app.extensions["snippets"] = dataclasses.replace(app.extensions["snippets"], misses=None)
    schemathesis = [str(ROOT / ".venv/bin/schemathesis"), "run", f"{url}/api/openapi.json"]
    # One worker: two at once meet a defect of Python 3.11's ast in what describes a strategy.
    # What is no language, no day to come and no search is known to the site, not to a schema.
    checks = ["--continue-on-failure", "--checks=all", "--exclude-checks=positive_data_acceptance"]

    done = subprocess.run(
        [*schemathesis, *checks, *options],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-8000:]
    assert int(re.search(r"(\d+) generated", done.stdout)[1]) >= requests
