"""The variables of the environment, and the key that everything is signed with."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches

from snippets.doctor.finding import Finding, ill, well
from snippets.settings import Settings

# Read by the Procfile, by bin/ and by RQ's commands, not by the site's settings.
OF_PROCESSES = frozenset(
    """ENV_FILE RUN_FOLDER WEB_HOST WEB_CONCURRENCY WORKER_CONCURRENCY EMBEDDED_REDIS_PORT HIGHLIGHTER_PORT
    RQ_CONFIG RQ_REDIS_URL RQ_WORKER_CLASS RQ_JOB_CLASS RQ_QUEUE_CLASS RQ_CONNECTION_CLASS RQ_KEY_PREFIX""".split()
)
KNOWN = OF_PROCESSES | {each.name.upper() for each in fields(Settings)}
ALIKE = 0.87  # of difflib: SECRET_KEYS is SECRET_KEY, and REDIS_TLS_URL, which some hosts set, is not REDIS_URL
SHORTEST_KEY = 32  # characters
FEWEST = 10  # different characters in a key that was drawn by lot
TELLTALE = ("change", "secret", "password", "example", "snippets", "12345")
NEW_KEY = """python -c 'import secrets; print(secrets.token_urlsafe(32))' prints a good one. Another key than before
closes all cookies: who owned snippets by one owns them no longer, so change it before people come."""


def unknown_names(environ: Mapping[str, str], file: Mapping[str, str | None]) -> Iterator[Finding]:
    """Look for variables that nobody reads: any in the file, which is ours alone, and misspelt ones around it."""
    strange = {name: "the file .env" for name in file if name not in KNOWN}
    around = (name for name in environ if name not in KNOWN and get_close_matches(name, KNOWN, 1, ALIKE))
    strange |= dict.fromkeys(around, "the environment")
    for name, where in sorted(strange.items()):
        meant = get_close_matches(name, KNOWN, 1, 0.6)
        hint = f"Did you mean {meant[0]}? Else take it out." if meant else "Take it out: README.md has all names."
        yield ill("settings", f"{name} in {where} is read by nobody.", hint)
    if not strange:
        yield well("settings", f"Every variable is known, of {len(KNOWN)}.")


def secret_key(settings: Settings) -> Finding:
    """Look whether the key could be guessed."""
    key = settings.secret_key
    if key is None:
        return ill("secret key", "SECRET_KEY is missing: the web does not start.", _sentence(NEW_KEY))
    if len(key) < SHORTEST_KEY:
        return ill("secret key", f"SECRET_KEY has {len(key)} characters; {SHORTEST_KEY} are safe.", _sentence(NEW_KEY))
    if len(set(key)) < FEWEST or any(each in key.lower() for each in TELLTALE):
        return ill("secret key", "SECRET_KEY looks as if somebody had thought it up.", _sentence(NEW_KEY))
    return well("secret key", f"SECRET_KEY has {len(key)} characters.")


def _sentence(text: str) -> str:
    return " ".join(text.split())
