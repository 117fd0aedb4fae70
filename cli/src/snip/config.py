"""Which site is meant: by option, by environment, by the configuration, else the one that `make run` serves here."""

import json
import os
import tomllib
from pathlib import Path

from snip import private_files
from snip.addresses import site_address
from snip.failures import Unusable

HERE = "http://127.0.0.1:8000"


def path() -> Path:
    """Return where the configuration is."""
    return private_files.config_folder() / "config.toml"


def site(given: str | None = None) -> str:
    """Return the address of the site to use. Raises Unusable."""
    return site_address(given or os.environ.get("SNIP_URL") or _configured() or HERE)


def keep_site(url: str) -> str:
    """Use a site from now on; return its address as it is kept. Raises Unusable."""
    address = site_address(url)
    _configured()  # what else is in there must be ours to write again
    private_files.write(path(), f"site = {json.dumps(address)}\n")
    return address


def _configured() -> str | None:
    try:
        values = tomllib.loads(private_files.read(path()) or "")
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path()} is no TOML: {error}.") from error
    for name, value in values.items():
        if name != "site" or not isinstance(value, str):
            raise Unusable(f'{path()}: only site = "https://…" is known there, “{name}” is something else.')
    return values.get("site")
