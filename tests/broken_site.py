"""The site, but saving a paste fails, with a message and a log that give everything away."""

import logging

import snippets.creating
from app import serve
from snippets.settings import Settings


def broken():
    settings = Settings.from_env()

    def accept(draft, _settings):
        everything = f"{draft!r} {settings!r} {settings.secret_key} {settings.database_url}"
        logging.getLogger("snippets.broken").error("before it breaks: %s", everything)
        logging.getLogger("library").error(f"as libraries do: {everything}")
        raise RuntimeError(everything) from ValueError(everything)

    snippets.creating.accept = accept
    return serve()
