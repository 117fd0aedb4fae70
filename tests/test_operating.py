"""What the documents tell an operator to type, set, read and follow is there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from flask import Flask

from app import create_app
from snippets.commands import commands
from snippets.doctor.names import KNOWN
from snippets.settings import ROOT, Settings

DOCUMENTS = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name != "CHANGELOG.md"]
PAGE = (ROOT / "docs/operating.md").read_text()
TOLD = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
CRON = {"MAILTO"}  # its own, no setting


def code(text: str) -> str:
    """Return what is set as code, a line each."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join(
        [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))]
    )


def unknown_commands(text: str) -> Iterator[str]:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    yield from (
        f"make {name}" for name in re.findall(r"^make ([a-z-]+)", code(text), re.MULTILINE) if name not in targets
    )
    for words in re.findall(r"flask snippets ([^\n'\"`;|&()#]+)", code(text)):
        if words.lower() == words or words.split()[0].islower():
            yield from (f"flask snippets {words}: {what}" for what in _wrong(words.split()))


def _wrong(words: list[str]) -> Iterator[str]:
    command: click.Command = commands
    while isinstance(command, click.Group) and words:
        name, *words = words
        if not (found := command.commands.get(name)):
            yield name
            return
        command = found
    options = {option for each in command.params for option in each.opts} | {"--help"}
    yield from (word for word in words if word.startswith("--") and word not in options | {"--"})


def unknown_files(text: str, beside: Path) -> Iterator[str]:
    named = re.findall(
        r"(?<![\w./-])(?:/srv/snippets/current/)?((?:bin|deploy|tests|keeping|bench)/[\w.@-]*[\w/]*)", code(text)
    )
    yield from (name for name in named if not (ROOT / name).exists() and not list(ROOT.glob(f"{name}*")))
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)", text):
        path = beside / target if target else None
        if path and not path.exists():
            yield target
        elif anchor and anchor not in _anchors(path.read_text() if path else text):
            yield f"{target}#{anchor}"


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def unknown_settings(text: str) -> set[str]:
    names = set(re.findall(r"(?<![\w$])([A-Z][A-Z_]{3,})=", code(text)))
    used = set(re.findall(r"\$\{?([A-Z_]+)", code(text)))  # of the shell's own
    return names - used - set(KNOWN) - CRON


def unknown_units(text: str) -> set[str]:
    units = {path.name.removesuffix(".service") for path in (ROOT / "deploy/systemd").iterdir()}
    named = re.findall(r"\bsnippets(?:-[a-z]+@?|\.target)", "\n".join(re.findall(r"systemctl .*", code(text))))
    return set(named) - units


@pytest.mark.parametrize("document", TOLD)
def test_every_command_in_a_document_is_one(document: str):
    assert list(unknown_commands((ROOT / document).read_text())) == []


@pytest.mark.parametrize("document", TOLD)
def test_every_file_that_a_document_names_or_links_to_is_there(document: str):
    path = ROOT / document

    assert list(unknown_files(path.read_text(), path.parent)) == []


def test_every_setting_and_every_unit_on_the_operators_page_is_one():
    assert unknown_settings(PAGE) == set()
    assert unknown_units(PAGE) == set()


@pytest.fixture
def watched(settings: Settings) -> Iterator[Flask]:
    app = create_app(replace(settings, dashboard_password="the operator's own"))
    yield app
    app.extensions["snippets"].sessions.kw["bind"].dispose()
    app.extensions["snippets"].redis.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_address_and_every_metric_on_the_operators_page_is_one(watched: Flask):
    client, operator = watched.test_client(), ("admin", "the operator's own")
    addresses = set(re.findall(r"^(/(?:up|ops|rq|metrics)[a-z/]*)$", code(PAGE), re.MULTILINE))
    metrics = set(re.findall(r"\b(snippets_[a-z_]+)\b", PAGE))

    told = client.get("/metrics", auth=operator).text

    assert len(addresses) > 4
    assert [
        each for each in addresses if client.get(each, auth=operator, follow_redirects=True).status_code != 200
    ] == []
    assert len(metrics) > 4
    assert [each for each in metrics if f"# TYPE {each} " not in told] == []


def test_what_is_wrong_in_a_document_is_found():
    page = (
        "[a](nowhere.md) [b](operating.md#no-such-title) `make coffee`\n```sh\nflask snippets brew\n"
        "flask snippets backup --fast x\nbin/nothing\nCOLOUR=red\nsystemctl start snippets-tea\n```\n"
    )

    assert list(unknown_commands(page)) == [
        "make coffee",
        "flask snippets brew: brew",
        "flask snippets backup --fast x: --fast",
    ]
    assert list(unknown_files(page, ROOT / "docs")) == ["bin/nothing", "nowhere.md", "operating.md#no-such-title"]
    assert unknown_settings(page) == {"COLOUR"}
    assert unknown_units(page) == {"snippets-tea"}
