"""The site: wires settings, database, queue, pages, dashboard, headers and error pages together."""

import gc
import re
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Blueprint, Flask, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import BadHost, Forbidden
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from snippets import __version__, logs, redis_client
from snippets.access import keep_closed
from snippets.announcements import announce_marked, hear_own
from snippets.api import api, as_problem
from snippets.api.document import documents
from snippets.api.operations import PREFIX
from snippets.assets import assets
from snippets.attempts import Attempts
from snippets.auditing import auditing
from snippets.basic_auth import Door
from snippets.below import Below
from snippets.blocks import blocks_page
from snippets.cards import cards
from snippets.closing import close, is_for_all
from snippets.command_line import CommandLine
from snippets.comparing import comparing
from snippets.compat.dpaste import dpaste
from snippets.compat.gists import gists
from snippets.compat.haste import haste
from snippets.compat.pinnwand import pinnwand
from snippets.compat.pinnwand_curl import pinnwand_curl
from snippets.compat.plain_text import plain_text
from snippets.compat.removing import removing
from snippets.creating import tell_what_is_left
from snippets.dashboard import CHANGING_GETS, dashboard
from snippets.database import connect
from snippets.deciding import deciding
from snippets.decisions import Decisions
from snippets.doors import doors
from snippets.doubting import doubting
from snippets.downloading import downloading
from snippets.embedding import embedding
from snippets.entering import entering
from snippets.entrance import Entrance
from snippets.errors import error_page, handle_errors
from snippets.everyones import EveryonesPage
from snippets.expected_schema import refuse_older
from snippets.feeds import feeds
from snippets.finding import finding
from snippets.forking import forking
from snippets.front import Front
from snippets.headers import secure_headers
from snippets.health import health
from snippets.heartbeat import Heartbeat
from snippets.history import history
from snippets.hosts import NO_HOST, PossibleHosts
from snippets.keys import check_keys
from snippets.mail_limits import MailLimits
from snippets.mailing import mailing
from snippets.metrics import metrics
from snippets.mine import mine
from snippets.moderating import moderating
from snippets.networks import BlockedNetworks
from snippets.oembed import oembed
from snippets.opening import opening
from snippets.ops import ops
from snippets.origin import REFUSED, SameOrigin
from snippets.owners import Owners
from snippets.owning import owning
from snippets.page_cache import PageCache
from snippets.pasting import pasting
from snippets.people import People
from snippets.problems import of_error
from snippets.reading import reading
from snippets.reporting import reporting
from snippets.request_counts import RequestCounts, counted
from snippets.request_log import RequestLog
from snippets.retrying import retrying, retrying_for_operators
from snippets.robots import robots
from snippets.settings import Settings, SettingsError
from snippets.sharing import sharing
from snippets.site import Site
from snippets.template_layout import Unindented
from snippets.unlocks import Unlocks
from snippets.visible import titled, visible, visible_name
from snippets.wrong_language import wrong_language


class SlugConverter(BaseConverter):
    """The id of a snippet in an address: see models.new_id."""

    regex = "[A-Za-z0-9_-]{11}"


PAGES = (
    pasting,
    reading,
    opening,
    owning,
    forking,
    mine,
    reporting,
    deciding,
    retrying,
    wrong_language,
    finding,
    feeds,
    history,
    comparing,
    downloading,
    embedding,
    oembed,
    sharing,
    cards,
    robots,
    health,
    api,
    documents,
    dpaste,
    gists,
    haste,
    pinnwand,
    pinnwand_curl,
    plain_text,
    removing,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the site, ready to be served. Nothing is connected before the first request.

    Raises SettingsError, whose message names the setting.
    """
    settings = settings or Settings.from_env()
    logs.configure(settings.log_format)
    if settings.secret_key is None:
        raise SettingsError("SECRET_KEY is missing: it must be at least 12 random characters.")
    if settings.sentry_dsn:
        _report_errors(settings.sentry_dsn)
    app = Flask(__name__, static_folder=None)
    sessions = connect(settings.database_url)
    redis = redis_client.connect(settings.redis_url, settings.redis_timeout)
    announce_marked(sessions, redis_client.connect(settings.redis_url, settings.redis_timeout, insists=True))
    entrances = doors(settings, redis)
    counts = RequestCounts(redis) if entrances.metrics else None
    people = People(settings) if settings.auth_header else None
    app.extensions["snippets"] = Site(
        settings,
        sessions,
        redis,
        people,
        Owners(settings.secret_key, people.name if people else lambda _: None),
        Entrance(settings.secret_key, settings.site_password, redis, settings.dashboard_password)
        if settings.site_password
        else None,
        Unlocks(settings.secret_key),
        BlockedNetworks(sessions),
        Decisions(settings.secret_key),
        creations=Attempts(redis, "create", settings.create_limit) if settings.create_limit else None,
        misses=Attempts(redis, "miss", settings.miss_limit) if settings.miss_limit else None,
        passwords=Attempts(redis, "password", "10/minute"),
        unlocked=Attempts(redis, "unlock", "60/hour"),
        reports=Attempts(redis, "report", "10/hour"),
        takings=Attempts(redis, "take", "10/minute"),
        viewings=Attempts(redis, "view", "20/minute"),
        counts=counts,
    )
    _limit_requests(app, settings)
    app.url_map.converters["slug"] = SlugConverter
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["root"] = settings.prefix
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"titled": titled, "visible": visible, "visible_name": visible_name}
    heartbeat = Heartbeat(sessions)
    same = {name: getattr(settings, name) for name in ("site_name", "site_env", "mail_sharing")}
    same["version"] = __version__

    def frame() -> dict[str, Any]:
        return {**same, "heartbeat": heartbeat()}

    app.context_processor(lambda: frame() | {"path": request.path})
    for blueprint in (assets(), *PAGES, *_operators_pages(entrances.operators)):
        app.register_blueprint(blueprint)
    if settings.site_password:
        app.register_blueprint(entering)
    if settings.mail_sharing:
        app.register_blueprint(mailing(MailLimits(redis, settings.mail_sharing, settings.secret_key)))
    if entrances.metrics and counts:
        app.register_blueprint(metrics(entrances.metrics, counts))
    app.cli = CommandLine(app.name)
    handle_errors(app, {PREFIX: lambda error: as_problem(of_error(error))})
    secure_headers(app)
    keep_closed(app)
    check_keys(app)
    close(app)  # behind the keys, for one of them opens it
    tell_what_is_left(app)
    if is_for_all(settings):
        app.wsgi_app = EveryonesPage(app.wsgi_app, app, frame)  # type: ignore[method-assign]  # Flask's documented seam
    _mount(app, settings, dashboard(settings, redis, entrances.operators, app.extensions["snippets"]), counts)
    return app


def serve() -> Front:
    """Return the site for a granian process, which does nothing else. Raises SettingsError and SchemaError.

    The garbage collector passes over all that exists by then, lexers and templates most of all: each full collection
    would otherwise hold a request up for some 25 ms.
    """
    app = create_app()
    sessions = app.extensions["snippets"].sessions
    refuse_older(sessions)
    gc.collect()
    gc.freeze()
    settings = app.extensions["snippets"].settings
    room = settings.page_cache_mb * 2**20 if is_for_all(settings) else 0
    cache = PageCache(settings.redis_url, room, settings.prefix) if room else None
    if cache:
        hear_own(sessions, cache.drop)
    return Front(app, app.config["MAX_CONTENT_LENGTH"], cache)


def _report_errors(dsn: str) -> None:
    from sentry_sdk.integrations.flask import FlaskIntegration  # noqa: PLC0415 — only who sets the DSN pays for it

    from snippets import reports  # noqa: PLC0415

    reports.start(dsn, FlaskIntegration())


def _operators_pages(door: Door | None) -> list[Blueprint]:
    if door is None:
        return []
    return [behind(door) for behind in (ops, moderating, blocks_page, auditing, doubting, retrying_for_operators)]


def _limit_requests(app: Flask, settings: Settings) -> None:
    # URL encoding triples a byte, and CR LF is stored as one. What passes may yet be too large: then it is shown again.
    largest = 6 * settings.max_snippet_bytes + 2**20
    app.config.update(
        MAX_CONTENT_LENGTH=largest, MAX_FORM_MEMORY_SIZE=largest, MAX_FORM_PARTS=4 * settings.max_files + 16
    )


def _mount(app: Flask, settings: Settings, operators: WSGIApplication | None, counts: RequestCounts | None) -> None:
    inner: WSGIApplication = app.wsgi_app
    if operators:
        inner = DispatcherMiddleware(inner, {"/rq": operators})
    guarded = re.compile(re.escape(settings.prefix) + CHANGING_GETS.pattern)
    inner = SameOrigin(inner, guarded_gets=guarded, refusal=error_page(app, Forbidden(REFUSED)))
    inner = PossibleHosts(inner, error_page(app, BadHost(NO_HOST)))
    if counts:
        inner = counted(inner, counts)
    if count := settings.trusted_proxies:
        inner = ProxyFix(inner, x_for=count, x_proto=count, x_host=count)
    if settings.prefix:
        inner = Below(inner, settings.prefix, believe=settings.trusted_proxies > 0)
    inner = RequestLog(inner, believe=settings.trusted_proxies > 0)
    app.wsgi_app = inner  # type: ignore[method-assign]  # the seam that Flask documents for middleware
