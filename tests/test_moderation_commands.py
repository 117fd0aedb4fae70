"""`flask snippets takedown`, `restore`, `block`, `unblock`, `blocks`, `stats`: what an operator does in a terminal."""

import os
import pty
from datetime import timedelta

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from snippets import figures
from snippets.models import File, Snippet, Unwelcome, now
from snippets.moderation_commands import named
from snippets.operator_models import AuditEntry, BlockedNetwork
from snippets.unwelcome import digest

CODE = "x = 1\n"
MISSING = "AAAAAAAAAAA"


@pytest.fixture
def run(app: Flask):
    def run(*arguments: str, **options):
        return app.test_cli_runner().invoke(args=["snippets", *arguments], **options)

    return run


def share(client: FlaskClient, code: str = CODE, **fields: str) -> str:
    return client.post(
        "/", data={"code": code, **fields}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}
    ).location.strip("/")


def trail(sessions) -> list[tuple]:
    with sessions() as session:
        columns = AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.note
        return [tuple(row) for row in session.execute(select(*columns).order_by(AuditEntry.id))]


def test_snippets_are_taken_down_and_restored_by_id_and_by_address_with_a_note(run, client, sessions):
    one, two = share(client, "one"), share(client, "two")

    down = run("takedown", "--note", "spam", one, f"https://paste.example/{two}")
    again = run("takedown", one)
    back = run("restore", one, two)

    assert (down.exit_code, down.output) == (0, f"{one} taken down\n{two} taken down\n")
    assert (again.exit_code, again.output) == (0, f"{one} taken down already\n")
    assert (back.exit_code, back.output) == (0, f"{one} readable\n{two} readable\n")
    assert [client.get(f"/{each}").status_code for each in (one, two)] == [200, 200]
    assert trail(sessions) == [
        ("command line", action, each, note)
        for action, note in (("take-down", "spam"), ("restore", None))
        for each in (one, two)
    ]


@pytest.mark.parametrize("dash", [[], ["-"]])
def test_a_list_comes_by_standard_input_and_what_is_wrong_in_it_stops_nothing_else(run, client, dash):
    pages = [share(client, f"text {number}") for number in range(3)]

    done = run("takedown", *dash, input=f"{pages[0]}\n\n{MISSING}\nno id\n  {pages[1]}  \n")

    assert done.exit_code == 1
    assert done.stdout == f"{pages[0]} taken down\n{pages[1]} taken down\n"
    assert done.stderr.splitlines() == [
        f"{MISSING}: there is no such snippet",
        "no id: that is neither an id of 11 characters nor an address",
    ]
    assert [client.get(f"/{page}").status_code for page in pages] == [410, 410, 200]


def test_nothing_named_on_a_terminal_is_an_error_of_use(monkeypatch):
    keyboard, terminal = pty.openpty()

    with os.fdopen(terminal) as stdin, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", stdin)
        with pytest.raises(click.UsageError, match="Name at least one"):
            next(named(()))
    os.close(keyboard)


def test_a_note_that_cannot_be_kept_is_an_error_of_use(run, client):
    page = share(client)

    assert run("takedown", "--note", "x" * 501, page).exit_code == 2
    assert client.get(f"/{page}").status_code == 200


def test_networks_and_contents_are_blocked_listed_and_unblocked(run, client, sessions):
    page = share(client)
    content = digest([File(code=CODE)])

    done = run("block", "--for", "30d", "--note", "spam", "203.0.113.9", page)

    assert done.exit_code == 0
    assert done.output.splitlines()[0].startswith("network 203.0.113.9/32 blocked until ")
    assert [line.split("\t")[:2] for line in run("blocks").output.splitlines()] == [
        ["network", "203.0.113.9/32"],
        ["content", content],
    ]
    assert client.post("/", data={"code": "y"}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    assert client.post("/", data={"code": CODE}).status_code == 403
    assert run("unblock", "203.0.113.9", content).output.count("unblocked") == 2
    assert run("unblock", "203.0.113.9").output == "network 203.0.113.9/32 was not blocked\n"
    assert run("blocks").output == ""
    assert client.post("/", data={"code": CODE}).status_code == 303
    assert [row[1:] for row in trail(sessions)] == [
        ("block", "203.0.113.9/32", "spam"),
        ("block", content, "spam"),
        ("unblock", "203.0.113.9/32", None),
        ("unblock", content, None),
    ]


def test_the_network_that_a_snippet_came_from_is_blocked_by_its_id_for_good_unless_told(run, client, sessions):
    page = share(client)

    assert run("block", "--network", page).output == "network 203.0.113.0/24 blocked for good\n"

    assert client.post("/", data={"code": "y"}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
    with sessions() as session:
        assert session.scalars(select(Unwelcome)).all() == []
    assert run("unblock", "--network", page).output == "network 203.0.113.0/24 unblocked\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["anybody"], "is no network such as"),
        ([MISSING], "There is no snippet"),
        (["--network", MISSING], "There is no snippet"),
        (["::/0"], "too wide"),
    ],
)
def test_what_cannot_be_blocked_is_said_and_ends_with_1_after_the_rest(run, sessions, arguments, said: str):
    done = run("block", *arguments, *([] if "--network" in arguments else ["203.0.113.0/24"]))

    assert done.exit_code == 1
    assert said in done.stderr
    with sessions() as session:
        assert session.scalars(select(BlockedNetwork.network)).all() == (
            [] if "--network" in arguments else ["203.0.113.0/24"]
        )


def test_the_figures_count_everything_while_there_is_little(run, client, sessions, work):
    share(client, "x = 1\n", name="a.py", visibility="public")
    work()
    share(client, "y" * 4096, name="b.rs")
    gone = share(client, "z", visibility="private")
    run("takedown", gone)
    with sessions.begin() as session:
        session.execute(update(Snippet).where(Snippet.id == gone).values(created_at=now() - timedelta(days=1)))

    lines = [line.split() for line in run("stats").output.splitlines()]

    text = [" ".join(line) for line in lines]
    assert text[0] == "snippets 3: 1 public, 1 unlisted, 1 private; 1 taken down"
    assert text[1] == "files 3 in all revisions, 2 pending"
    assert text[2] == "code 4 KiB"
    for line in ("python 1 33.3%", "rust 1 33.3%", "pygments 1 33.3%", "pending 2 66.7%"):
        assert line in text
    assert f"{now():%Y-%m-%d} 2" in text
    assert f"{now() - timedelta(days=1):%Y-%m-%d} 1" in text
    assert f"{now() - timedelta(days=29):%Y-%m-%d} 0" in text
    assert not any("estimated" in line for line in text)


@pytest.mark.drill
def test_the_figures_of_many_files_are_estimated_and_say_so(run, sessions, monkeypatch):
    monkeypatch.setattr(figures, "FEW", 1000)
    monkeypatch.setattr(figures, "SAMPLE", 1000)
    with sessions.begin() as session:
        for number in range(2000):
            language = "python" if number % 4 else "c"
            session.add(
                Snippet(files=[File(position=1, language=language, code="x" * 100, html="x", engine="pygments")])
            )

    with sessions() as session:
        found = figures.estimate_files(session, figures.last_file(session))
    estimated, exact = run("stats").output, run("stats", "--exact").output

    assert found.count == pytest.approx(2000, rel=0.35)
    assert 0 < found.sampled <= 1000
    assert 0.6 < found.languages["python"] / found.count < 0.9
    assert "estimated, as are the tables of files, from" in estimated
    assert "about" in estimated
    assert "2,000 in all revisions" in exact
    assert "195.3 KiB" in exact
    assert "estimated" not in exact


def test_the_figures_of_an_empty_site_are_nought(run):
    done = run("stats")

    assert done.exit_code == 0
    assert "0: 0 public, 0 unlisted, 0 private; 0 taken down" in done.output
