"""`flask snippets doctor`: each part is broken in earnest, and he says which, and what mends it."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import migrate
from redis import Redis
from rq import Queue, Worker
from rq.suspension import suspend
from rq.utils import utcformat
from sqlalchemy import create_engine, make_url, text

from snippets.breaker import OPEN
from snippets.doctor import clock, database, disk
from snippets.doctor.examination import of_database, of_redis
from snippets.doctor.finding import Finding, State
from snippets.doctor.highlighter import breaker_part, highlighter
from snippets.doctor.mail import mail
from snippets.doctor.names import KNOWN, secret_key, unknown_names
from snippets.doctor.redis import redis_parts
from snippets.doctor.workers import worker_parts
from snippets.settings import ROOT, Settings
from workers.recovery import RecoveringWorker

from hostile import Hostile
from post_office import PostOffice, with_mail
from processes import environment
from servers import Valkey

GOOD_KEY = "Yb3kQ9vT2mXw8ZpL5rNc7dHf4gJs6aEu"


def of(findings: Iterator[Finding]) -> dict[str, Finding]:
    """Return the findings by their part, the ill ones before the others."""
    found = sorted(findings, key=lambda each: each.state is State.ILL)
    return {each.part: each for each in found}


def is_ill(finding: Finding, said: str, mend: str) -> bool:
    assert finding.state is State.ILL, finding
    assert said in finding.said
    assert mend in (finding.mend or "")
    return True


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "snippets.db")
    return f"sqlite:///{tmp_path}/snippets.db"


@pytest.fixture
def own_postgresql(empty_postgresql: str) -> str:
    """A database that a test may spoil."""
    migrate(empty_postgresql)
    return empty_postgresql


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def as_he_says(url: str, mend: str | None) -> None:
    """Do what the doctor advises in SQL."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in filter(None, (mend or "").removeprefix("As the database's owner: ").split(";")):
            connection.execute(text(statement))
    engine.dispose()


class TestSettings:
    def test_a_misspelt_variable_is_named_with_the_one_that_was_meant(self):
        environ = {"SECRET_KEYS": "x", "DATABASE_URI": "x", "PATH": "/bin", "REDIS_TLS_URL": "x", "SECRET_KEY": "x"}

        findings = list(unknown_names(environ, {}))

        assert len(findings) == 2
        assert is_ill(findings[0], "DATABASE_URI in the environment", "Did you mean DATABASE_URL?")
        assert is_ill(findings[1], "SECRET_KEYS in the environment", "Did you mean SECRET_KEY?")

    def test_the_file_is_ours_alone_and_holds_no_other_names(self):
        [finding] = unknown_names({}, {"COLOUR_OF_THE_SHED": "x", "PORT": "1"})

        assert is_ill(finding, "COLOUR_OF_THE_SHED in the file .env", "README.md has all names")

    def test_every_documented_name_is_known(self):
        lines = (ROOT / ".env.example").read_text().splitlines()
        documented = {line[1:].partition("=")[0] for line in lines if line.startswith("#") and line[1:2].isupper()}

        assert {name for name in documented if name.isupper() and " " not in name} <= KNOWN
        assert [each.state for each in unknown_names(dict.fromkeys(KNOWN, "x"), {})] == [State.WELL]

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            (None, "missing"),
            ("x" * 12, "12 characters"),
            ("a" * 40, "thought it up"),
            (f"{GOOD_KEY}-changeme", "thought"),
        ],
    )
    def test_a_weak_key_is_told_from_one_that_was_drawn_by_lot(self, key, said):
        assert is_ill(secret_key(Settings(secret_key=key)), said, "secrets.token_urlsafe(32)")
        assert secret_key(Settings(secret_key=GOOD_KEY)).state is State.WELL


class TestDatabase:
    @pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
    def test_a_migrated_database_is_well(self, request, engine):
        url = request.getfixturevalue({"sqlite": "sqlite", "postgresql": "migrated_postgresql"}[engine])

        findings = list(of_database(Settings(database_url=url)))

        assert [each for each in findings if each.state is not State.WELL] == []
        assert [each.part for each in findings] == ["database", "migrations", "writing", "set-up", "clock, database"]

    def test_a_database_that_is_away_is_said_once_and_the_rest_is_unseen(self):
        url = "postgresql://snippets:hush-hush@127.0.0.1:1/x"

        first, *others = of_database(Settings(database_url=url))

        assert is_ill(first, "connection", "DATABASE_URL")
        assert "hush" not in first.said
        assert {each.state for each in others} == {State.UNSEEN}

    def test_a_file_for_which_there_can_be_no_folder_is_a_database_that_is_away(self):
        first, *others = of_database(Settings(database_url="sqlite:////proc/none/snippets.db"))

        assert is_ill(first, "unable to open database file", "DATABASE_URL")
        assert {each.state for each in others} == {State.UNSEEN}

    def test_a_database_without_tables_is_told_to_be_released(self, tmp_path):
        found = of(of_database(Settings(database_url=f"sqlite:///{tmp_path}/new.db")))

        assert is_ill(found["migrations"], "no tables", "alembic upgrade head")
        assert found["writing"].state is State.UNSEEN

    def test_an_older_and_a_newer_database_are_told_apart(self, sqlite):
        execute(sqlite, "UPDATE alembic_version SET version_num = '0002'")
        assert is_ill(of(of_database(Settings(database_url=sqlite)))["migrations"], "at 0002", "alembic upgrade head")

        execute(sqlite, "UPDATE alembic_version SET version_num = '9999'")
        assert is_ill(of(of_database(Settings(database_url=sqlite)))["migrations"], "older than", "Deploy the code")

    def test_a_database_that_cannot_be_written_is_ill(self, sqlite):
        read_only = f"sqlite:///file:{make_url(sqlite).database}?mode=ro&uri=true"

        assert is_ill(of(of_database(Settings(database_url=read_only)))["writing"], "readonly", "Let the site's user")

    @pytest.mark.postgresql
    def test_a_postgresql_that_only_reads_is_ill(self, own_postgresql):
        execute(own_postgresql, "ALTER DATABASE empty SET default_transaction_read_only = on")

        found = of(of_database(Settings(database_url=own_postgresql)))

        assert is_ill(found["writing"], "read-only transaction", "Let the site's user write")

    def test_sqlite_without_a_write_ahead_log_is_ill(self, sqlite):
        execute(sqlite, "PRAGMA journal_mode=DELETE")
        no_shared_memory = f"sqlite:///file:{make_url(sqlite).database}?vfs=unix-dotfile&uri=true"

        found = of(of_database(Settings(database_url=no_shared_memory)))

        assert is_ill(found["set-up"], "“delete”", "local disk")

    @pytest.mark.postgresql
    def test_a_postgresql_without_its_extension_is_ill(self, own_postgresql):
        execute(own_postgresql, "DROP EXTENSION pg_trgm CASCADE")

        found = of(of_database(Settings(database_url=own_postgresql)))["set-up"]
        assert is_ill(found, "pg_trgm", "CREATE EXTENSION")

        as_he_says(own_postgresql, found.mend)
        assert of(of_database(Settings(database_url=own_postgresql)))["set-up"].state is State.WELL

    @pytest.mark.postgresql
    def test_a_postgresql_without_the_index_of_the_search_is_ill_until_it_is_made(self, own_postgresql):
        execute(own_postgresql, "DROP INDEX ix_listings_content")

        found = of(of_database(Settings(database_url=own_postgresql)))["set-up"]
        assert is_ill(found, "index of the search is missing", "CREATE INDEX CONCURRENTLY")

        as_he_says(own_postgresql, found.mend)
        assert of(of_database(Settings(database_url=own_postgresql)))["set-up"].state is State.WELL

    def test_a_database_that_is_too_old_is_ill(self, sqlite, monkeypatch):
        monkeypatch.setitem(database.OLDEST, "sqlite", (99,))

        assert is_ill(of(of_database(Settings(database_url=sqlite)))["database"], "too old", "Upgrade it to 99")


class TestRedis:
    @pytest.fixture
    def redis(self, own_valkey: Valkey) -> Iterator[Redis]:
        with Redis.from_url(own_valkey.url) as redis:
            redis.config_set("appendonly", "yes")
            yield redis

    def test_a_redis_as_make_run_starts_it_is_well(self, redis):
        assert {each.state for each in redis_parts(redis)} == {State.WELL}

    def test_a_redis_that_is_stopped_is_ill_and_the_workers_are_unseen(self, own_valkey):
        own_valkey.stop()

        found = of(of_redis(Settings(redis_url=own_valkey.url)))

        assert is_ill(found["redis"], "Connection refused", "REDIS_URL")
        assert found["workers"].state is State.UNSEEN

    def test_a_redis_that_forgets_at_a_restart_is_ill(self, redis):
        redis.config_set("appendonly", "no")

        assert is_ill(of(redis_parts(redis))["persistence"], "no append-only file", "appendonly yes")

    def test_a_redis_that_throws_jobs_away_is_ill(self, redis):
        redis.config_set("maxmemory-policy", "allkeys-lru")

        assert is_ill(of(redis_parts(redis))["eviction"], "allkeys-lru", "noeviction")

    def test_a_redis_that_is_nearly_full_is_ill(self, redis):
        redis.config_set("maxmemory", redis.info()["used_memory"] + 2**16)

        assert is_ill(of(redis_parts(redis))["memory"], "that it may", "maxmemory")


class TestWorkers:
    @pytest.fixture
    def worker(self, redis: Redis) -> Callable[..., Worker]:
        def start(queue: str, kind: type[Worker] = RecoveringWorker) -> Worker:
            worker = kind([Queue(queue, connection=redis)], connection=redis)
            worker.register_birth()
            worker.heartbeat()
            return worker

        return start

    def test_workers_on_each_queue_are_well(self, redis, worker):
        worker("snippets"), worker("bulk")

        assert {each.state for each in worker_parts(redis, Settings())} == {State.WELL}

    def test_a_queue_without_a_worker_is_named(self, redis, worker):
        worker("snippets")

        found = of(worker_parts(redis, Settings()))

        assert found["queue snippets"].state is State.WELL
        assert is_ill(found["queue bulk"], "No worker", "rq worker bulk")

    def test_the_queue_of_mail_needs_a_worker_only_where_mail_is_sent(self, redis):
        [*_, last] = worker_parts(redis, Settings(smtp_url="smtp://127.0.0.1"))

        assert is_ill(last, "No worker", "rq worker mail")
        assert "queue mail" not in of(worker_parts(redis, Settings()))

    def test_a_worker_that_gives_no_sign_of_life_is_ill(self, redis, worker):
        frozen = worker("snippets", Worker)
        redis.hset(frozen.key, "last_heartbeat", utcformat(datetime.now(UTC) - timedelta(seconds=90)))

        assert is_ill(of(worker_parts(redis, Settings()))["queue snippets"], "90 s ago", "restart")

    def test_workers_that_may_take_no_job_are_ill(self, redis, worker):
        worker("snippets")
        suspend(redis)

        assert is_ill(of(worker_parts(redis, Settings()))["workers"], "no job", "Resume")

    def test_a_worker_of_another_version_is_named(self, redis, worker, monkeypatch):
        monkeypatch.setattr("workers.recovery.__version__", "0.0.1")
        worker("snippets")

        assert is_ill(of(worker_parts(redis, Settings()))["versions"], "has site 0.0.1", "Restart those workers")


class TestHighlighter:
    @pytest.mark.drill
    @pytest.mark.parametrize("name", ["honest", "tokens-honest"])
    def test_an_honest_highlighter_is_well(self, name):
        with Hostile() as server:
            assert highlighter(server.settings(name)).state is State.WELL

    @pytest.mark.drill
    @pytest.mark.parametrize(
        ("name", "said"),
        [("drops-a-line", "changed the text"), ("drips-its-body", "took too long"), ("answers-500", "an error")],
    )
    def test_what_is_wrong_with_a_highlighter_is_said(self, name, said):
        with Hostile() as server:
            assert is_ill(highlighter(server.settings(name)), said, "HIGHLIGHTER_URL")

    @pytest.mark.drill
    def test_a_highlighter_that_is_stopped_is_ill(self):
        assert is_ill(highlighter(Settings(highlighter_url="http://127.0.0.1:1")), "could not be reached", "Start it")

    @pytest.mark.drill
    def test_a_highlighter_that_knows_no_keyword_is_ill(self):
        with Hostile() as server:
            settings = server.settings("tokens-of-no-interest")
            assert is_ill(highlighter(settings), "no keyword", "HIGHLIGHTER_DIALECT")

    def test_without_a_highlighter_pygments_is_enough(self):
        assert highlighter(Settings()).state is State.WELL

    def test_an_open_breaker_is_ill(self, redis):
        settings = Settings(highlighter_url="http://127.0.0.1:1")
        assert [each.state for each in breaker_part(redis, settings)] == [State.WELL]

        redis.set(OPEN, time.time() - 70)

        assert is_ill(of(breaker_part(redis, settings))["breaker"], "Open for 70 s", "/ops")


class TestMail:
    @pytest.fixture
    def office(self) -> Iterator[PostOffice]:
        office = PostOffice()
        yield office
        office.stop()

    @pytest.mark.drill
    def test_a_server_that_takes_mail_is_well_and_gets_none(self, office):
        [finding] = mail(with_mail(Settings(), office))

        assert finding.state is State.WELL
        assert office.accepted == []

    @pytest.mark.drill
    def test_a_server_that_refuses_the_site_is_ill(self, office):
        office.answers["MAIL"] = "550 not from you"

        [finding] = mail(with_mail(Settings(), office))

        assert is_ill(finding, "550 not from you", "MAIL_FROM")

    @pytest.mark.drill
    def test_a_server_that_is_stopped_is_ill_and_its_password_is_not_shown(self):
        url = "smtp://site:hush-hush@127.0.0.1:1"

        [finding] = mail(Settings(smtp_url=url, mail_from="site@example.org", site_url="https://paste.example"))

        assert is_ill(finding, "Connection refused", "SMTP_URL")
        assert "hush" not in finding.said

    def test_without_a_server_there_is_nothing_to_look_at(self):
        assert list(mail(Settings())) == []


class TestClockAndDisk:
    @pytest.mark.parametrize(("skew", "said"), [(60, "60 s ahead of that of"), (-60, "60 s behind that of")])
    def test_a_clock_that_is_wrong_is_told_by_redis(self, redis, skew, said):
        assert is_ill(clock.against_redis(redis, lambda: time.time() + skew), said, "NTP")
        assert clock.against_redis(redis).state is State.WELL

    @pytest.mark.postgresql
    def test_a_clock_that_is_wrong_is_told_by_postgresql(self, migrated_postgresql):
        engine = create_engine(migrated_postgresql)
        with engine.connect() as connection:
            finding = clock.against_database(connection, lambda: time.time() + 60)
        engine.dispose()

        assert is_ill(finding, "60 s ahead of that of the database", "NTP")

    def test_a_full_disk_is_ill(self, sqlite):
        settings = Settings(database_url=sqlite)

        assert disk.disk(settings, enough=0).state is State.WELL
        assert is_ill(disk.disk(settings, enough=2**60), "free;", "Make room")

    def test_a_disk_that_takes_not_one_byte_more_needs_room_and_no_other_owner(self, sqlite, monkeypatch):
        with Path("/dev/full").open("wb", 0) as full:
            monkeypatch.setattr(disk.tempfile, "TemporaryFile", lambda **_: full)

            assert is_ill(disk.disk(Settings(database_url=sqlite)), "No space left", "Make room")

    def test_a_folder_in_which_nobody_may_write_is_ill(self):
        settings = Settings(database_url="sqlite:////proc/snippets.db")

        assert is_ill(disk.disk(settings), "Nothing can be written to /proc", "own user")


def examined(*options: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the doctor in a process of his own."""
    return subprocess.run(
        [sys.executable, "-m", "snippets.doctor", *options],
        cwd=ROOT,
        env=environment(ENV_FILE="/dev/null", SECRET_KEY=GOOD_KEY, **changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.drill
def test_a_site_that_is_well_ends_with_0_and_an_ill_one_with_1(own_valkey: Valkey, sqlite: str):
    with Redis.from_url(own_valkey.url) as redis:
        redis.config_set("appendonly", "yes")
        for queue in ("snippets", "bulk"):
            RecoveringWorker([Queue(queue, connection=redis)], connection=redis).register_birth()
        well = examined("--json", DATABASE_URL=sqlite, REDIS_URL=own_valkey.url)
        redis.config_set("maxmemory-policy", "allkeys-random")
        ill = examined(DATABASE_URL=sqlite, REDIS_URL=own_valkey.url)

    assert (well.returncode, ill.returncode) == (0, 1), well.stdout
    told = json.loads(well.stdout)
    assert told["ok"] is True
    assert {each["state"] for each in told["findings"]} == {"ok"}
    [line] = [line for line in ill.stdout.splitlines() if line.startswith("FAIL")]
    assert line.split() == "FAIL eviction A full Redis throws jobs away: its policy is allkeys-random.".split()
    assert "maxmemory-policy noeviction" in ill.stdout


@pytest.mark.drill
def test_a_bad_setting_is_said_although_nothing_starts_with_it():
    answer = examined("--json", PORT="eighty")

    assert answer.returncode == 1
    [finding] = json.loads(answer.stdout)["findings"]
    assert "PORT is “eighty”" in finding["said"]


def test_the_doctor_is_a_command_of_flask_too(app):
    assert "how to mend" in app.test_cli_runner().invoke(args=["snippets", "doctor", "--help"]).output
