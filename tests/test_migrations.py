"""The migrations make exactly what the models describe, on both engines, and the version before goes on meanwhile."""

import re
import threading
import time
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import migrate
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from snippets.database import connect
from snippets.expected_schema import SchemaError, newest, refuse_older
from snippets.models import Base
from snippets.settings import ROOT

# What the version before still reads or writes. A migration that contracts says since which release nobody does, as in
# CONTRACTS = "0.2.0", and that release is in the changelog.
TAKES_AWAY = re.compile(
    r"DROP (TABLE|COLUMN|VIEW|EXTENSION)|RENAME|SET NOT NULL|ALTER COLUMN \w+ TYPE|ADD COLUMN (?!.*DEFAULT).* NOT NULL",
    re.IGNORECASE | re.DOTALL,
)
NEW_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?\S+ ON (\w+)")
NEW_TABLE = re.compile(r"CREATE TABLE (\w+)")
BEFORE_ANY_RELEASE = ("0002", "0003", "0006", "0008", "0009")  # indices that were built while nobody served


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what each engine searches with, which no model can describe."""
    return not (kind == "table" and str(name).startswith("listings_search")) and name != "ix_listings_content"


def test_the_migrated_database_is_the_one_that_the_models_describe(database_url: str):
    engine = connect(database_url).kw["bind"]

    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": is_described}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def statements(url: str) -> Iterator[tuple[str, str]]:
    """Migrate an empty database; yield what was executed, each statement with the revision that it leads to."""
    executed: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        executed.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for script in reversed(list(scripts().walk_revisions())):
            executed.clear()
            migrate(url, script.revision)
            yield from ((script.revision, each) for each in executed if "alembic_version" not in each)
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))


def may_contract(revision: str) -> bool:
    release = getattr(scripts().get_revision(revision).module, "CONTRACTS", None)
    return release is not None and f"## [{release}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.postgresql
def test_no_migration_takes_away_what_the_version_before_needs(empty_postgresql: str):
    made: dict[str, str] = {}
    wrong = []
    for revision, statement in statements(empty_postgresql):
        made.update((table, revision) for table in NEW_TABLE.findall(statement))
        if TAKES_AWAY.search(statement) and not may_contract(revision):
            wrong.append((revision, statement))
        for at_once, table in NEW_INDEX.findall(statement):
            if made[table] != revision and not at_once and revision not in BEFORE_ANY_RELEASE:
                wrong.append((revision, statement))

    assert len(made) > 10
    assert wrong == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE files DROP COLUMN note",
        "ALTER TABLE files RENAME note TO why",
        "ALTER TABLE files ADD COLUMN lines INTEGER NOT NULL",
        "ALTER TABLE files ALTER COLUMN note SET NOT NULL",
        "DROP TABLE previews",
    ],
)
def test_what_would_break_the_version_before_is_seen(statement: str):
    assert TAKES_AWAY.search(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE snippets ADD COLUMN tags TEXT DEFAULT '' NOT NULL",
        "ALTER TABLE unwelcome ALTER COLUMN until DROP NOT NULL",
        "DROP INDEX ix_snippets_owner_hash",
    ],
)
def test_what_the_version_before_does_not_miss_is_let_pass(statement: str):
    assert not TAKES_AWAY.search(statement)


@pytest.mark.drill
@pytest.mark.postgresql
def test_a_migration_waits_for_a_lock_only_so_long_and_then_lets_the_others_go_first(empty_postgresql, monkeypatch):
    migrate(empty_postgresql, "0008")
    reader = create_engine(empty_postgresql)
    done = threading.Event()

    def upgrade() -> None:
        migrate(empty_postgresql, lock_timeout=200)
        done.set()

    with reader.connect() as slow, reader.connect() as quick:
        slow.execute(text("SELECT * FROM listings"))  # a transaction that stays open
        thread = threading.Thread(target=upgrade)
        thread.start()
        for _ in range(20):
            quick.execute(text("SET lock_timeout = '2s'"))
            quick.execute(text("SELECT * FROM listings"))  # waits behind the migration, and never for long
            quick.rollback()
            time.sleep(0.02)
        assert not done.is_set()
        slow.rollback()
    thread.join(60)
    reader.dispose()

    assert done.is_set()


@pytest.mark.drill
@pytest.mark.postgresql
def test_a_migration_that_never_gets_its_lock_ends_and_leaves_what_was(empty_postgresql, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    migrate(empty_postgresql, "0008")
    reader = create_engine(empty_postgresql)
    with reader.connect() as slow:
        slow.execute(text("SELECT * FROM listings"))

        with pytest.raises(OperationalError, match="lock timeout"):
            migrate(empty_postgresql, lock_timeout=50)

        assert slow.scalar(text("SELECT version_num FROM alembic_version")) == "0008"
    reader.dispose()


@pytest.mark.parametrize("after", [1, 4, 7, 10])
def test_a_migration_that_was_cut_off_leaves_nothing_of_itself_and_is_done_by_the_next_try(tmp_path, after: int):
    url = f"sqlite:///{tmp_path}/cut.db"
    migrate(url, "0008")
    done = 0

    def cut(_connection, _cursor, statement: str, *_rest) -> None:
        nonlocal done
        done += statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "INSERT"))
        if done == after:
            raise SystemExit(137)

    event.listen(Engine, "after_cursor_execute", cut)
    try:
        with pytest.raises(SystemExit):
            migrate(url)
    finally:
        event.remove(Engine, "after_cursor_execute", cut)

    migrate(url)

    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest()
    engine.dispose()


def test_the_code_knows_its_own_revision():
    assert newest() == scripts().get_current_head()


def test_a_database_that_is_newer_is_left_as_it_is(database_url: str):
    sessions = connect(database_url)
    with sessions.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        migrate(database_url)
        refuse_older(sessions)
    finally:
        with sessions.begin() as session:
            assert session.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
            session.execute(text(f"UPDATE alembic_version SET version_num = '{newest()}'"))
        sessions.kw["bind"].dispose()


def test_a_database_that_is_older_is_refused_with_what_to_do(tmp_path):
    url = f"sqlite:///{tmp_path}/old.db"
    with pytest.raises(SchemaError, match="no tables of ours"):
        refuse_older(connect(url))
    refuse_older(connect(url), may_be_empty=True)
    migrate(url, "0008")

    with pytest.raises(SchemaError, match=f"is at 0008, and this code is for {newest()}. Run the release first"):
        refuse_older(connect(url))


def test_a_database_that_is_away_stops_no_start():
    refuse_older(connect("postgresql://127.0.0.1:1/x"))


def test_they_run_from_any_folder(new_database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = new_database("sqlite")

    migrate(url)

    refuse_older(connect(url))
