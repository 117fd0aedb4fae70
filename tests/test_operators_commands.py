"""What every command of `flask snippets …` has in common."""

from collections.abc import Callable

import pytest
from flask import Flask

from snippets.commands import commands

from filling import run

COMMANDS = [
    "audit",
    "block 192.0.2.0/24",
    "blocks",
    "copy-down --yes sqlite:///elsewhere.db",
    "export --all {folder}/export.zip",
    "first aaaaaaaaaaa",
    "import {folder}",
    "key list",
    "key new ci",
    "key revoke ci",
    "list",
    "mail",
    "mail again 1",
    "mail sent 1",
    "purge",
    "rehighlight",
    "restore aaaaaaaaaaa",
    "stats",
    "sweep",
    "takedown aaaaaaaaaaa",
    "unblock 192.0.2.0/24",
]
TOLD_OTHERWISE = {"backup", "doctor", "move", "queue"}  # in tests of their own: no tables are no fault to them


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_says_in_one_sentence_that_the_database_fails(
    site_on: Callable[..., Flask], tmp_path, database_url: str, command: str
):
    site = site_on("sqlite", site_env="staging")  # whose database has no tables

    result = run(site, *command.format(folder=tmp_path).split())

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: The database failed: no such table: ")
    assert result.stderr.endswith(". It is safe to call again.\n")
    assert "Traceback" not in result.output


def test_no_command_is_forgotten():
    assert {each.split()[0] for each in COMMANDS} | TOLD_OTHERWISE == set(commands.commands)
