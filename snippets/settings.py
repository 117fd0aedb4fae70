"""The environment is the only configuration: parsed once, typed, frozen."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from snippets import setting_kinds as kinds
from snippets.database_address import database_url
from snippets.expiry import EXPIRIES, allowed
from snippets.logs import FORMATS

ROOT = Path(__file__).resolve().parent.parent
SITE_ENVS = ("production", "staging", "development")
DIALECTS = ("pygments", "hilite", "hljs", "tokens")


class SettingsError(ValueError):
    """A setting is missing or cannot be used; the message names it and says what would do."""


def _setting(default: Any, parse: Callable[[str], Any], about: str, *, private: bool = False) -> Any:
    return field(default=default, repr=not private, metadata={"parse": parse, "about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of the site, its default, and what it means (times in seconds, sizes in bytes)."""

    database_url: str = _setting(
        f"sqlite:///{ROOT}/var/snippets.db",
        database_url,
        "where snippets are kept: SQLite or PostgreSQL",
        private=True,
    )
    redis_url: str = _setting("redis://127.0.0.1:6379/0", kinds.redis_url, "where the queues are kept", private=True)
    secret_key: str | None = _setting(
        None, kinds.secret, "signs the owner's cookie; the web does not start without it", private=True
    )
    site_password: str | None = _setting(
        None, kinds.secret, "closes the site to whoever does not give it; see closed_for", private=True
    )
    closed_for: str = _setting(
        "everything", kinds.choice("everything", "create"), "what needs the site's password, or the proxy's word"
    )
    auth_header: str | None = _setting(
        None, kinds.header, "the header in which a trusted proxy says who has logged in; closes the site to all others"
    )
    auth_proxies: str = _setting(
        "127.0.0.1,::1", kinds.networks, "addresses and networks of that proxy: nobody else's word is believed"
    )
    auth_login_url: str | None = _setting(
        None, kinds.url("http", "https"), "where a browser is sent of which the proxy says nothing"
    )
    auth_in_log: bool = _setting(False, kinds.flag, "whether the log's lines say who has logged in")
    site_name: str = _setting("Snippets", kinds.text, "the name in the top bar")
    site_env: str = _setting(
        "production",
        kinds.choice(*SITE_ENVS),
        "what the site is for; staging says so on each page, lets nothing be indexed and takes data of production's",
    )
    port: int = _setting(8000, kinds.number(int, 1, 65535), "where the web process listens")
    dashboard_user: str = _setting("admin", kinds.text, "user name for /rq and /ops")
    dashboard_password: str | None = _setting(
        None, kinds.secret, "password for /rq and /ops; without one neither is there", private=True
    )
    metrics_token: str | None = _setting(
        None,
        kinds.secret,
        "opens /metrics to a program, as does the password; without both there is none",
        private=True,
    )
    highlighter_url: str | None = _setting(
        None, kinds.url("http", "https"), "the HTTP highlighter; empty: Pygments only", private=True
    )
    highlighter_dialect: str = _setting("pygments", kinds.choice(*DIALECTS), "the protocol that it speaks")
    highlighter_fields: str = _setting(
        "lang,content", kinds.two_names, "hljs dialect: the JSON fields of language and code"
    )
    highlighter_style: str = _setting(
        "colorful", kinds.style, "hilite dialect: the Pygments style whose colours are mapped back"
    )
    highlighter_deadline: float = _setting(4.0, kinds.number(float, 0.1, 12), "seconds for one whole remote call")
    highlighter_private: bool = _setting(False, kinds.flag, "whether private snippets may be sent to the highlighter")
    breaker_failures: int = _setting(
        5, kinds.number(int, 0, 1000), "failures in a row after which the highlighter is left alone; 0: never"
    )
    breaker_seconds: int = _setting(30, kinds.number(int, 1, 3600), "seconds within which they must happen")
    pygments_deadline: float = _setting(10.0, kinds.number(float, 0.1, 12), "seconds for one local highlighting")
    pygments_max_bytes: int = _setting(
        4 * 2**20, kinds.number(int, 1, 2**30), "a larger file is left plain by Pygments"
    )
    max_snippet_bytes: int = _setting(
        2**20, kinds.number(int, 1, 2**26), "the most a snippet may hold, all files together"
    )
    max_files: int = _setting(100, kinds.number(int, 1, 1000), "the most files in one snippet")
    expiry_default: str = _setting("never", kinds.choice(*EXPIRIES), "when a snippet expires of which nothing is said")
    expiry_max: str = _setting("never", kinds.choice(*EXPIRIES), "the longest that a snippet may live")
    listing_delay: int = _setting(
        60, kinds.number(int, 0, 10**6), "minutes before lists show a public snippet that holds many links"
    )
    create_limit: str | None = _setting("60/minute", kinds.rate, "pastes from one address; `off`: no limit")
    require_api_key: bool = _setting(
        False, kinds.flag, "whether only who has an API key may share something new: see `flask snippets key`"
    )
    miss_limit: str | None = _setting(
        "60/minute", kinds.rate, "wrong addresses from one client before it is refused any; `off`: no limit"
    )
    keep_networks: bool = _setting(
        True,
        kinds.flag,
        "whether the network (/24, /48) from which a snippet came is kept for 30 days, for the operator",
    )
    contact: str | None = _setting(
        None, kinds.text, "whom somebody may ask who is blocked, such as a mail address; shown on the about page"
    )
    trusted_proxies: int = _setting(
        0, kinds.number(int, 0, 10), "reverse proxies in front whose X-Forwarded-* are believed"
    )
    worker_max_jobs: int = _setting(1000, kinds.number(int, 1, 10**9), "jobs after which a worker forks its horse anew")
    worker_max_rss_mb: int = _setting(
        512, kinds.number(int, 64, 2**20), "MiB of memory above which a horse is not given another job"
    )
    log_format: str = _setting("text", kinds.choice(*FORMATS), "how every process writes its log: text or json")
    sentry_dsn: str | None = _setting(
        None, kinds.dsn, "where errors are reported, as Sentry gives it; empty: nowhere", private=True
    )
    page_cache_mb: int = _setting(
        32, kinds.number(int, 0, 2**16), "MiB in which each web process keeps pages for up to 10 s; 0: none"
    )
    redis_timeout: float = _setting(
        0.4, kinds.number(float, 0.05, 10), "seconds the web waits for Redis before going on"
    )
    site_url: str | None = _setting(None, kinds.site_url, "the site's address, with the path below which it is served")
    smtp_url: str | None = _setting(
        None, kinds.smtp_url, "the SMTP server that takes the site's mail; empty: none is sent", private=True
    )
    mail_from: str | None = _setting(None, kinds.address, "the address from which it is sent")
    operator_mail: str | None = _setting(None, kinds.address, "where reports and failures are told; empty: nowhere")
    mail_redirect_to: str | None = _setting(
        None, kinds.address, "where all mail goes instead of to whom it is meant for: for a staging site"
    )
    mail_sharing: str | None = _setting(
        None, kinds.rate, "messages that visitors may send by “Share by mail”, all together; empty or `off`: none"
    )

    @property
    def prefix(self) -> str:
        """The path below which the site is served, such as /paste; empty: it has its host for itself."""
        return urlsplit(self.site_url or "").path

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings: the environment first, beneath it the file `.env` (another one: `ENV_FILE`).

        Raises SettingsError, whose message names the variable and what it accepts. Empty means unset.
        """
        environ = os.environ if environ is None else environ
        beneath = dotenv_values(env_file(environ), interpolate=False)
        values = {}
        for setting in fields(cls):
            name = setting.name.upper()
            given = environ.get(name, beneath.get(name))
            if given:
                values[setting.name] = _parsed(name, given, setting)
        if "expiry_max" in values:
            values.setdefault("expiry_default", values["expiry_max"])
        settings = cls(**values)
        _refuse_contradictions(settings)
        return settings


def env_file(environ: Mapping[str, str]) -> Path:
    """Return the file beneath the environment, which need not exist."""
    return Path(environ.get("ENV_FILE") or ROOT / ".env")


def _refuse_contradictions(settings: Settings) -> None:
    if settings.expiry_default not in allowed(settings.expiry_max):
        raise SettingsError(f"EXPIRY_DEFAULT must not be longer than EXPIRY_MAX, which is {settings.expiry_max}.")
    if settings.auth_header and not settings.trusted_proxies:
        raise SettingsError("AUTH_HEADER needs a proxy that sets it: TRUSTED_PROXIES must be at least 1.")
    if settings.smtp_url and not (settings.mail_from and settings.site_url):
        raise SettingsError("SMTP_URL needs MAIL_FROM, from which mail is sent, and SITE_URL, which it names.")
    if settings.smtp_url and settings.site_env == "staging" and not settings.mail_redirect_to:
        raise SettingsError("SMTP_URL of a staging site needs MAIL_REDIRECT_TO, for its mail must reach nobody else.")
    if settings.mail_sharing and not settings.smtp_url:
        raise SettingsError("MAIL_SHARING needs SMTP_URL, by which mail is sent.")


def _parsed(name: str, given: str, setting: Field[Any]) -> Any:
    try:
        return setting.metadata["parse"](given)
    except ValueError as error:
        shown = "not shown here" if not setting.repr else f"“{given}”"
        raise SettingsError(f"{name} is {shown}: it must be {error}.") from None
