"""The environment is the only configuration, and a bad value says so."""

from dataclasses import fields
from pathlib import Path

import pytest

from snippets.relay import Relay
from snippets.settings import ROOT, Settings, SettingsError


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / "env"
    path.write_text("PORT=8100\nSITE_NAME=From the file\nDATABASE_URL=postgres://host/name\n")
    return path


def test_the_environment_stands_above_the_file(env_file: Path):
    settings = Settings.from_env({"ENV_FILE": str(env_file), "PORT": "8200"})

    assert (settings.port, settings.site_name) == (8200, "From the file")


def test_an_empty_variable_in_the_environment_unsets_what_the_file_says(env_file: Path):
    env_file.write_text("HIGHLIGHTER_URL=http://127.0.0.1:8001\n")

    assert Settings.from_env({"ENV_FILE": str(env_file), "HIGHLIGHTER_URL": ""}).highlighter_url is None


def test_without_anything_the_worker_finds_what_make_run_starts():
    settings = Settings.from_env({"ENV_FILE": "/dev/null"})

    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert settings.database_url == f"sqlite:///{ROOT}/var/snippets.db"
    assert settings.highlighter_url is None


def test_herokus_spelling_of_postgresql_is_understood(env_file: Path):
    assert Settings.from_env({"ENV_FILE": str(env_file)}).database_url == "postgresql://host/name"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "a whole number from 1 to 65535"),
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "80.5", "a whole number from 1 to 65535"),
        ("HIGHLIGHTER_DEADLINE", "nan", "a number from 0.1 to 12"),
        ("HIGHLIGHTER_DIALECT", "klingon", "one of pygments, hilite, hljs, tokens"),
        ("HIGHLIGHTER_URL", "ftp://host", "http:// or https://"),
        ("HIGHLIGHTER_URL", "http://host:port", "HIGHLIGHTER_URL"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "redis://localhost:6379/0?datbase=1", "no option that redis-py does not know"),
        ("REDIS_URL", "redis://localhost:6379/0?socket_timeout=soon", "no option that redis-py does not know"),
        ("DATABASE_URL", "mysql://host", "sqlite:// or postgresql://"),
        ("DATABASE_URL", "postgresql+asyncpg://host/name", "sqlite:// or postgresql://"),
        ("DATABASE_URL", "postgresql://host:five/name", "such as postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql://user:p@ss@host/name", "%40 for an @"),
        ("DATABASE_URL", "sqlite://user@/snippets.db", "a file without user or host"),
        ("SECRET_KEY", "short", "at least 12 characters"),
        ("HIGHLIGHTER_PRIVATE", "maybe", "one of 1, true"),
        ("CREATE_LIMIT", "lots", "such as 60/minute"),
        ("HIGHLIGHTER_FIELDS", "lang", "such as lang,content"),
        ("HIGHLIGHTER_STYLE", "klingon", "colorful"),
        ("LOG_FORMAT", "xml", "one of text, json"),
        ("SITE_ENV", "prod", "one of production, staging, development"),
        ("SENTRY_DSN", "key@host/1", "https://"),
        ("SENTRY_DSN", "https://host/1", "https://key@host/1"),
        ("SENTRY_DSN", "https://key@host/", "https://key@host/1"),
        ("SMTP_URL", "mail.example.org:25", "smtp+starttls://"),
        ("SMTP_URL", "smtps://user:pass#word@host", "%23"),
        ("SMTP_URL", "smtps://user@host", "a user and a password"),
        ("SMTP_URL", "smtps://user:pässword@host", "of ASCII"),
        ("SMTP_URL", "smtps://host:99999", "a number up to 65535"),
        ("SMTP_URL", "smtp://user:password@host", "over no line that others can read"),
        ("MAIL_FROM", "Site <site@example.org>", "one mail address"),
        ("OPERATOR_MAIL", "a@example.org,b@example.org", "one mail address"),
        ("MAIL_REDIRECT_TO", "a@example.org\r\nBcc: b@example.org", "one mail address"),
        ("MAIL_SHARING", "yes", "such as 60/minute"),
        ("SITE_URL", "paste.example.org", "http:// or https://"),
        ("SITE_URL", "https://paste.example.org?a=b", "such as https://paste.example.org"),
    ],
)
def test_a_bad_value_names_the_variable_and_what_it_accepts(name: str, value: str, says: str):
    with pytest.raises(SettingsError) as error:
        Settings.from_env({"ENV_FILE": "/dev/null", name: value})

    assert str(error.value).startswith(f"{name} is ")
    assert says in str(error.value)


MAIL = {"SMTP_URL": "smtps://me:a%2Fb@host", "MAIL_FROM": "site@example.org", "SITE_URL": "https://paste.org/"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"SMTP_URL": "smtp://localhost"}, "SMTP_URL needs MAIL_FROM"),
        ({"SMTP_URL": "smtp://localhost", "MAIL_FROM": "site@example.org"}, "SITE_URL"),
        ({"MAIL_SHARING": "100/day"}, "MAIL_SHARING needs SMTP_URL"),
        ({**MAIL, "SITE_ENV": "staging"}, "needs MAIL_REDIRECT_TO"),
    ],
)
def test_mail_that_could_not_be_sent_or_must_not_be_stops_the_start(given: dict[str, str], says: str):
    with pytest.raises(SettingsError, match=says):
        Settings.from_env({"ENV_FILE": "/dev/null", **given})


def test_mail_is_configured_by_a_server_a_sender_and_the_address_of_the_site():
    settings = Settings.from_env({"ENV_FILE": "/dev/null", **MAIL, "MAIL_SHARING": "off"})

    assert (settings.site_url, settings.mail_sharing) == ("https://paste.org", None)
    assert Relay.parse(settings.smtp_url or "") == Relay("smtps", "host", 465, "me", "a/b")


SECRETS = "SECRET_KEY SITE_PASSWORD DASHBOARD_PASSWORD METRICS_TOKEN DATABASE_URL REDIS_URL SENTRY_DSN SMTP_URL".split()


@pytest.mark.parametrize("name", SECRETS)
def test_no_message_and_no_log_shows_a_secret(name: str):
    with pytest.raises(SettingsError) as error:
        Settings.from_env({"ENV_FILE": "/dev/null", name: "bad:hush"})

    assert "hush" not in str(error.value)


@pytest.mark.parametrize("dsn", ["https://key@o1.ingest.sentry.io/42", "http://key@127.0.0.1:9000/behind/a/path/1"])
def test_an_address_as_sentry_gives_it_is_taken(dsn: str):
    assert Settings.from_env({"ENV_FILE": "/dev/null", "SENTRY_DSN": dsn}).sentry_dsn == dsn


def test_a_printed_settings_object_shows_no_secret():
    given = dict.fromkeys([*map(str.lower, SECRETS), "highlighter_url"], "hush")

    assert "hush" not in repr(Settings(**given))


@pytest.mark.parametrize("document", ["README.md", ".env.example"])
def test_every_setting_is_documented(document: str):
    text = (ROOT / document).read_text()

    assert [each.name.upper() for each in fields(Settings) if each.name.upper() not in text] == []
