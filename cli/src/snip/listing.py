"""Lists of snippets, which the site gives page by page."""

import json
from typing import Any

import click

from snip.api import Api
from snip.showing import print_list

PAGE = 100  # snippets: the site gives no more at once


def print_found(api: Api, path: str | None, limit: int, *, as_json: bool, **params: str) -> None:
    """Print a list, `limit` snippets at most, or what the API says of them; nothing where there is no path."""
    found: list[dict[str, Any]] = []
    after = None
    while path:
        page: dict[str, str | int] = {**params, "limit": min(PAGE, limit - len(found))}
        if after:
            page["before"] = after
        answer = api.get(path, **page).data
        found += answer["snippets"]
        after = answer["next"]
        if not after or len(found) >= limit:
            break
    if as_json:
        click.echo(json.dumps({"snippets": found[:limit], "next": after}, indent=2))
    else:
        print_list(found[:limit])
