"""The environment is the only configuration: parsed once, typed, frozen."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from snippets.expiry import EXPIRIES, allowed
from snippets.logs import FORMATS

ROOT = Path(__file__).resolve().parent.parent
DIALECTS = ("pygments", "hilite", "hljs", "tokens")


class SettingsError(ValueError):
    """A setting is missing or cannot be used; the message names it and says what would do."""


def _text(value: str) -> str:
    return value


def _flag(value: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]
    except KeyError:
        raise ValueError("one of 1, true, yes, 0, false, no") from None


def _secret(value: str) -> str:
    if len(value) < 12:
        raise ValueError("at least 12 characters long")
    return value


def _rate(value: str) -> str | None:
    if value == "off":
        return None
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", value):
        raise ValueError("a count and a time, such as 60/minute, or off")
    return value


def _fields(value: str) -> str:
    if not re.fullmatch(r"\s*\w+\s*,\s*\w+\s*", value):
        raise ValueError("two names with a comma between, such as lang,content")
    return value


def _style(value: str) -> str:
    from pygments.styles import STYLE_MAP  # noqa: PLC0415 — only who sets this pays for it

    return _choice(*STYLE_MAP)(value)


def _number(kind: type, low: float, high: float) -> Callable[[str], Any]:
    expected = f"a {'whole number' if kind is int else 'number'} from {low:g} to {high:g}"

    def parse(value: str) -> Any:
        try:
            number = kind(value)
        except ValueError:
            raise ValueError(expected) from None
        if not low <= number <= high:  # refuses nan as well
            raise ValueError(expected)
        return number

    return parse


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        parts = urlsplit(value)  # raises ValueError of its own on a malformed host
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError(f"an address beginning with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        try:
            _ = parts.port
        except ValueError:
            raise ValueError("an address whose port is a number up to 65535") from None
        return value

    return parse


def _dsn(value: str) -> str:
    parts = urlsplit(_url("http", "https")(value))
    if not (parts.username and parts.hostname and re.fullmatch(r"/(.+/)?\d+", parts.path)):
        raise ValueError("an address such as https://key@host/1, as Sentry shows it")
    return value


def _database_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.split("+")[0] not in ("sqlite", "postgres", "postgresql"):
        raise ValueError("an address beginning with sqlite:// or postgresql://")
    if scheme.startswith("sqlite") and rest.partition("?")[0] in ("", "/", "/:memory:"):
        raise ValueError("in a file: in memory each process would have a database of its own")
    return f"postgresql://{rest}" if scheme == "postgres" else value  # Heroku's spelling


def _setting(default: Any, parse: Callable[[str], Any], about: str, *, private: bool = False) -> Any:
    return field(default=default, repr=not private, metadata={"parse": parse, "about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of the site, its default, and what it means (times in seconds, sizes in bytes)."""

    database_url: str = _setting(
        f"sqlite:///{ROOT}/var/snippets.db",
        _database_url,
        "where snippets are kept: SQLite or PostgreSQL",
        private=True,
    )
    redis_url: str = _setting(
        "redis://127.0.0.1:6379/0", _url("redis", "rediss", "unix"), "where the queues are kept", private=True
    )
    secret_key: str | None = _setting(
        None, _secret, "signs the owner's cookie; the web does not start without it", private=True
    )
    site_name: str = _setting("Snippets", _text, "the name in the top bar")
    port: int = _setting(8000, _number(int, 1, 65535), "where the web process listens")
    dashboard_user: str = _setting("admin", _text, "user name for /rq and /ops")
    dashboard_password: str | None = _setting(
        None, _secret, "password for /rq and /ops; without one neither is there", private=True
    )
    metrics_token: str | None = _setting(
        None, _secret, "opens /metrics to a program, as does the password; without both there is none", private=True
    )
    highlighter_url: str | None = _setting(
        None, _url("http", "https"), "the HTTP highlighter; empty: Pygments only", private=True
    )
    highlighter_dialect: str = _setting("pygments", _choice(*DIALECTS), "the protocol that it speaks")
    highlighter_fields: str = _setting("lang,content", _fields, "hljs dialect: the JSON fields of language and code")
    highlighter_style: str = _setting(
        "colorful", _style, "hilite dialect: the Pygments style whose colours are mapped back"
    )
    highlighter_deadline: float = _setting(4.0, _number(float, 0.1, 12), "seconds for one whole remote call")
    highlighter_private: bool = _setting(False, _flag, "whether private snippets may be sent to the highlighter")
    breaker_failures: int = _setting(
        5, _number(int, 0, 1000), "failures in a row after which the highlighter is left alone; 0: never"
    )
    breaker_seconds: int = _setting(30, _number(int, 1, 3600), "seconds within which they must happen")
    pygments_deadline: float = _setting(10.0, _number(float, 0.1, 12), "seconds for one local highlighting")
    pygments_max_bytes: int = _setting(4 * 2**20, _number(int, 1, 2**30), "a larger file is left plain by Pygments")
    max_snippet_bytes: int = _setting(2**20, _number(int, 1, 2**26), "the most a snippet may hold, all files together")
    max_files: int = _setting(100, _number(int, 1, 1000), "the most files in one snippet")
    expiry_default: str = _setting("never", _choice(*EXPIRIES), "when a snippet expires of which nothing is said")
    expiry_max: str = _setting("never", _choice(*EXPIRIES), "the longest that a snippet may live")
    listing_delay: int = _setting(
        60, _number(int, 0, 10**6), "minutes before lists show a public snippet that holds many links"
    )
    create_limit: str | None = _setting("60/minute", _rate, "pastes from one address; `off`: no limit")
    require_api_key: bool = _setting(
        False, _flag, "whether only who has an API key may share something new: see `flask snippets key`"
    )
    miss_limit: str | None = _setting(
        "60/minute", _rate, "wrong addresses from one client before it is refused any; `off`: no limit"
    )
    trusted_proxies: int = _setting(0, _number(int, 0, 10), "reverse proxies in front whose X-Forwarded-* are believed")
    worker_max_jobs: int = _setting(1000, _number(int, 1, 10**9), "jobs after which a worker forks its horse anew")
    worker_max_rss_mb: int = _setting(
        512, _number(int, 64, 2**20), "MiB of memory above which a horse is not given another job"
    )
    log_format: str = _setting("text", _choice(*FORMATS), "how every process writes its log: text or json")
    sentry_dsn: str | None = _setting(
        None, _dsn, "where errors are reported, as Sentry gives it; empty: nowhere", private=True
    )
    page_cache_mb: int = _setting(
        32, _number(int, 0, 2**16), "MiB in which each web process keeps pages for up to 10 s; 0: none"
    )
    redis_timeout: float = _setting(0.4, _number(float, 0.05, 10), "seconds the web waits for Redis before going on")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings: the environment first, beneath it the file `.env` (another one: `ENV_FILE`).

        Raises SettingsError, whose message names the variable and what it accepts. Empty means unset.
        """
        environ = os.environ if environ is None else environ
        beneath = dotenv_values(environ.get("ENV_FILE") or ROOT / ".env", interpolate=False)
        values = {}
        for setting in fields(cls):
            name = setting.name.upper()
            given = environ.get(name, beneath.get(name))
            if given:
                values[setting.name] = _parsed(name, given, setting)
        if "expiry_max" in values:
            values.setdefault("expiry_default", values["expiry_max"])
        settings = cls(**values)
        if settings.expiry_default not in allowed(settings.expiry_max):
            raise SettingsError(f"EXPIRY_DEFAULT must not be longer than EXPIRY_MAX, which is {settings.expiry_max}.")
        return settings


def _parsed(name: str, given: str, setting: Field[Any]) -> Any:
    try:
        return setting.metadata["parse"](given)
    except ValueError as error:
        shown = "not shown here" if not setting.repr else f"“{given}”"
        raise SettingsError(f"{name} is {shown}: it must be {error}.") from None
