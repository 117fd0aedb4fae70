"""The addresses of what belongs to a snippet, without a request of Flask's."""

from functools import lru_cache
from typing import Any

from werkzeug.routing import Map

from snippets.presenters import Address

HOSTS = 64  # by which the site is known at once; more are looked at anew
_ANY = "_" * 11  # an id, to make patterns of addresses with


class Addresses:
    """Addresses as Flask's url_for gives them; each rule is built once."""

    def __init__(self, url_map: Map, prefix: str = "") -> None:
        """Build them by this map, below a path."""
        self._host = lru_cache(HOSTS)(lambda host: url_map.bind(host).server_name)  # in lower case, as Flask has it
        self._build = url_map.bind("", script_name=prefix or None).build
        self._patterns: dict[tuple[str, int | None], str] = {}

    def on(self, scheme: str, host: str) -> Address:
        """Return what gives them; those that are to be `_external` with scheme and host, a possible one."""
        root = f"{scheme}://{self._host(host)}"

        def address(endpoint: str, *, _external: bool = False, **values: Any) -> str:
            return (root if _external else "") + self._path(endpoint, **values)

        return address

    def _path(self, endpoint: str, snippet_id: str = "", number: int | None = None, **values: Any) -> str:
        if values:
            return self._build(endpoint, values)
        pattern = self._patterns.get((endpoint, number))
        if pattern is None:
            given = {"snippet_id": _ANY} | ({} if number is None else {"number": number})
            pattern = self._patterns[endpoint, number] = self._build(endpoint, given)
        return pattern.replace(_ANY, snippet_id)
